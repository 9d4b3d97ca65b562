"""What can be changed while the engine runs: the times that things take, and whether events arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields

from local.engine.errors import SettingsError

_MOST_SECONDS = 1e9
_ENVIRONMENT = {"crawl_seconds": "LANDFALL_CRAWL_SECONDS"}


Value = float | bool | str


@dataclass
class Settings:
    """Times are in seconds, each one the least that the thing takes."""

    crawl_seconds: float = 1.0
    """From a crawl's start to its end."""

    stopping_seconds: float = 0.0
    """How long a crawler stays STOPPING; above 0 the end event is sent before READY, as AWS may do. Also how long a
    job's run does that was stopped."""

    query_seconds: float = 0.0
    """From a query's RUNNING to its end."""

    job_minute_seconds: float = 60.0
    """How long a minute of a job's Timeout and NotifyDelayAfter takes."""

    job_ending: str = ""
    """ERROR or EXPIRED: the next run of a job ends so, by itself and with no event; then it is empty again."""

    drop_events: bool = False
    """Whether the events of Glue and Athena are lost, as best-effort ones may be; uploads' events always arrive."""

    kill_at: str = ""
    """An operation, such as StartCrawler, at which the Lambda worker that calls dies: it is not heard any more."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """The defaults, with what the environment sets."""
        settings = cls()
        for name, variable in _ENVIRONMENT.items():
            text = environment.get(variable, "")
            if not text:
                continue
            try:
                settings.update({name: float(text)})
            except (ValueError, SettingsError) as error:
                raise SettingsError(f"{variable} must be a number of seconds, not {text!r}") from error
        return settings

    def update(self, changes: Mapping[str, object]) -> None:
        """Apply all of the changes, or none of them."""
        known = [field.name for field in fields(self)]
        accepted: dict[str, Value] = {}
        for name, value in changes.items():
            if name not in known:
                raise SettingsError(f"unknown setting {name!r}; the settings are {', '.join(known)}")
            accepted[name] = _CHECKS.get(name, _seconds)(name, value)
        for name, new in accepted.items():
            setattr(self, name, new)

    def as_dict(self) -> dict[str, Value]:
        """Every setting by name."""
        return asdict(self)


def _switch(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{name} must be true or false, not {value!r}")
    return value


def _seconds(name: str, value: object) -> float:
    # bool is an int to Python, and JSON's parser accepts NaN and Infinity
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST_SECONDS:
        raise SettingsError(f"{name} must be a number of seconds, 0 or more, not {value!r}")
    return float(value)


def _operation(name: str, value: object) -> str:
    if not isinstance(value, str) or not (value == "" or value.isalpha()):
        raise SettingsError(f"{name} must be the name of an operation, or empty, not {value!r}")
    return value


def _ending(name: str, value: object) -> str:
    if value not in ("", "ERROR", "EXPIRED"):
        raise SettingsError(f"{name} must be ERROR, EXPIRED or empty, not {value!r}")
    return str(value)


_CHECKS: dict[str, Callable[[str, object], Value]] = {
    "drop_events": _switch,
    "kill_at": _operation,
    "job_ending": _ending,
}
