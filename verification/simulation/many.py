"""Many schedules with progress, which go on where they were interrupted."""

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from verification.simulation.campaign import Result, play_all

_SAVE_EVERY = 1_000
_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("functions", "layers/landfall", "verification/simulation")
# Judge schedules, and make none.
_ORACLE = ("final_checks.py", "costs.py", "incidents.py", "oracle.py", "sweeps.py", "truth.py")
_AROUND = ("__main__.py", "many.py", "mutations.py", "shrink.py", "trace.py")  # neither


@dataclass
class Campaign:
    """How far it came. `code` is a digest of what makes schedules, `oracle` of what judges them.

    What other code has passed counts for nothing. What another oracle has let pass counts when the new one is `milder`:
    when it was wrong about a schedule, and now calls less broken. What it called broken is played again.
    """

    first: int
    next: int
    code: str
    oracle: str
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)

    @classmethod
    def load(cls, first: int, file: Path | None, *, milder: bool) -> "Campaign":
        new = cls(first, first, *digests())
        if file is None or not file.exists():
            return new
        found = cls(**json.loads(file.read_text()))
        if (found.first, found.code) != (new.first, new.code) or (found.oracle != new.oracle and not milder):
            return new
        found.oracle = new.oracle
        return found

    def add(self, result: Result) -> None:
        self.next = result.seed + 1
        for what, count in result.counts.items():
            self.counts[what] = self.counts.get(what, 0) + count

    def save(self, file: Path | None) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(asdict(self)))


def run(
    first: int, schedules: int, workers: int, resume: Path | None, console: Console,
    *, keep_going: bool = False, milder: bool = False,
) -> list[int]:  # fmt: skip
    """Schedules of consecutive seeds, up to the first that breaks a promise, or all; the seeds of those that do."""
    campaign = Campaign.load(first, resume, milder=milder)
    campaign.broken = [result.seed for result in play_all(campaign.broken) if result.broken]
    before, started, end = campaign.seconds, time.monotonic(), first + schedules
    columns = (TextColumn("schedules"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("", total=schedules, completed=campaign.next - first)
        for result in play_all(range(campaign.next, end), workers):
            if result.broken:
                campaign.broken.append(result.seed)
                console.print(f"Seed {result.seed} broke a promise: {result.broken}")
                if not keep_going:
                    return campaign.broken
            campaign.add(result)
            campaign.seconds = before + time.monotonic() - started
            progress.advance(bar)
            if campaign.next % _SAVE_EVERY == 0:
                campaign.save(resume)
    if resume is not None:
        resume.unlink(missing_ok=True)  # what is done is done; the next one begins anew
    counts = ", ".join(f"{count:,} {what}" for what, count in campaign.counts.items())
    broken = f"{len(campaign.broken)} broke a promise" if campaign.broken else "no broken promise"
    console.print(f"{campaign.next - first:,} schedules, {broken}, {campaign.seconds:.0f} s: {counts}.")
    return campaign.broken


def digests() -> tuple[str, str]:
    """Of the code that makes schedules, and of the oracle."""
    here = _ROOT / "verification/simulation"
    oracle = [here / name for name in _ORACLE]
    neither = {*oracle, *(here / name for name in _AROUND), *(here / "defects").glob("*.py")}
    made = {file for folder in _CODE for file in (_ROOT / folder).rglob("*.py")} - neither
    return _digest(made), _digest(oracle)


def _digest(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()
