"""What AWS DMS makes of changes for a Kinesis target: one JSON document a record, one record a change.

Pure: values in, values out; the clock's time is given. The settings that it follows are those of pipelines/source.yaml:
JSON_UNFORMATTED, IncludeTransactionDetails, IncludeControlDetails, IncludeNullAndEmpty, PartitionIncludeSchemaTable,
partition keys by primary key, before images of primary keys.

Sources: DMS User Guide, "Using Amazon Kinesis Data Streams as a target" (record types, partition keys, before images:
"PostgreSQL provides only data for columns that are part of the primary key (changed or not)"), "Using a PostgreSQL
database as a source" (data types; booleans are texts unless MapBooleanAsBoolean is set). Field names of the transaction
details, `table-def`, the nulls of a delete and the look of `stream-position` are those of records that others captured
from RDS for PostgreSQL and published with the tests of CrateDB's commons-codec and cratedb-toolkit. What no source
shows, and is therefore a choice here: the middle of `stream-position`, the name of the record for a truncation, and the
form of numbers that JSON does not have (NaN).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from local.source.pgoutput import (
    Begin,
    Column,
    Commit,
    Delete,
    Insert,
    Message,
    Relation,
    Row,
    Truncate,
    Unchanged,
    Update,
    Value,
)

_TASK = "landfall-feeder"
"""Stands for the id of DMS's task, by which control records are partitioned."""
_INTEGERS, _FLOATS, _NUMERIC = {20, 21, 23, 26}, {700, 701}, 1700
_BOOLEAN, _BYTES, _TIMESTAMPS = 16, 17, {1114, 1184}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?")
_TYPES = {
    16: "STRING", 17: "BYTES", 20: "INT64", 21: "INT16", 23: "INT32", 26: "INT64", 700: "REAL4", 701: "REAL8",
    1082: "DATE", 1083: "TIME", 1114: "TIMESTAMP", 1184: "TIMESTAMP", 1700: "NUMERIC",
}  # fmt: skip
"""DMS's words for PostgreSQL's types, by oid; all others are texts."""


class ChangeError(Exception):
    """A change that no record can be made of; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """What goes into Kinesis.

    `concerns` are the partition keys of every row that it says something about: two where a primary key changed. A
    later record about one of them must not overtake it.
    """

    partition_key: str
    data: bytes
    concerns: frozenset[str]


class Transcriber:
    """Turns the messages of the log, in their order, into records; it remembers the transaction and the relations.

    `primary_keys` are each table's key columns by `schema.table`: with replica identity full the log calls every column
    a key.
    """

    def __init__(self, primary_keys: Mapping[str, Collection[str]]) -> None:
        self._primary_keys = primary_keys
        self._relations: dict[int, Relation] = {}
        self._transaction: Begin | None = None
        self._number = 0
        self._previous: tuple[int, int] | None = None

    def relation(self, relation_id: int) -> Relation:
        """The table as last described by the log. Raises ChangeError for one that was never described."""
        try:
            return self._relations[relation_id]
        except KeyError:
            raise ChangeError(f"A change of the relation {relation_id}, which the log has not told before.") from None

    def take(self, message: Message, lsn: int, now: datetime) -> list[Record]:
        """The records of one message at the position `lsn`: none, or one, or one for each truncated table.

        Raises ChangeError.
        """
        match message:
            case Begin():
                self._transaction, self._number = message, 0
            case Commit():
                self._transaction = None
            case Relation():
                key = self._primary_keys.get(_name(message), ())
                columns = tuple(replace(column, is_key=column.name in key) for column in message.columns)
                self._relations[message.id] = replace(message, columns=columns)
            case Insert():
                return [self._data("insert", self.relation(message.relation_id), message.new, None, lsn, now)]
            case Update():
                relation = self.relation(message.relation_id)
                new = _completed(message)
                return [self._data("update", relation, new, message.old or new, lsn, now)]
            case Delete():
                return [self._data("delete", self.relation(message.relation_id), message.old, None, lsn, now)]
            case Truncate():
                relations = [self.relation(relation_id) for relation_id in message.relation_ids]
                return [control("truncate-table", relation, now) for relation in relations]
        return []

    def _data(
        self, operation: str, relation: Relation, row: Row, before: Row | None, lsn: int, now: datetime
    ) -> Record:  # fmt: skip
        transaction = self._transaction
        if transaction is None:
            raise ChangeError(f"A change of {_name(relation)} outside of any transaction.")
        self._number += 1
        metadata: dict[str, object] = {
            **_metadata("data", operation, "primary-key", relation, now),
            "transaction-id": transaction.transaction,
            "transaction-record-id": self._number,
            "commit-timestamp": _moment(transaction.committed_at),
            "stream-position": f"{_position(lsn)}.{self._number}.{_position(transaction.final_lsn)}",
        }
        if self._previous:
            metadata["prev-transaction-id"], metadata["prev-transaction-record-id"] = self._previous
        self._previous = transaction.transaction, self._number
        document = {"data": _fields(relation, row)}
        keys = [partition_key(relation, row)]
        if before is not None:
            document["before-image"] = _fields(relation, before, only_key=True)
            keys.append(partition_key(relation, before))
        return _record(keys, document, metadata)


def load(relation: Relation, row: Row, now: datetime) -> Record:
    """The record of a row of the full load: it belongs to no transaction."""
    metadata = _metadata("data", "load", "primary-key", relation, now)
    return _record([partition_key(relation, row)], {"data": _fields(relation, row)}, metadata)


def control(operation: str, relation: Relation, now: datetime, nullable: frozenset[str] = frozenset()) -> Record:
    """A record about a table: `create-table` before its rows, `truncate-table`."""
    columns = {
        column.name: {"type": _TYPES.get(column.type_id, "STRING"), "nullable": column.name in nullable}
        for column in relation.columns
    }
    definition = {"columns": columns, "primary-key": [column.name for column in relation.columns if column.is_key]}
    control = {"table-def": definition} if operation == "create-table" else {}
    metadata = _metadata("control", operation, "task-id", relation, now)
    key = f"{_TASK}.{_name(relation)}"
    return Record(key, _json({"control": json.dumps(control), "metadata": json.dumps(metadata)}), frozenset((key,)))


def partition_key(relation: Relation, row: Row) -> str:
    """Schema, table and primary key. Raises ChangeError for a row without a known key."""
    values = [value for column, value in _pairs(relation, row) if column.is_key]
    if not values or not all(isinstance(value, str) for value in values):
        raise ChangeError(f"{_name(relation)} has no primary key, or a change came without it.")
    return ".".join([relation.schema, relation.table, *map(str, values)])[:256]  # Kinesis takes no longer ones


def unchanged(relation: Relation, update: Update) -> tuple[str, ...]:
    """The columns without a value in the log, neither in the new row nor in the old one."""
    pairs = _pairs(relation, _completed(update))
    return tuple(column.name for column, value in pairs if value is Unchanged.TOAST)


def filled(relation: Relation, update: Update, values: Mapping[str, str | None]) -> Update:
    """The update with these columns' values, which were asked for elsewhere."""
    pairs = _pairs(relation, _completed(update))
    return replace(update, new=tuple(values.get(column.name, value) for column, value in pairs))


