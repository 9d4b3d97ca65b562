"""The kinds of incidents, by what resolves them."""

# By the next successful run.
FAILURES = (
    "crawl failed", "crawl stopped", "job failed", "job timed out", "job stopped", "job error", "job expired",
    "query failed", "check failed", "no table", "table deprecated", "access denied", "refused",
)  # fmt: skip

STUCK = "stuck"  # when the run continues or ends
LATE = "late"  # when nothing is pending too long
STALE = "stale"  # by an upload
SCHEMA_CHANGED = "schema changed"  # by acknowledgement
DEFINITION_INVALID = "definition invalid"  # by a valid one

STREAM_DOWN = "stream down"  # when the job has run for the definition's healthy_minutes, or a user stops it
STREAM_NOT_STOPPED = "stream not stopped"  # when the job has ended
STREAM_BEHIND = "stream behind"  # when CloudWatch's alarm is OK again; the next one likewise
SOURCE_BEHIND = "source behind"
SOURCE_FAILED = "source failed"  # when DMS reports that the replication runs again
STREAMS = (STREAM_DOWN, STREAM_NOT_STOPPED, STREAM_BEHIND, SOURCE_BEHIND, SOURCE_FAILED)

ALL = (*FAILURES, STUCK, LATE, STALE, SCHEMA_CHANGED, DEFINITION_INVALID, *STREAMS)
