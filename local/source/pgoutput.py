"""PostgreSQL's logical replication messages, as its plugin pgoutput writes them, as values.

Pure: bytes in, values out. Protocol version 1 to 4 without streaming of transactions in progress. Source: PostgreSQL
18, "Logical Replication Message Formats" (protocol-logicalrep-message-formats).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TypeAlias

_EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)


class MalformedMessageError(ValueError):
    """The bytes are no message of pgoutput; the text says which kind, where and what was expected."""


class Unchanged(Enum):
    """A large value, kept outside its row, that the update did not touch: PostgreSQL does not send it again."""

    TOAST = "unchanged"


Value: TypeAlias = str | Unchanged | None
"""A column's value as PostgreSQL prints it; None is NULL."""
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction starts; `final_lsn` is the position of its commit."""

    final_lsn: int
    committed_at: datetime
    transaction: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A transaction is complete; it is not sent again once `end_lsn` is confirmed."""

    lsn: int
    end_lsn: int
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation; `type_id` is the type's oid, `is_key` says whether it belongs to the replica identity."""

    name: str
    type_id: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as the changes after it have it."""

    id: int
    schema: str
    table: str
    identity: str
    """pg_class.relreplident: d (default: the primary key), n (nothing), f (full) or i (an index)."""
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    relation_id: int
    new: Row


@dataclass(frozen=True, slots=True)
class Update:
    """A row's new values.

    `old` is there when a key column changed (then only key columns have values), or always and whole with replica
    identity full (`old_is_whole`).
    """

    relation_id: int
    new: Row
    old: Row | None = None
    old_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """A row that is gone: its key, all other columns None, unless `old_is_whole`."""

    relation_id: int
    old: Row
    old_is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Truncate:
    """Tables that were emptied."""

    relation_ids: tuple[int, ...]
    cascades: bool
    restarts_identity: bool


@dataclass(frozen=True, slots=True)
class Type:
    """A type that is not built in, sent before the relation that uses it."""

    id: int
    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The transaction came from another server."""

    lsn: int
    name: str


@dataclass(frozen=True, slots=True)
class LogicalMessage:
    """A message put into the log with pg_logical_emit_message."""

    is_transactional: bool
    lsn: int
    prefix: str
    content: bytes


Message: TypeAlias = (
    Begin | Commit | Relation | Insert | Update | Delete | Truncate | Type | Origin | LogicalMessage
)  # fmt: skip


def decode(data: bytes) -> Message:
    """One message. Raises MalformedMessageError."""
    reader = _Reader(data)
    kind = reader.letter("a kind of message")
    read = _READERS.get(kind)
    if read is None:
        raise MalformedMessageError(f"byte 0: {kind!r} is no kind of message that pgoutput sends here")
    reader.kind = kind
    message = read(reader)
    reader.end()
    return message


class _Reader:
    """Reads the parts of a message from its start to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.kind = ""

    def malformed(self, what: str) -> MalformedMessageError:
        return MalformedMessageError(f"message {self.kind!r}, byte {self._at} of {len(self._data)}: {what}")

    def take(self, size: int, what: str) -> bytes:
        if size < 0 or self._at + size > len(self._data):
            raise self.malformed(f"{what} of {size} bytes does not fit")
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def number(self, form: str, what: str) -> int:
        """A number in network order; `form` is struct's letter."""
        layout = struct.Struct(f">{form}")
        return int(layout.unpack(self.take(layout.size, what))[0])

    def letter(self, what: str) -> str:
        return self.take(1, what).decode("latin-1")

    def text(self, what: str) -> str:
        """A text that ends with a zero byte."""
        end = self._data.find(b"\0", self._at)
        if end < 0:
            raise self.malformed(f"{what} has no end")
        return self._utf8(self.take(end - self._at + 1, what)[:-1], what)

    def moment(self, what: str) -> datetime:
        """Microseconds since 2000."""
        microseconds = self.number("q", what)
        try:
            return _EPOCH + timedelta(microseconds=microseconds)
        except OverflowError as error:
            raise self.malformed(f"{what} is out of range: {microseconds}") from error

    def row(self) -> Row:
        return tuple(self._value() for _ in range(self.number("H", "the number of columns")))

    def _value(self) -> Value:
        kind = self.letter("a kind of value")
        if kind == "n":
            return None
        if kind == "u":
            return Unchanged.TOAST
        if kind == "t":
            return self._utf8(self.take(self.number("i", "a value's size"), "a value"), "a value")
        raise self.malformed(f"{kind!r} is no kind of value that was asked for")

    def _utf8(self, data: bytes, what: str) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.malformed(f"{what} is not UTF-8: {error.reason}") from error

    def end(self) -> None:
        if self._at != len(self._data):
            raise self.malformed(f"{len(self._data) - self._at} bytes too many")