def _completed(update: Update) -> Row:
    """The new row, with what was not sent again taken from the old one, where that is whole."""
    if update.old is None or not update.old_is_whole:
        return update.new
    pairs = zip(update.new, update.old, strict=False)
    return tuple(before if value is Unchanged.TOAST else value for value, before in pairs)


def _record(keys: list[str], document: dict[str, str], metadata: dict[str, object]) -> Record:
    return Record(keys[0], _json({**document, "metadata": json.dumps(metadata)}), frozenset(keys))


def _json(parts: dict[str, str]) -> bytes:
    """An object of parts that are JSON already: numbers keep every digit that PostgreSQL printed."""
    return ("{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in parts.items()) + "}").encode()


def _metadata(kind: str, operation: str, key_type: str, relation: Relation, now: datetime) -> dict[str, object]:
    return {
        "timestamp": _moment(now),
        "record-type": kind,
        "operation": operation,
        "partition-key-type": key_type,
        "schema-name": relation.schema,
        "table-name": relation.table,
    }


def _fields(relation: Relation, row: Row, *, only_key: bool = False) -> str:
    """The columns as JSON; what was not sent again is left out."""
    pairs = (
        f"{json.dumps(column.name)}: {_value(column.type_id, value)}"
        for column, value in _pairs(relation, row)
        if value is not Unchanged.TOAST and (column.is_key or not only_key)
    )
    return "{" + ", ".join(pairs) + "}"


def _pairs(relation: Relation, row: Row) -> Iterator[tuple[Column, Value]]:
    columns = relation.columns
    if len(row) != len(columns):
        raise ChangeError(f"A row of {len(row)} values in {_name(relation)}, which has {len(columns)} columns.")
    return zip(columns, row, strict=True)


def _value(type_id: int, value: Value) -> str:
    """A value in JSON's words."""
    if value is None:
        return "null"
    text = str(value)
    if type_id in _INTEGERS or type_id in _FLOATS or type_id == _NUMERIC:
        return text if _NUMBER.fullmatch(text) else json.dumps(text)
    if type_id == _BOOLEAN:
        text = {"t": "true", "f": "false"}.get(text, text)
    elif type_id in _TIMESTAMPS:
        text = _iso(text)
    elif type_id == _BYTES and text.startswith("\\x"):
        text = f"0x{text[2:]}"
    return json.dumps(text, ensure_ascii=False)


def _iso(text: str) -> str:
    """PostgreSQL's timestamp in UTC as ISO 8601; what that has no word for (infinity, years before 1) stays."""
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        return text
    day, time, fraction = found.groups()
    return f"{day}T{time}{f'.{fraction:0<6}' if fraction else ''}Z"


def _moment(when: datetime) -> str:
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _position(lsn: int) -> str:
    """A position in the log with leading zeros, so that its text sorts as it does."""
    return f"{lsn >> 32:08X}/{lsn & 0xFFFFFFFF:08X}"


def _name(relation: Relation) -> str:
    return f"{relation.schema}.{relation.table}"
