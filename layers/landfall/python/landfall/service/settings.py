"""The environment of a function, read once into one typed value."""

from collections.abc import Mapping
from dataclasses import dataclass

from landfall.model.errors import SettingsError

_MOST = 1e9  # seconds, days or times: a larger number is a mistake


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that the template passes to the functions; durations in seconds."""

    stage: str
    state_table: str
    bus: str
    workgroup: str
    crawler_state_queue_url: str
    lease_seconds: float
    clock_skew_seconds: float
    recheck_delay_seconds: int
    recheck_limit: int
    run_history_days: int
    reminder_seconds: float

    @property
    def definitions_path(self) -> str:
        """The SSM path under which each parameter is one pipeline."""
        return f"/landfall/{self.stage}/pipelines"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting. Raises SettingsError, which names the variable."""
        return cls(
            stage=_text(environment, "STAGE"),
            state_table=_text(environment, "STATE_TABLE"),
            bus=_text(environment, "BUS"),
            workgroup=_text(environment, "WORKGROUP"),
            crawler_state_queue_url=_text(environment, "CRAWLER_STATE_QUEUE_URL"),
            lease_seconds=_number(environment, "LEASE_SECONDS"),
            clock_skew_seconds=_number(environment, "CLOCK_SKEW_SECONDS"),
            recheck_delay_seconds=int(_number(environment, "RECHECK_DELAY_SECONDS")),
            recheck_limit=int(_number(environment, "RECHECK_LIMIT")),
            run_history_days=int(_number(environment, "RUN_HISTORY_DAYS")),
            reminder_seconds=_number(environment, "INCIDENT_REMINDER_HOURS") * 3_600,
        )


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """The settings of notify."""

    stage: str
    partition: str
    topic: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "NotifySettings":
        """Read every setting. Raises SettingsError."""
        return cls(_text(environment, "STAGE"), _text(environment, "PARTITION"), _text(environment, "ON_CALL_TOPIC"))


@dataclass(frozen=True, slots=True)
class PageSettings:
    """The settings of page."""

    stage: str
    partition: str
    state_table: str
    endpoint: str
    routing_key_secret: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "PageSettings":
        """Read every setting. Raises SettingsError."""
        return cls(
            stage=_text(environment, "STAGE"),
            partition=_text(environment, "PARTITION"),
            state_table=_text(environment, "STATE_TABLE"),
            endpoint=_text(environment, "PAGERDUTY_ENDPOINT"),
            routing_key_secret=_text(environment, "PAGERDUTY_ROUTING_KEY_SECRET"),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"The environment variable {name} is not set; template.yaml sets it.")
    return value


def _number(environment: Mapping[str, str], name: str) -> float:
    value = _text(environment, name)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < _MOST:  # false for NaN, too
        raise SettingsError(f"The environment variable {name} is {value!r}; it must be a number from 0.")
    return number
