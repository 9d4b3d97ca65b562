"""What has arrived on S3 of a source's changes, and whether Athena shows what PostgreSQL has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from local.demo.queries import ask
from local.stack.clients import Clients

DATABASE, VIEW, PREFIX = "person-stream-db", "person_current", "stream-data/"
_COLUMNS = ("id", "name", "age", "city", "updated_at")
_SHOWN = 5


class Landed:
    """Reads the job's files, each once: one that the job writes again with the same content is not read again."""

    def __init__(self, clients: Clients) -> None:
        self._s3, self._bucket = clients.s3, clients.outputs["LakeBucketName"]
        self._seen: dict[str, str] = {}
        self.loads: set[Any] = set()
        self.changes: set[tuple[int, int]] = set()
        self.lines = 0
        self.latencies: list[float] = []
        """Seconds from a change's commit to when its file was seen."""

    @property
    def files(self) -> int:
        """How many there are."""
        return len(self._seen)

    def look(self) -> None:
        """Read what is new."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX):
            for found in page.get("Contents", []):
                if self._seen.get(found["Key"]) != found["ETag"]:
                    now = time.time()
                    self._seen[found["Key"]] = found["ETag"]
                    body = self._s3.get_object(Bucket=self._bucket, Key=found["Key"])["Body"].read()
                    self._read(body.decode(), now)

    def _read(self, text: str, now: float) -> None:
        for line in text.split("\n")[:-1]:
            row = json.loads(line)
            self.lines += 1
            if row["operation"] == "load":
                self.loads.add(row["id"])
                continue
            identity = row["transaction_id"], row["sequence"]
            if identity not in self.changes:
                self.changes.add(identity)
                self.latencies.append(now - _moment(row["committed_at"]).timestamp())


def current(clients: Clients) -> list[dict[str, Any]]:
    """The view's rows, with values as JSON has them."""
    sql = f'SELECT {", ".join(_COLUMNS)} FROM "{DATABASE}"."{VIEW}" ORDER BY id'  # noqa: S608  # constants
    _, rows = ask(clients, sql, seconds=120)
    return [
        {"id": int(key or 0), "name": name, "age": None if age is None else int(age), "city": city, "updated_at": at}
        for key, name, age, city, at in rows
    ]


def differences(source: Iterable[dict[str, Any]], view: Iterable[dict[str, Any]]) -> list[str]:
    """How the view's rows differ from the source's, in words, the first few of them; empty when they are equal."""
    ours = {row["id"]: _comparable(row) for row in source}
    listed = list(view)
    theirs = {row["id"]: _comparable(row) for row in listed}
    found = [f"{len(listed) - len(theirs)} rows more than keys in the view"] if len(listed) != len(theirs) else []
    found += [f"row {key} is missing in the view" for key in ours.keys() - theirs.keys()]
    found += [f"row {key} is in the view only" for key in theirs.keys() - ours.keys()]
    found += [
        f"row {key}: PostgreSQL has {ours[key]}, Athena {theirs[key]}"
        for key in ours.keys() & theirs.keys()
        if ours[key] != theirs[key]
    ]
    return found if len(found) <= _SHOWN else [*found[:_SHOWN], f"and {len(found) - _SHOWN} more"]


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"updated_at": _moment(str(row["updated_at"])).isoformat()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(timezone.utc)
