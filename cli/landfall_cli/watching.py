"""Looks at pipelines again and again, and tells what has happened to them meanwhile. Functions never do this."""

import time
from collections.abc import Iterator

from landfall.model.state import Incident, RunRecord, State
from landfall_cli.deployment import Deployment
from landfall_cli.run_events import Moment, Past, between

_DEFINITIONS_SECONDS = 30.0  # new pipelines are noticed so late


class Watch:
    """What was last seen of the pipelines; `names` limits it to those, else it is all of them."""

    def __init__(self, deployed: Deployment, names: tuple[str, ...] = ()) -> None:
        self._deployed, self._names = deployed, names
        self._read_at = time.monotonic()
        self.states = self._look(names or tuple(deployed.names()))

    def _look(self, names: tuple[str, ...]) -> dict[str, State]:
        return self._deployed.state_table.load_all(names)

    def happened(self) -> list[Moment]:
        """Everything since the last look, over all pipelines in the order in which it was."""
        if not self._names and time.monotonic() > self._read_at + _DEFINITIONS_SECONDS:
            self._deployed.forget_definitions()
            self._read_at = time.monotonic()
            names = tuple(self._deployed.names())
        else:
            names = tuple(self.states)
        before, self.states = self.states, self._look(names)
        moments = [moment for name in names for moment in self._of(before.get(name, State(name)), self.states[name])]
        return sorted(moments, key=lambda moment: moment.at)

    def _of(self, before: State, after: State) -> Iterator[Moment]:
        if before.version == after.version:
            return
        definition = after.run.definition if after.run else self._deployed.index.by_name.get(after.pipeline)
        past = Past(self._runs(before, after), self._resolved(before, after))
        yield from between(before, after, past, definition, time.time())

    def _runs(self, before: State, after: State) -> list[RunRecord]:
        """The run that was in flight, if any, and all that were recorded since."""
        if before.run is not None:
            return list(self._deployed.history.runs_from(after.pipeline, before.run.id))
        if after.last_run_started_at == before.last_run_started_at and after.run is None:
            return []
        # Any run of before has ended and was told of.
        found = self._deployed.history.runs_since(after.pipeline, before.last_run_started_at)
        return [record for record in found if record.started_at > before.last_run_started_at]

    def _resolved(self, before: State, after: State) -> list[Incident]:
        """Those that were open and are no longer, with how they ended."""
        gone = {incident.id for incident in before.incidents} - {incident.id for incident in after.incidents}
        if not gone:
            return []
        return [found for found in self._deployed.history.incidents(after.pipeline, 100) if found.id in gone]
