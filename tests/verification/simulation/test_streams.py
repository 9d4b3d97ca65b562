"""A hundred and fifty schedules of a stream keep every promise; each seeded defect breaks one."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from landfall.adapters.glue_jobs import GlueJobs
from landfall.rules import stream_transitions as moves
from landfall.rules import streams
from landfall.rules.transition import Transition
from verification.simulation.stream_promises import BrokenError
from verification.simulation.streams import World, played

SCHEDULES = 150
Patch = Callable[[pytest.MonkeyPatch], None]


def play_all() -> list[World]:
    return [played(seed) for seed in range(SCHEDULES)]


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return play_all()


def test_every_promise_holds_in_every_schedule(worlds: list[World]) -> None:
    """`played(seed)` raises what is broken; here they do what they are for."""
    counts: Counter[str] = Counter()
    for world in worlds:
        stream = world.state().stream
        assert stream is not None
        counts[stream.status] += 1
        counts.update(run.state for run in world.runs)
        counts.update(run.by for run in world.runs)
        counts.update(kind for _, kind, _ in world.announced)

    wanted = ("running", "stopped", "given up", "Incident Opened", "Incident Resolved", "Incident Reminder")
    for what in (*wanted, "SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED", "us", "hand", "glue"):
        assert counts[what] >= 5, f"{what}: only {counts[what]} in {SCHEDULES} schedules"


def no_search(patch: pytest.MonkeyPatch) -> None:
    """A start does not look for what is there."""
    patch.setattr(GlueJobs, "_find_stream_run", lambda *_: None)


def stops_are_outages(patch: pytest.MonkeyPatch) -> None:
    """The end of a run that was stopped on purpose opens an incident."""
    patch.setattr(
        moves,
        "finish_stop",
        lambda state, pipeline, stream, now: moves.schedule_restart(state, pipeline, stream, "x", now),
    )


def no_repeated_stop(patch: pytest.MonkeyPatch) -> None:
    """A stop that got lost stays lost."""
    patch.setattr(streams, "_stop_or_continue", lambda state, *_: Transition(state))


def no_repeated_start(patch: pytest.MonkeyPatch) -> None:
    """So does a start."""
    patch.setattr(moves, "try_again", _only_once)


def _only_once(state: Any, pipeline: Any, stream: Any, now: float) -> Transition:
    return Transition(state) if stream.try_number else _next_try(state, pipeline, stream, now)


def never_well(patch: pytest.MonkeyPatch) -> None:
    """Running again resolves nothing."""
    patch.setattr(streams, "_record_running", lambda state, *_: state)


def silent_end(patch: pytest.MonkeyPatch) -> None:
    """It is started again, and nobody is told why."""
    patch.setattr(moves, "open_incident", lambda state, *_: state)


def impatient(patch: pytest.MonkeyPatch) -> None:
    """What Glue restarts by itself is started at once as well."""
    patch.setattr(streams, "_SUCCESSOR_SECONDS", 0.0)


def timeouts_are_outages(patch: pytest.MonkeyPatch) -> None:
    """A job that ran for hours until its Timeout opens an incident."""
    real = streams._end_job_run

    def fail(state: Any, pipeline: Any, stream: Any, look: Any, now: float) -> Transition:
        return real(state, pipeline, stream, replace(look, state="FAILED") if look.state == "TIMEOUT" else look, now)

    patch.setattr(streams, "_end_job_run", fail)


def overtaken_requests(patch: pytest.MonkeyPatch) -> None:
    """An old request undoes a newer one."""
    real = streams.handle_request
    patch.setattr(
        streams, "handle_request", lambda state, pipeline, request, now: real(_forgetful(state), pipeline, request, now)
    )


def _forgetful(state: Any) -> Any:
    return replace(state, stream=replace(state.stream, asked_at=0.0)) if state.stream else state


_next_try = moves.try_again
DEFECTS: tuple[Patch, ...] = (
    no_search, stops_are_outages, no_repeated_stop, no_repeated_start, never_well, silent_end, impatient,
    timeouts_are_outages, overtaken_requests,
)  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_a_seeded_defect_is_found(defect: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    defect(monkeypatch)

    with pytest.raises(BrokenError):
        play_all()
