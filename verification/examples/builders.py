"""Values for tests: what matters to a test is an argument, the rest has a default."""

import json
from typing import Any

from landfall.model import definitions
from landfall.model.events import Upload
from landfall.model.pipelines import Pipeline
from landfall.model.state import Run, State, Uploads
from landfall.rules.transition import Timing

TIMING = Timing(clock_skew=3, lease=70)
NOW = 1_000_000.0
PARAMETER = "/landfall/dev/pipelines/person"
HAS_ROWS = {"name": "has rows", "sql": "SELECT 1", "expect": "rows"}
CURATE = {"job": "person-curate", "arguments": {"--TARGET_S3": "s3://landfall-curated/person/"}}
NO_EMPTY_NAMES = {"name": "no empty names", "sql": "SELECT * FROM t WHERE name = ''", "expect": "no rows"}


def document(**changes: Any) -> dict[str, Any]:
    """A valid definition with these fields changed; None leaves a field out."""
    base: dict[str, Any] = {
        "name": "person",
        "bucket": "landfall-lake",
        "prefix": "data/dataprofile/",
        "suffixes": [".csv"],
        "query_role": "arn:aws:iam::123456789012:role/landfall/dev/person-query",
        "steps": [
            {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"},
            {"checks": [HAS_ROWS, NO_EMPTY_NAMES]},
        ],
        "min_minutes_between_runs": 0,
    }
    return {name: value for name, value in (base | changes).items() if value is not None}


def pipeline(**changes: Any) -> Pipeline:
    return definitions.parse(PARAMETER, json.dumps(document(**changes)))


def upload(key: str = "data/dataprofile/a.csv", time: float = NOW, size: int = 10, deleted: bool = False) -> Upload:
    return Upload("landfall-lake", key, size, time, deleted)


def uploads(count: int = 1, time: float = NOW) -> Uploads:
    return Uploads(count, time, time, ("data/dataprofile/a.csv",))


def run(definition: Pipeline | None = None, **fields: Any) -> Run:
    base: dict[str, Any] = {
        "id": "run-1",
        "started_at": NOW,
        "uploads": uploads(),
        "definition": definition or pipeline(),
        "attempt_started_at": NOW,
        "try_started_at": NOW,
        "status": "running",
    }
    return Run(**(base | fields))


def state(**fields: Any) -> State:
    base: dict[str, Any] = {"pipeline": "person", "version": 7, "first_seen_at": NOW - 86_400}
    return State(**(base | fields))
