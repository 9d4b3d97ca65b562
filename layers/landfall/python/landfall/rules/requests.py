"""What people ask for by an event on the bus: a run, a pause, its end, the acknowledgement of an incident.

Events come late, twice and in any order. What is older than what it would undo changes nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.events import AcknowledgementRequest, PauseRequest, Request, ResumeRequest
from landfall.model.state import State
from landfall.rules import incidents
from landfall.rules.transition import Timing


def apply_requests(state: State, requests: Iterable[Request], now: float, timing: Timing) -> State:
    """Do what is asked, in the order of the events' times."""
    for request in sorted(requests, key=lambda one: one.time):
        if isinstance(request, PauseRequest):
            state = _pause(state, request, now)
        elif isinstance(request, ResumeRequest):
            state = _resume(state, request, now)
        elif isinstance(request, AcknowledgementRequest):
            state = _acknowledge(state, request, now, timing)
        else:
            # The next run starts without an upload, and keeps no distance.
            state = replace(state, requested=True)
    return state


def _pause(state: State, request: PauseRequest, now: float) -> State:
    """No run starts; the one in flight goes on. What waits, waits on purpose now: it is neither late nor stale."""
    if state.paused or request.time <= state.resumed_at:
        return state
    state = replace(state, paused=True, paused_at=request.time, paused_reason=request.reason)
    return incidents.resolve(state, (incident_kinds.LATE, incident_kinds.STALE), now, "the pipeline was paused")


def _resume(state: State, request: ResumeRequest, now: float) -> State:
    """What is due starts; the time that was paused makes nothing late. A pause that it overtook is over as well."""
    if request.time < max(state.paused_at, state.resumed_at):
        return state
    state = replace(state, resumed_at=request.time)
    if not state.paused:
        return state
    return replace(state, paused=False, paused_at=0.0, paused_reason="", pending_since=now if state.pending else 0.0)


def _acknowledge(state: State, request: AcknowledgementRequest, now: float, timing: Timing) -> State:
    """Somebody has seen it. A changed schema is resolved by that: what halted is taken over, and a run asked for."""
    known = incidents.find(state, request.kind)
    if known is None:
        return state
    seen_at = request.time + timing.clock_skew
    if request.kind != incident_kinds.SCHEMA_CHANGED:
        return incidents.acknowledge(state, request.kind, now, request.by) if seen_at >= known.opened_at else state
    if seen_at < known.last_at:
        return state  # it changed once more: nobody has seen that
    state = incidents.resolve(state, (request.kind,), now, f"acknowledged by {request.by or 'somebody'}")
    halted = state.columns_halted
    return replace(
        state, columns=state.columns | halted, columns_halted={}, requested=state.requested or bool(halted)
    )  # fmt: skip
