"""Where a table's files lie: its location, its partitions, and partition projection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from typing import Any

from local.engine import ministack_adapter
from local.engine.athena.data.files import DataFile
from local.engine.athena.data.hive_paths import HIVE_NULL, folder, location
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableRequest
from local.engine.crawl.listing import is_hidden

_MOST_PROJECTED = 1_000_000
Values = tuple[str | None, ...]


@dataclass(frozen=True)
class Partition:
    """A table's partition, or the whole of a table that has none."""

    values: Values
    location: str
    descriptor: Mapping[str, Any] | None = None
    """The storage descriptor of a registered partition: it has columns and a SerDe of its own."""


def wanted(table: Mapping[str, Any], request: TableRequest) -> Iterator[Partition]:
    """The partitions that a query of the table reads: those that WHERE lets through."""
    names = [str(column["Name"]).lower() for column in table.get("PartitionKeys") or []]
    if not names:
        yield Partition((), str((table.get("StorageDescriptor") or {}).get("Location") or ""))
        return
    for partition in partitions(table, request):
        if _is_wanted(names, partition.values, request):
            yield partition


def partitions(table: Mapping[str, Any], request: TableRequest) -> Iterator[Partition]:
    """Each partition, registered or projected."""
    parameters = table.get("Parameters") or {}
    if str(parameters.get("projection.enabled", "")).lower() == "true":
        for values, place in _projected(table, parameters, request):
            yield Partition(values, place)
        return
    yield from registered_partitions(table)


def registered_partitions(table: Mapping[str, Any]) -> Iterator[Partition]:
    """Each partition that is in the catalog."""
    for entry in ministack_adapter.partitions(table):
        values = tuple(None if value == HIVE_NULL else str(value) for value in entry.get("Values") or [])
        descriptor = entry.get("StorageDescriptor") or {}
        yield Partition(values, str(descriptor.get("Location") or ""), descriptor)


def files(partition: Partition) -> Iterator[DataFile]:
    """The files that are read: not hidden and not empty."""
    bucket, key = location(partition.location)
    if not ministack_adapter.bucket_exists(bucket):
        raise QueryFailedError("BUCKET_NOT_FOUND", f"The specified bucket does not exist (Bucket: {bucket})")
    start = folder(key)
    found = [item for item in ministack_adapter.list_objects(bucket, start) if not is_hidden(item.key[len(start) :])]
    if not found and key and not key.endswith("/"):
        found = [item for item in ministack_adapter.list_objects(bucket, key) if item.key == key]
    for item in found:
        if item.size:
            yield DataFile(bucket, item, partition.values)


def _is_wanted(names: Sequence[str], values: Values, request: TableRequest) -> bool:
    pairs = zip(names, values, strict=True)
    return all(value is None or all(test(value) for test in request.conditions.get(name, ())) for name, value in pairs)


def _projected(
    table: Mapping[str, Any], parameters: Mapping[str, str], request: TableRequest
) -> Iterator[tuple[Values, str]]:
    names = [str(column["Name"]).lower() for column in table["PartitionKeys"]]
    root = str(table["StorageDescriptor"]["Location"]).rstrip("/")
    template = parameters.get("storage.location.template") or "/".join([root, *(f"{n}=${{{n}}}" for n in names), ""])
    choices = [_wanted_values(name, parameters, request) for name in names]
    for number, values in enumerate(product(*choices)):
        if number >= _MOST_PROJECTED:
            message = f"Projected partitions exceed the local engine's {_MOST_PROJECTED}; narrow the query"
            raise QueryFailedError("CONSTRAINT_VIOLATION", message)
        place = template
        for name, value in zip(names, values, strict=True):
            place = str(value).join(re.split(re.escape(f"${{{name}}}"), place, flags=re.IGNORECASE))
        yield values, place


def _wanted_values(name: str, parameters: Mapping[str, str], request: TableRequest) -> list[str]:
    own = {key.lower(): value for key, value in parameters.items()}
    settings = {
        key.removeprefix(f"projection.{name}."): value
        for key, value in own.items()
        if key.startswith(f"projection.{name}.")
    }
    kind = settings.get("type", "").lower()
    if kind == "injected":
        if name not in request.equal:
            message = (
                f"For the injected projected partition column {name}, the WHERE clause must contain only static "
                "equality conditions, and at least one such condition must be present."
            )
            raise QueryFailedError("CONSTRAINT_VIOLATION", message)
        return request.equal[name]
    kinds = {"enum": _enum, "integer": _integers, "date": _dates}
    if kind not in kinds:
        table = f"{request.database}.{request.name}"
        message = f"Table {table} is configured for partition projection, but {name} has the type {kind or 'none'}"
        raise QueryFailedError("INVALID_TABLE_PROPERTY", message)
    tests = request.conditions.get(name, [])
    try:
        values = (value for value in kinds[kind](settings) if all(test(value) for test in tests))
        return list(islice(values, _MOST_PROJECTED))
    except (KeyError, ValueError) as error:
        raise QueryFailedError("INVALID_TABLE_PROPERTY", f"Invalid projection of the column {name}: {error}") from error


def _enum(settings: Mapping[str, str]) -> Iterator[str]:
    yield from (value.strip() for value in settings["values"].split(","))


def _integers(settings: Mapping[str, str]) -> Iterator[str]:
    low, high = (int(part) for part in settings["range"].split(","))
    digits = int(settings.get("digits", 0))
    for number in range(low, high + 1, int(settings.get("interval", 1))):
        yield f"{number:0{digits}d}"


_UNITS = {
    "milliseconds": timedelta(milliseconds=1),
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(days=7),
}
# a Java date pattern's letters in Python's
_LETTERS = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))


def _dates(settings: Mapping[str, str]) -> Iterator[str]:
    pattern = settings["format"]
    for letters, code in _LETTERS:
        pattern = pattern.replace(letters, code)
    pattern = pattern.replace("'", "")
    low, high = (_moment(part.strip(), pattern) for part in settings["range"].split(","))
    unit = settings.get("interval.unit", "").lower() or ("days" if "%d" in pattern and "%H" not in pattern else "")
    unit = unit or ("months" if "%H" not in pattern else "hours")
    step, moment = int(settings.get("interval", 1)), low
    last = ""
    while moment <= high:
        shown = moment.strftime(pattern)
        if shown != last:
            yield shown
        last = shown
        moment = _later(moment, unit if unit.endswith("s") else f"{unit}s", step)


def _later(moment: datetime, unit: str, step: int) -> datetime:
    if unit in _UNITS:
        return moment + _UNITS[unit] * step
    months = moment.month - 1 + step * {"months": 1, "years": 12}[unit]
    return moment.replace(year=moment.year + months // 12, month=months % 12 + 1, day=1)


def _moment(text: str, pattern: str) -> datetime:
    """A date of the pattern, or NOW-3DAYS."""
    match = re.fullmatch(r"NOW\s*(?:([+-])\s*(\d+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?))?", text)
    if match is None:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 # projection knows no zones
    now = datetime.now(UTC).replace(tzinfo=None)
    if not match[1]:
        return now
    count = int(match[2]) * (-1 if match[1] == "-" else 1)
    unit = match[3].lower().rstrip("s") + "s"
    return _later(now, unit, count)
