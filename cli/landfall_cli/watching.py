"""Poll pipelines, and report what happened to them since the last poll. Functions never do this."""

import time
from collections.abc import Iterator

from landfall.model.state import Incident, RunRecord, State
from landfall_cli.deployment import Deployment
from landfall_cli.run_events import Past, RunEvent, find_events

_DEFINITIONS_SECONDS = 30.0  # a new pipeline is noticed after at most this time


class Watch:
    """The states of pipelines as last read: of those in `names`, else of all."""

    def __init__(self, deployed: Deployment, names: tuple[str, ...] = ()) -> None:
        self._deployed, self._names = deployed, names
        self._read_at = time.monotonic()
        self.states = self._load(names or tuple(deployed.names()))

    def _load(self, names: tuple[str, ...]) -> dict[str, State]:
        return self._deployed.state_table.load_all(names)

    def poll(self) -> list[RunEvent]:
        """Everything since the last poll, over all pipelines, in the order in which it occurred."""
        if not self._names and time.monotonic() > self._read_at + _DEFINITIONS_SECONDS:
            self._deployed.forget_definitions()
            self._read_at = time.monotonic()
            names = tuple(self._deployed.names())
        else:
            names = tuple(self.states)
        before, self.states = self.states, self._load(names)
        events = [
            event for name in names for event in self._events_of(before.get(name, State(name)), self.states[name])
        ]
        return sorted(events, key=lambda event: event.at)

    def _events_of(self, before: State, after: State) -> Iterator[RunEvent]:
        if before.version == after.version:
            return
        definition = after.run.definition if after.run else self._deployed.index.by_name.get(after.pipeline)
        past = Past(self._find_runs(before, after), self._find_resolved(before, after))
        yield from find_events(before, after, past, definition, time.time())

    def _find_runs(self, before: State, after: State) -> list[RunRecord]:
        """The run that was in flight, if any, and all runs recorded since."""
        if before.run is not None:
            return list(self._deployed.history.runs_from(after.pipeline, before.run.id))
        if after.last_run_started_at == before.last_run_started_at and after.run is None:
            return []
        # Earlier runs have ended and were reported.
        found = self._deployed.history.runs_since(after.pipeline, before.last_run_started_at)
        return [record for record in found if record.started_at > before.last_run_started_at]

    def _find_resolved(self, before: State, after: State) -> list[Incident]:
        """The incidents that were open and no longer are, with their resolution."""
        gone = {incident.id for incident in before.incidents} - {incident.id for incident in after.incidents}
        if not gone:
            return []
        return [found for found in self._deployed.history.incidents(after.pipeline, 100) if found.id in gone]