def _begin(reader: _Reader) -> Begin:
    return Begin(
        reader.number("Q", "the commit's position"), reader.moment("the commit's time"), reader.number("I", "an xid")
    )


def _commit(reader: _Reader) -> Commit:
    reader.take(1, "flags")
    lsn, end_lsn = reader.number("Q", "the commit's position"), reader.number("Q", "the commit's end")
    return Commit(lsn, end_lsn, reader.moment("the commit's time"))


def _relation(reader: _Reader) -> Relation:
    relation_id = reader.number("I", "a relation")
    schema, table = reader.text("a schema"), reader.text("a table")
    identity = reader.letter("a replica identity")
    columns = []
    for _ in range(reader.number("H", "the number of columns")):
        is_key = bool(reader.number("B", "a column's flags") & 1)
        name, type_id = reader.text("a column's name"), reader.number("I", "a column's type")
        reader.number("i", "a type's modifier")
        columns.append(Column(name, type_id, is_key))
    # PostgreSQL leaves the schema of what it brings along empty
    return Relation(relation_id, schema or "pg_catalog", table, identity, tuple(columns))


def _insert(reader: _Reader) -> Insert:
    relation_id = reader.number("I", "a relation")
    _expect(reader, "N")
    return Insert(relation_id, reader.row())


def _update(reader: _Reader) -> Update:
    relation_id = reader.number("I", "a relation")
    kind, old = reader.letter("a kind of row"), None
    is_whole = kind == "O"
    if kind in ("K", "O"):
        old, kind = reader.row(), reader.letter("a kind of row")
    if kind != "N":
        raise reader.malformed(f"{kind!r} where the new row should begin")
    return Update(relation_id, reader.row(), old, is_whole)


def _delete(reader: _Reader) -> Delete:
    relation_id = reader.number("I", "a relation")
    kind = reader.letter("a kind of row")
    if kind not in ("K", "O"):
        raise reader.malformed(f"{kind!r} where the old row should begin")
    return Delete(relation_id, reader.row(), kind == "O")


def _truncate(reader: _Reader) -> Truncate:
    count = reader.number("I", "the number of relations")
    options = reader.number("B", "options")
    identifiers = struct.iter_unpack(">I", reader.take(4 * count, "the relations"))
    return Truncate(tuple(identifier for (identifier,) in identifiers), bool(options & 1), bool(options & 2))


def _type(reader: _Reader) -> Type:
    return Type(reader.number("I", "a type"), reader.text("a schema") or "pg_catalog", reader.text("a type's name"))


def _origin(reader: _Reader) -> Origin:
    return Origin(reader.number("Q", "a position"), reader.text("an origin's name"))


def _logical_message(reader: _Reader) -> LogicalMessage:
    is_transactional = bool(reader.number("B", "flags") & 1)
    lsn, prefix = reader.number("Q", "a position"), reader.text("a prefix")
    return LogicalMessage(is_transactional, lsn, prefix, reader.take(reader.number("I", "a size"), "the content"))


def _expect(reader: _Reader, letter: str) -> None:
    found = reader.letter("a kind of row")
    if found != letter:
        raise reader.malformed(f"{found!r} where the new row should begin")


_READERS: dict[str, Callable[[_Reader], Message]] = {
    "B": _begin, "C": _commit, "R": _relation, "I": _insert, "U": _update, "D": _delete, "T": _truncate,
    "Y": _type, "O": _origin, "M": _logical_message,
}  # fmt: skip
