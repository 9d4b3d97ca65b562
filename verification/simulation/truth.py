"""What the oracle reads off the state table, without the application's own reading of it."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Open:
    """One open incident of a state item."""

    id: str
    kind: str
    count: int
    announced_at: float
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class View:
    """One state item, as far as promises go. `run` is empty where none is in flight."""

    pipeline: str
    version: int = 0
    run: str = ""
    step: int = 0
    attempt: int = 0
    try_number: int = 0
    status: str = ""
    definition: str = ""
    pending: int = 0
    unprocessed: int = 0
    paused: bool = False
    requested: bool = False
    covered_until: float = 0.0
    last_run_started_at: float = 0.0
    outbox: tuple[str, ...] = ()
    incidents: tuple[Open, ...] = ()
    seen: bool = False
    open: dict[str, Open] = field(init=False, compare=False, repr=False)  # the incidents by their kinds

    def __post_init__(self) -> None:
        object.__setattr__(self, "open", {one.kind: one for one in self.incidents})

    @property
    def where(self) -> tuple[str, int, int]:
        """The attempt in flight."""
        return self.run, self.step, self.attempt

    @property
    def current(self) -> dict[str, Any]:
        """The definition of the step in flight."""
        step: dict[str, Any] = steps(self.definition)[self.step]
        return step

    def __str__(self) -> str:
        run = f"{self.run} step {self.step} attempt {self.attempt} try {self.try_number} {self.status}"
        counts = f"pending {self.pending}, unprocessed {self.unprocessed}, outbox {len(self.outbox)}"
        paused = " paused;" if self.paused else ""
        open_ones = ", ".join(f"{one.kind} {one.count}" for one in self.incidents) or "none"
        return f"version {self.version}:{paused} {run if self.run else 'no run'}; {counts}; open: {open_ones}"


@dataclass(slots=True)
class Run:
    """A run as its history and the writes told it; times are true ones, `stamp` is what the run says of its start."""

    id: str
    pipeline: str
    began: float
    stamp: float
    definition: str
    adopted: bool
    attempt_began: float
    first_step_ended: float | None = None
    ended: float | None = None
    outcome: str = ""
    announced: dict[str, set[str]] = field(default_factory=dict)


@lru_cache(1_000)
def fields(definition: str) -> dict[str, Any]:
    """What a definition says."""
    found: dict[str, Any] = json.loads(definition)
    return found


def steps(definition: str) -> list[Any]:
    """The steps of a definition."""
    found: list[Any] = fields(definition)["steps"]
    return found


def view(pipeline: str, item: dict[str, Any] | None) -> View:
    """What a state item says; what it does not have is nothing."""
    if item is None:
        return View(pipeline)
    flight: dict[str, Any] = {}
    if "run" in item:
        run = item["run"]["M"]
        flight = {
            "run": run["id"]["S"],
            "step": _whole(run, "step"),
            "attempt": _whole(run, "attempt", 1),
            "try_number": _whole(run, "try_number", 1),
            "status": run["status"]["S"] if "status" in run else "starting",
            "definition": run["definition"]["S"],
        }
    return View(
        pipeline=pipeline,
        version=int(item["version"]["N"]),
        pending=_uploads(item, "pending"),
        unprocessed=_uploads(item, "unprocessed"),
        paused="paused" in item and item["paused"]["BOOL"],
        requested="requested" in item and item["requested"]["BOOL"],
        covered_until=_time(item, "covered_until"),
        last_run_started_at=_time(item, "last_run_started_at"),
        outbox=tuple(entry["M"]["id"]["S"] for entry in _list(item, "outbox")),
        incidents=tuple(_open(entry["M"]) for entry in _list(item, "incidents")),
        seen=_time(item, "first_seen_at") > 0,
        **flight,
    )


def _open(entry: dict[str, Any]) -> Open:
    return Open(
        id=entry["id"]["S"],
        kind=entry["kind"]["S"],
        count=_whole(entry, "count", 1),
        announced_at=_time(entry, "announced_at"),
        acknowledged=_time(entry, "acknowledged_at") > 0,
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """A line of the run history: `outcome` is empty while the run is in flight."""

    pipeline: str
    run: str
    stamp: float
    outcome: str
    kind: str
    uploads: int


def ending(item: dict[str, Any]) -> Ending:
    """What a history item says."""
    return Ending(
        pipeline=item["pk"]["S"].removeprefix("pipeline#"),
        run=item["sk"]["S"].removeprefix("run#"),
        stamp=float(item["started_at"]["N"]),
        outcome=item["outcome"]["S"] if "outcome" in item else "",
        kind=item["failure"]["M"]["kind"]["S"] if "failure" in item else "",
        uploads=_uploads(item, "uploads"),
    )


def _whole(item: dict[str, Any], name: str, default: int = 0) -> int:
    return int(item[name]["N"]) if name in item else default


def _time(item: dict[str, Any], name: str) -> float:
    return float(item[name]["N"]) if name in item else 0.0


def _list(item: dict[str, Any], name: str) -> list[Any]:
    found: list[Any] = item[name]["L"] if name in item else []
    return found


def _uploads(item: dict[str, Any], name: str) -> int:
    return _whole(item[name]["M"], "count") if name in item else 0
