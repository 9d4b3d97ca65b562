"""What the oracle reads off the state table, without the application's own reading of it."""

import json
from dataclasses import dataclass, field
from functools import cache
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

    @property
    def open(self) -> dict[str, Open]:
        """The open incidents by their kinds."""
        return {one.kind: one for one in self.incidents}

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


@cache
def steps(definition: str) -> list[Any]:
    """The steps of a definition."""
    found: list[Any] = json.loads(definition)["steps"]
    return found


def view(pipeline: str, item: dict[str, Any] | None) -> View:
    """What a state item says."""
    if item is None:
        return View(pipeline)
    run = item["run"].get("M")
    flight: dict[str, Any] = {}
    if run:
        flight = {
            "run": run["id"]["S"],
            "step": int(run["step"]["N"]),
            "attempt": int(run["attempt"]["N"]),
            "try_number": int(run["try_number"]["N"]),
            "status": run["status"]["S"],
            "definition": run["definition"]["S"],
        }
    return View(
        pipeline=pipeline,
        version=int(item["version"]["N"]),
        pending=int(item["pending"]["M"]["count"]["N"]),
        unprocessed=int(item["unprocessed"]["M"]["count"]["N"]),
        paused=item["paused"]["BOOL"],
        requested=item["requested"]["BOOL"],
        covered_until=float(item["covered_until"]["N"]),
        last_run_started_at=float(item["last_run_started_at"]["N"]),
        outbox=tuple(entry["M"]["id"]["S"] for entry in item["outbox"]["L"]),
        incidents=tuple(_open(entry["M"]) for entry in item["incidents"]["L"]),
        seen=float(item["first_seen_at"]["N"]) > 0,
        **flight,
    )


def _open(entry: dict[str, Any]) -> Open:
    return Open(
        id=entry["id"]["S"],
        kind=entry["kind"]["S"],
        count=int(entry["count"]["N"]),
        announced_at=float(entry["announced_at"]["N"]),
        acknowledged=float(entry["acknowledged_at"]["N"]) > 0,
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
    failure = item["failure"].get("M")
    return Ending(
        pipeline=item["pk"]["S"].removeprefix("pipeline#"),
        run=item["sk"]["S"].removeprefix("run#"),
        stamp=float(item["started_at"]["N"]),
        outcome=item["outcome"].get("S", ""),
        kind=failure["kind"]["S"] if failure else "",
        uploads=int(item["uploads"]["M"]["count"]["N"]),
    )
