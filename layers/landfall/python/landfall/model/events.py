"""Events and requests as small typed values. Times are seconds since 1970 UTC."""

import json
from dataclasses import dataclass

RECHECK_SOURCE = "landfall"
RECHECK_DETAIL_TYPE = "Crawler Hint"
RUN_REQUESTED, PAUSE_REQUESTED, RESUME_REQUESTED = "Run Requested", "Pause Requested", "Resume Requested"
ACKNOWLEDGEMENT_REQUESTED = "Acknowledgement Requested"
STREAM_START_REQUESTED, STREAM_STOP_REQUESTED = "Stream Start Requested", "Stream Stop Requested"


@dataclass(frozen=True, slots=True)
class Upload:
    """An object created or removed; `time` in seconds since 1970 UTC, as S3 cut it to whole seconds."""

    bucket: str
    key: str
    size: int | None
    time: float
    deleted: bool = False

    @property
    def is_folder_marker(self) -> bool:
        """The console's "Create folder" puts an empty object whose key ends in a slash."""
        return self.size == 0 and self.key.endswith("/")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Somebody asks for a run of this pipeline, whatever has or has not arrived. `time`: of the event, as below."""

    pipeline: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """Somebody asks that no run of this pipeline starts any more."""

    pipeline: str
    time: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Somebody asks that a paused pipeline goes on."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class AcknowledgementRequest:
    """Somebody has seen the pipeline's open incident of this kind."""

    pipeline: str
    time: float
    kind: str
    by: str = ""


Request = RunRequest | PauseRequest | ResumeRequest | AcknowledgementRequest


@dataclass(frozen=True, slots=True)
class StreamStartRequest:
    """Somebody asks that the pipeline's streaming job runs from now on."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class StreamStopRequest:
    """Somebody asks that the pipeline's streaming job is stopped, and stays so."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """A CloudWatch alarm of a pipeline's stream changed: `kind` is that of its incident, `value` OK, ALARM or other."""

    alarm: str
    pipeline: str
    kind: str
    value: str
    reason: str
    time: float


@dataclass(frozen=True, slots=True)
class ReplicationChange:
    """A DMS replication, by the last part of its ARN, has failed or runs again."""

    replication: str
    failed: bool
    message: str
    time: float


StreamChange = StreamStartRequest | StreamStopRequest | AlarmChange | ReplicationChange


@dataclass(frozen=True, slots=True)
class CrawlerChange:
    """Something happened to a crawler: a hint to go and look. `hops` counts how often it was sent back."""

    crawler: str
    recheck_count: int = 0

    def to_recheck_message(self) -> str:
        """The message body that asks to look again later; our own form, since EventBridge's cannot carry hops."""
        detail = {"crawlerName": self.crawler, "hops": self.recheck_count + 1}
        return json.dumps({"source": RECHECK_SOURCE, "detail-type": RECHECK_DETAIL_TYPE, "detail": detail})


@dataclass(frozen=True, slots=True)
class QueryChange:
    """An Athena query changed its state. The event has neither its text nor its database: ask for them by id."""

    query_id: str


@dataclass(frozen=True, slots=True)
class JobChange:
    """A run of a job ended: a hint to go and look, for the event does not say whose run it was."""

    job: str
    job_run_id: str
