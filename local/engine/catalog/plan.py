"""GetPlan: the script that a mapping of columns becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.names import existing_table
from local.engine.errors import ApiError

_HEAD = """\
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue_context = GlueContext(SparkContext())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)
"""


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {"GetPlan": get_plan}


def get_plan(request: dict[str, Any]) -> dict[str, Any]:
    """A Python script that reads the source, maps its columns and writes them to the sinks."""
    if request.get("Language", "PYTHON") != "PYTHON":
        raise ApiError("OperationNotSupportedException", "The local engine writes plans in Python only")
    source = request["Source"]
    existing_table(source["DatabaseName"], source["TableName"])
    lines = [
        _HEAD,
        f"source = {_from_catalog(source)}",
        f"mapped = ApplyMapping.apply(frame=source, mappings={_mappings(request['Mapping'])})",
        *(f"{_into_catalog(sink)}" for sink in request.get("Sinks") or []),
        "job.commit()",
    ]
    return {"PythonScript": "\n".join(lines) + "\n"}


def _from_catalog(entry: Mapping[str, Any]) -> str:
    names = f"database={entry['DatabaseName']!r}, table_name={entry['TableName']!r}"
    return f"glue_context.create_dynamic_frame.from_catalog({names})"


def _into_catalog(entry: Mapping[str, Any]) -> str:
    names = f"database={entry['DatabaseName']!r}, table_name={entry['TableName']!r}"
    return f"glue_context.write_dynamic_frame.from_catalog(frame=mapped, {names})"


def _mappings(entries: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for entry in entries:
        names = ("SourcePath", "SourceType", "TargetPath", "TargetType")
        missing = [name for name in names if not entry.get(name)]
        if missing:
            raise ApiError("InvalidInputException", f"A mapping lacks {', '.join(missing)}")
        rows.append(tuple(str(entry[name]) for name in names))
    return repr(rows)
