"""Requests of users by events on the bus: run, pause, resume, acknowledge.

Events arrive late, twice and in any order. A request older than the change that it would undo has no effect.
"""

from collections.abc import Iterable
from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.events import AcknowledgementRequest, PauseRequest, Request, ResumeRequest
from landfall.model.state import State
from landfall.rules import incidents
from landfall.rules.transition import Timing


def apply_requests(state: State, requests: Iterable[Request], now: float, timing: Timing) -> State:
    """Apply the requests in the order of their times."""
    for request in sorted(requests, key=lambda one: one.time):
        if isinstance(request, PauseRequest):
            state = _pause(state, request, now)
        elif isinstance(request, ResumeRequest):
            state = _resume(state, request, now)
        elif isinstance(request, AcknowledgementRequest):
            state = _acknowledge(state, request, now, timing)
        else:
            # The next run starts without uploads and without the distance between runs.
            state = replace(state, requested=True)
    return state


def _pause(state: State, request: PauseRequest, now: float) -> State:
    """Pause: no run starts, the one in flight continues. Nothing is late or stale while the wait is intended."""
    if state.paused or request.time <= state.resumed_at:
        return state
    state = replace(state, paused=True, paused_at=request.time, paused_reason=request.reason)
    return incidents.resolve(state, (incident_kinds.LATE, incident_kinds.STALE), now, "the pipeline was paused")


def _resume(state: State, request: ResumeRequest, now: float) -> State:
    """Resume: a due run starts, and the paused time makes nothing late. An earlier pause that arrives later is void."""
    if request.time < max(state.paused_at, state.resumed_at):
        return state
    state = replace(state, resumed_at=request.time)
    if not state.paused:
        return state
    return replace(state, paused=False, paused_at=0.0, paused_reason="", pending_since=now if state.pending else 0.0)


def _acknowledge(state: State, request: AcknowledgementRequest, now: float, timing: Timing) -> State:
    """Acknowledge an incident. This resolves a changed schema: accept the halted columns, and request a run."""
    known = incidents.find(state, request.kind)
    if known is None:
        return state
    seen_at = request.time + timing.clock_skew
    if request.kind != incident_kinds.SCHEMA_CHANGED:
        return incidents.acknowledge(state, request.kind, now, request.by) if seen_at >= known.opened_at else state
    if seen_at < known.last_at:
        return state  # it changed again since, which the user has not acknowledged
    state = incidents.resolve(state, (request.kind,), now, f"acknowledged by {request.by or 'somebody'}")
    halted = state.columns_halted
    return replace(
        state, columns=state.columns | halted, columns_halted={}, requested=state.requested or bool(halted)
    )  # fmt: skip
