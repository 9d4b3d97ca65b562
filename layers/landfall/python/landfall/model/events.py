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
    """An object was created or removed; S3 cuts `time` to whole seconds."""

    bucket: str
    key: str
    size: int | None
    time: float
    deleted: bool = False

    @property
    def is_folder_marker(self) -> bool:
        """Whether it is an empty object with a key that ends in a slash, as the console's "Create folder" makes it."""
        return self.size == 0 and self.key.endswith("/")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A user requests a run of this pipeline, with or without new uploads. Here and below, `time` is of the event."""

    pipeline: str
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class PauseRequest:
    """A user requests that no more runs of this pipeline start."""

    pipeline: str
    time: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """A user requests that a paused pipeline resumes."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class AcknowledgementRequest:
    """A user acknowledges the pipeline's open incident of this kind."""

    pipeline: str
    time: float
    kind: str
    by: str = ""


Request = RunRequest | PauseRequest | ResumeRequest | AcknowledgementRequest


@dataclass(frozen=True, slots=True)
class StreamStartRequest:
    """A user requests that the pipeline's streaming job runs from now on."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class StreamStopRequest:
    """A user requests that the pipeline's streaming job stops and stays stopped."""

    pipeline: str
    time: float


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """A CloudWatch alarm of a pipeline's stream changed. `kind` is its incident's, `value` is OK, ALARM or other."""

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
    """A crawler changed, or is due for a recheck: query its status. `recheck_count` counts the rechecks so far."""

    crawler: str
    recheck_count: int = 0

    def to_recheck_message(self) -> str:
        """The message body of the next recheck: a format of Landfall's own, since Glue's event has no count."""
        detail = {"crawlerName": self.crawler, "hops": self.recheck_count + 1}
        return json.dumps({"source": RECHECK_SOURCE, "detail-type": RECHECK_DETAIL_TYPE, "detail": detail})


@dataclass(frozen=True, slots=True)
class QueryChange:
    """An Athena query changed its state. The event has neither its text nor its database: get them by the id."""

    query_id: str


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job run ended: query its status, since the event does not say which pipeline's run it was for."""

    job: str
    job_run_id: str
