"""The recorded events of events/, and the functions of the template that they are for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import parse_yaml_file

from local.stack.stack import ROOT

EVENTS = ROOT / "events"


class UnknownRecordingError(Exception):
    """No such function or event, with those that there are."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One function and one of its events."""

    folder: str
    event: Path

    @classmethod
    def chosen(cls, function: str, event: str) -> "Recording":
        """By folder or logical id, and by path or bare name. Raises UnknownRecordingError with what there is."""
        by_logical_id = {logical_id: folder for folder, logical_id in functions().items()}
        folder = by_logical_id.get(function, Path(function).name)
        if folder not in functions():
            known = ", ".join(functions())
            raise UnknownRecordingError(f"There is no function {function!r}. FUNCTION= one of: {known}")
        for path in (Path(event), EVENTS / folder / f"{event}.json"):
            if path.is_file():
                return cls(folder, path.resolve())
        names = "\n".join(f"  {_relative(path)}" for path in events(folder))
        raise UnknownRecordingError(f"There is no event {event!r}. EVENT= one of:\n{names}")

    @property
    def logical_id(self) -> str:
        """The function's name in the template."""
        return functions()[self.folder]

    @property
    def name(self) -> str:
        """Its path below events/, without the suffix."""
        return f"{self.folder}/{self.event.stem}"

    @property
    def shown(self) -> str:
        """The event's path as a person writes it."""
        return _relative(self.event)

    @property
    def is_batch(self) -> bool:
        """Whether it is what a queue delivers, and not a bare event."""
        return "Records" in self.as_recorded()

    def as_recorded(self) -> dict[str, Any]:
        """The event of the file. Raises UnknownRecordingError when it is no JSON object."""
        try:
            event: Any = json.loads(self.event.read_text())
        except ValueError as error:
            raise UnknownRecordingError(f"{self.shown} is not JSON: {error}") from error
        if not isinstance(event, dict):
            raise UnknownRecordingError(f"{self.shown} is no event: an event is a JSON object.")
        return event


def functions() -> dict[str, str]:
    """The template's functions: logical ids by folder, in the order data flows."""
    return {Path(properties["CodeUri"]).name: name for name, properties in _functions().items()}


def has_queue(folder: str) -> bool:
    """Whether a queue feeds this function; one that is invoked directly gets bare events only."""
    sources = _functions()[functions()[folder]].get("Events", {})
    return any(source["Type"] == "SQS" for source in sources.values())


def events(folder: str) -> list[Path]:
    """The recorded events for a function, by its folder."""
    return sorted((EVENTS / folder).glob("*.json"))


def recordings() -> Iterator[Recording]:
    """Every function with every event of its folder."""
    for folder in functions():
        for event in events(folder):
            yield Recording(folder, event)


@cache
def _functions() -> dict[str, dict[str, Any]]:
    resources = parse_yaml_file(str(ROOT / "template.yaml"))["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def _relative(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
