"""The parser of the streaming job: records of DMS, each of which becomes a change, or goes aside with its reason."""

import importlib
import json
import re
import sys
from types import ModuleType

from local.spark import environment
from verification.examples.dms_records import control, record
from verification.fuzz.campaign import Parser
from verification.fuzz.generate import Hostile

_RECORDS = tuple(
    json.loads(text)
    for text in (
        record("load", 1),
        record("insert", 2),
        record("update", 3, before={"id": 4}),
        record("update", 5, before={}),
        record("delete", 6),
        control("create-table"),
        control("truncate-table"),
    )
)
_FOLDER = re.compile(r"day=\d{4}-\d\d-\d\d/hour=\d\d")
_MOST = 2**63  # of a long, in Spark


def parsers() -> dict[str, Parser]:
    """With the job as it is; it needs Spark's Python to be loaded, and no Java to judge."""
    sys.path.append(str(environment.spark_home().parent))
    return {"records of DMS": records(importlib.import_module("jobs.stream_person"))}


def records(job: ModuleType) -> Parser:
    """The parser of this job. Whatever the record is, what it becomes is text that Spark and a JSON reader take."""
    source = job.Source("public.person", ("id",))

    def parse(hostile: Hostile) -> bool:
        found = job.judge(hostile.json(hostile.pick(_RECORDS)), source)
        "".join(part for part in found if isinstance(part, str)).encode()
        assert -_MOST <= found.sequence < _MOST
        if found.outcome == "rejected":
            assert json.loads(found.line)["reason"] == found.reason != ""
        elif found.outcome == "change":
            row = json.loads(found.line)
            assert row["id"] is not None
            assert row["operation"] in job.OPERATIONS
            assert _FOLDER.fullmatch(found.folder)
            assert found.identity
            assert "\n" not in found.line
        else:
            assert found.outcome == "control"
        return bool(found.outcome != "rejected")

    return parse
