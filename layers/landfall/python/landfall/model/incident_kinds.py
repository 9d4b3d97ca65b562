"""The kinds of incidents, by what resolves them."""

# By the next run that succeeds.
FAILURES = (
    "crawl failed", "crawl stopped", "job failed", "job timed out", "job stopped", "job error", "job expired",
    "query failed", "check failed", "no table", "access denied", "refused",
)  # fmt: skip

STUCK = "stuck"  # when the run moves on or ends
LATE = "late"  # when nothing is pending too long
STALE = "stale"  # by an upload
SCHEMA_CHANGED = "schema changed"  # by acknowledgement
DEFINITION_INVALID = "definition invalid"  # by a valid one

STREAM_DOWN = "stream down"  # when its job has run again for the time that the definition says, or is to be stopped
STREAM_NOT_STOPPED = "stream not stopped"  # when the job has ended
STREAM_BEHIND = "stream behind"  # when CloudWatch's alarm is OK again, this and the next one
SOURCE_BEHIND = "source behind"
SOURCE_FAILED = "source failed"  # when DMS says that the replication runs again
STREAMS = (STREAM_DOWN, STREAM_NOT_STOPPED, STREAM_BEHIND, SOURCE_BEHIND, SOURCE_FAILED)

ALL = (*FAILURES, STUCK, LATE, STALE, SCHEMA_CHANGED, DEFINITION_INVALID, *STREAMS)
