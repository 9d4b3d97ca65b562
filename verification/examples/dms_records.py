"""Records as AWS DMS puts them on Kinesis."""

from __future__ import annotations

import json
from typing import Any

AT = "2026-11-21T19:10:11.123456Z"


def metadata(operation: str, number: int = 1, at: str = AT, /, **changes: Any) -> dict[str, Any]:
    """That of the change with this number, which makes its transaction and its place in the log."""
    found: dict[str, Any] = {
        "timestamp": at,
        "record-type": "data",
        "operation": operation,
        "partition-key-type": "primary-key",
        "schema-name": "public",
        "table-name": "person",
    }
    if operation != "load":
        found |= {
            "transaction-id": 1000 + number,
            "transaction-record-id": 1,
            "commit-timestamp": at,
            "stream-position": f"00000002/{number:X}.3.00000002/{number:X}",
        }
    return {name: value for name, value in (found | changes).items() if value is not None}


def person(number: int, **changes: Any) -> dict[str, Any]:
    """The columns of one person."""
    return {"id": number, "name": f"n{number}", "age": number % 90, "city": "Ulm", "updated_at": AT} | changes


def record(operation: str, number: int, *, at: str = AT, before: Any = None, **changes: Any) -> str:
    """A change of the person with this number; of `changes`, columns go to the data."""
    found: dict[str, Any] = {"data": person(number) | changes, "metadata": metadata(operation, number, at)}
    if before is not None:
        found["before-image"] = before
    return json.dumps(found)


def control(operation: str, table: str = "person") -> str:
    """A record that is no change."""
    of = {"record-type": "control", "operation": operation, "schema-name": "public", "table-name": table}
    return json.dumps({"control": {}, "metadata": {"timestamp": AT} | of})
