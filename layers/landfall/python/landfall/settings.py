"""The environment of a function, read once, as one typed value."""

from collections.abc import Mapping
from dataclasses import dataclass

from landfall.errors import SettingsError

_MOST = 1e9  # seconds, days or times: whatever is more was not meant


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template tells the functions; durations in seconds."""

    stage: str
    state_table: str
    bus: str
    workgroup: str
    crawler_state_queue_url: str
    lease_seconds: float
    margin_seconds: float
    hint_delay_seconds: int
    hint_limit: int
    run_history_days: int

    @property
    def definitions_path(self) -> str:
        """The SSM path under which each parameter is one pipeline."""
        return f"/landfall/{self.stage}/pipelines"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting, or raise SettingsError naming the variable and the template's place for it."""
        return cls(
            stage=_text(environment, "STAGE"),
            state_table=_text(environment, "STATE_TABLE"),
            bus=_text(environment, "BUS"),
            workgroup=_text(environment, "WORKGROUP"),
            crawler_state_queue_url=_text(environment, "CRAWLER_STATE_QUEUE_URL"),
            lease_seconds=_number(environment, "LEASE_SECONDS"),
            margin_seconds=_number(environment, "MARGIN_SECONDS"),
            hint_delay_seconds=int(_number(environment, "HINT_DELAY_SECONDS")),
            hint_limit=int(_number(environment, "HINT_LIMIT")),
            run_history_days=int(_number(environment, "RUN_HISTORY_DAYS")),
        )


def _text(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"The environment variable {name} is not set; template.yaml sets it under Globals.")
    return value


def _number(environment: Mapping[str, str], name: str) -> float:
    value = _text(environment, name)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < _MOST:  # NaN is neither
        raise SettingsError(f"The environment variable {name} is {value!r}; it must be a number from 0.")
    return number
