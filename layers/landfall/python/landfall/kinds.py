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

ALL = (*FAILURES, STUCK, LATE, STALE, SCHEMA_CHANGED, DEFINITION_INVALID)
