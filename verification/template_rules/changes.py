"""Deliberate regressions: changes of the templates that could land by mistake, and how to write them down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verification.template_rules.application import Template

MAIN, PIPELINE, SOURCE = "template.yaml", "pipelines/pipeline.yaml", "pipelines/source.yaml"
JOB_ROLE, STREAM = "pipelines/job-role.yaml", "pipelines/stream.yaml"
Templates = dict[str, Template]


@dataclass(frozen=True)
class Regression:
    """A change, and the check that finds it."""

    what: str
    caught_by: str
    change: Callable[[Templates], object]
    all_conditions: bool = False
    """Whether it shows only where every condition is true."""


def put(logical_id: str, path: str, value: Any, file: str = MAIN) -> Callable[[Templates], object]:
    """Set a property, given by its path; numbers in it are positions of lists."""

    def change(templates: Templates) -> None:
        *way, last = _steps(path)
        found = templates[file]["Resources"][logical_id]
        for step in way:
            found = found[step]
        found[last] = value

    return change


def drop(logical_id: str, path: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Remove a property; its absence beforehand is an error."""

    def change(templates: Templates) -> None:
        *way, last = _steps(path)
        found = templates[file]["Resources"][logical_id]
        for step in way:
            found = found[step]
        del found[last]

    return change


def remove(logical_id: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Remove a resource."""
    return lambda templates: templates[file]["Resources"].pop(logical_id)


def to_the_end(logical_id: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Put a resource after all others of its template."""

    def change(templates: Templates) -> None:
        resources = templates[file]["Resources"]
        resources[logical_id] = resources.pop(logical_id)

    return change


def statement(logical_id: str, sid: str, name: str, value: Any, file: str = MAIN) -> Callable[[Templates], object]:
    """Set an element of the statement with this Sid, in a role or a resource policy."""

    def change(templates: Templates) -> None:
        properties = templates[file]["Resources"][logical_id]["Properties"]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
        found = [item for document in documents for item in document["Statement"] if _made(item).get("Sid") == sid]
        assert len(found) == 1, f"{logical_id} has {len(found)} statements {sid}"
        # anchors are shared between roles: this one alone is to change
        changed = {key: inner for key, inner in _made(found[0]).items() if key != name}
        if value is not None:
            changed[name] = value
        for document in documents:
            document["Statement"] = [changed if item is found[0] else item for item in document["Statement"]]

    return change


def without(logical_id: str, sid: str, file: str = MAIN) -> Callable[[Templates], object]:
    """Remove the statement with this Sid from a role or a resource policy."""

    def change(templates: Templates) -> None:
        properties = templates[file]["Resources"][logical_id]["Properties"]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
        before = sum(len(document["Statement"]) for document in documents)
        for document in documents:
            document["Statement"] = [item for item in document["Statement"] if _made(item).get("Sid") != sid]
        assert sum(len(document["Statement"]) for document in documents) == before - 1

    return change


def parameter(name: str, key: str, value: Any, file: str = MAIN) -> Callable[[Templates], object]:
    """Set an attribute of a parameter; None removes it."""

    def change(templates: Templates) -> None:
        declaration = templates[file]["Parameters"][name]
        declaration.pop(key, None)
        if value is not None:
            declaration[key] = value

    return change


def _made(item: dict[str, Any]) -> dict[str, Any]:
    """The statement itself, where a condition decides whether it is there."""
    found: dict[str, Any] = item["Fn::If"][1] if "Fn::If" in item else item
    return found


def _steps(path: str) -> list[Any]:
    return [int(step) if step.isdecimal() else step for step in path.split(".")]
