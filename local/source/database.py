"""The source's side of the feeder: tables, publication, slot, the rows of the full load, the changes of the log."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from local.source.pgoutput import Column, Relation

SLOT = PUBLICATION = "landfall"
_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1"
"""How values are printed, in the load and in the log alike; dms.py reads them so."""
_FETCHED = 2000
_COLUMNS = """
    SELECT a.attname, a.atttypid, NOT a.attnotnull, a.attnum = ANY (coalesce(i.indkey::int2[], '{}'))
    FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum"""


class SourceError(Exception):
    """The source cannot be replicated as it is; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table to replicate, as it is now."""

    relation: Relation
    nullable: frozenset[str]

    @property
    def name(self) -> str:
        """`schema.table`."""
        return f"{self.relation.schema}.{self.relation.table}"

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key's columns."""
        return tuple(column.name for column in self.relation.columns if column.is_key)

    @property
    def identifier(self) -> sql.Identifier:
        """Its name as SQL has it."""
        return sql.Identifier(self.relation.schema, self.relation.table)


class Database:
    """One connection, with a lock that keeps other feeders out."""

    def __init__(self, dsn: str) -> None:
        """Connects, and waits until no other feeder does its work. Raises psycopg.OperationalError."""
        self._connection = psycopg.connect(dsn, options=_OPTIONS, autocommit=True)
        self._connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (SLOT,))
        self._connection.execute("CREATE SCHEMA IF NOT EXISTS landfall")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS landfall.loads ("
            "slot name, relation text, loaded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (slot, relation))"
        )

    def close(self) -> None:
        """Let another feeder in."""
        self._connection.close()

    def table(self, name: str) -> Table:
        """A table by `schema.table`. Raises SourceError if its changes would not have the key."""
        schema, _, table = name.partition(".")
        found = self._connection.execute(
            "SELECT c.oid, c.relreplident FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relname = %s AND c.relkind = 'r'",
            (schema, table),
        ).fetchone()
        if found is None:
            raise SourceError(f"There is no table {name}. Create it first.")
        oid, identity = found[0], found[1].decode() if isinstance(found[1], bytes) else str(found[1])
        rows = self._connection.execute(_COLUMNS, (oid,)).fetchall()
        columns = tuple(Column(row[0], row[1], bool(row[3])) for row in rows)
        if not any(column.is_key for column in columns):
            raise SourceError(f"{name} has no primary key, so its changes cannot be told apart. Give it one.")
        if identity not in "df":
            raise SourceError(f"{name} has replica identity {identity!r}: ALTER TABLE {name} REPLICA IDENTITY DEFAULT.")
        nullable = frozenset(row[0] for row in rows if row[2])
        return Table(Relation(oid, schema, table, identity, columns), nullable)

    def prepare(self, tables: list[Table]) -> bool:
        """Make publication and slot, unless they are there.

        True when the slot is new: what changed before is lost to it, so everything is loaded again.
        """
        every = sql.SQL(", ").join(table.identifier for table in tables)
        is_there = self._connection.execute(
            "SELECT 1 FROM pg_publication WHERE pubname = %s", (PUBLICATION,)
        ).fetchone()
        statement = "ALTER PUBLICATION {} SET TABLE {}" if is_there else "CREATE PUBLICATION {} FOR TABLE {}"
        self._connection.execute(sql.SQL(statement).format(sql.Identifier(PUBLICATION), every))
        if self._connection.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", (SLOT,)).fetchone():
            return False
        self._connection.execute("DELETE FROM landfall.loads WHERE slot = %s", (SLOT,))
        self._connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (SLOT,))
        return True

    def is_loaded(self, table: Table) -> bool:
        """Whether all rows of its full load are in Kinesis."""
        asked = "SELECT 1 FROM landfall.loads WHERE slot = %s AND relation = %s"
        return self._connection.execute(asked, (SLOT, table.name)).fetchone() is not None

    def loaded(self, table: Table) -> None:
        """All rows of its full load are in Kinesis."""
        self._connection.execute(
            "INSERT INTO landfall.loads (slot, relation) VALUES (%s, %s) ON CONFLICT DO NOTHING", (SLOT, table.name)
        )

    def rows(self, table: Table) -> Iterator[tuple[str | None, ...]]:
        """Every row as it is now, printed as the log prints it, few at a time in memory.

        The slot is older than this moment: whatever changes between it and the load comes again as a change.
        """
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.relation.columns)
        query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(columns, table.identifier)
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            yield from copy.rows()

    def changes(self, most: int) -> Iterator[tuple[int, bytes]]:
        """Position and message of each unconfirmed change in the log, in the order of the commits.

        It ends after the transaction in which `most` messages are reached: pgoutput gives whole transactions only. The
        server keeps what it decoded, on disk where it is much; here only a few messages are in memory at a time.
        """
        query = (
            "SELECT lsn - '0/0'::pg_lsn, data FROM pg_logical_slot_peek_binary_changes("
            "%s, NULL, %s, 'proto_version', '1', 'publication_names', %s)"
        )
        with self._connection.transaction(), self._connection.cursor("changes", binary=True) as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(query, (SLOT, most, PUBLICATION))
            for lsn, data in cursor:
                yield int(lsn), bytes(data)

    def end_of_log(self) -> int:
        """The end of the log; later commits are behind it."""
        return self._number("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")

    def confirmed(self) -> int:
        """Up to where everything is in Kinesis."""
        return self._number("SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots WHERE slot_name = %s")

    def confirm(self, lsn: int) -> None:
        """Everything before this position is in Kinesis: it is never given again, and the log may forget it."""
        text = f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
        self._connection.execute("SELECT pg_replication_slot_advance(%s, %s)", (SLOT, text))

    def current(self, table: Table, columns: tuple[str, ...], key: dict[str, str]) -> dict[str, str | None]:
        """These columns of one row as they are now, printed; empty when the row is gone."""
        asked = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
        where = sql.SQL(" AND ").join(
            sql.SQL("{}::text = {}").format(sql.Identifier(name), value) for name, value in key.items()
        )
        query = sql.SQL("SELECT {} FROM {} WHERE {}").format(asked, table.identifier, where)
        found = self._connection.execute(query).fetchone()
        return dict(zip(columns, found, strict=True)) if found else {}

    def _number(self, query: str) -> int:
        found = self._connection.execute(query, (SLOT,) if "%s" in query else None).fetchone()
        if found is None or found[0] is None:
            raise SourceError(f"The replication slot {SLOT} is gone. Start the feeder again: it loads everything anew.")
        return int(found[0])
