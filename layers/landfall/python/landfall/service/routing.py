"""Find the pipelines of the records in the upload queue and the stream-state queue."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from landfall.adapters.definition_registry import DefinitionRegistry
from landfall.adapters.state_table import StateTable
from landfall.model.errors import NoPipelineError
from landfall.model.events import AlarmChange, Request, RunRequest, StreamStartRequest, StreamStopRequest, Upload
from landfall.model.pipelines import Pipeline, PipelineIndex

Arrival = Upload | Request


@dataclass(slots=True)
class Arrivals:
    """The records of one batch for one pipeline; the name is empty for uploads that no pipeline covers."""

    name: str
    pipeline: Pipeline | None
    message_ids: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def add(self, message_id: str, arrival: Arrival) -> None:
        """Add a record."""
        self.message_ids.append(message_id)
        if isinstance(arrival, Upload):
            self.uploads.append(arrival)
        else:
            self.requests.append(arrival)


def group_arrivals(registry: DefinitionRegistry, items: list[tuple[str, Arrival]]) -> Iterable[Arrivals]:
    """Group the records by pipeline, in the order of their first records.

    Definitions are read again if a record has no pipeline: it may be newer than the last read.
    """
    pipelines = registry.pipelines()
    if any(_name_of(pipelines, arrival) not in pipelines.by_name for _, arrival in items):
        pipelines = registry.pipelines(fresh=True)
    groups: dict[str, Arrivals] = {}
    for message_id, arrival in items:
        name = _name_of(pipelines, arrival)
        groups.setdefault(name, Arrivals(name, pipelines.by_name.get(name))).add(message_id, arrival)
    return groups.values()


def require_pipeline(registry: DefinitionRegistry, state_table: StateTable, arrivals: Arrivals) -> None:
    """Raise NoPipelineError for records that need a valid definition and have none, so that they are not lost.

    Uploads and run requests need one; for other requests it is enough that the pipeline has a state.
    """
    if arrivals.pipeline is not None:
        return
    is_needed = arrivals.uploads or any(isinstance(request, RunRequest) for request in arrivals.requests)
    if arrivals.name and not is_needed and state_table.load(arrivals.name).version > 0:
        return
    first = arrivals.uploads[0] if arrivals.uploads else None
    what = f"s3://{first.bucket}/{first.key}" if first else f"pipeline {arrivals.requests[0].pipeline}"
    raise NoPipelineError(
        f"no valid pipeline covers {what} and {len(arrivals.message_ids) - 1} more. Fix or add its definition, then "
        f"redrive the dead-letter queue. Invalid definitions: {_problems(registry)}"
    )


def find_stream_pipeline(
    registry: DefinitionRegistry,
    state_table: StateTable,
    change: StreamStartRequest | StreamStopRequest | AlarmChange,
) -> Pipeline | None:
    """The pipeline's definition, read again if it is unknown or has no stream: it may be newer than the last read.

    Raises NoPipelineError for a start without a stream, and for any other change of a pipeline without a state.
    """
    name = change.pipeline
    pipeline = registry.pipelines().by_name.get(name)
    if pipeline is None or pipeline.stream is None:
        pipeline = registry.pipelines(fresh=True).by_name.get(name)
    known = state_table.load(name) if pipeline is None or pipeline.stream is None else None
    is_enough = known is None or (known.stream if isinstance(change, StreamStartRequest) else known.version)
    if not is_enough:
        raise NoPipelineError(
            f"{name} is no pipeline with a stream. Add the field stream to its definition, then redrive the "
            f"dead-letter queue. Invalid definitions: {_problems(registry)}"
        )
    return pipeline


def _name_of(pipelines: PipelineIndex, arrival: Arrival) -> str:
    if not isinstance(arrival, Upload):
        return arrival.pipeline
    pipeline = pipelines.find_covering(arrival.bucket, arrival.key)
    return pipeline.name if pipeline else ""


def _problems(registry: DefinitionRegistry) -> str:
    return "; ".join(str(problem) for problem in registry.problems) or "none"
