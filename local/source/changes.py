"""What an application does to the table person, made of a seed: rows, then transactions. Pure; the same every time.

It takes care of what goes wrong in replication: keys that change, keys that are deleted and used again (in the same
transaction or later), several changes of a row in one transaction, transactions that are taken back, values that are
null, empty, large or full of signs that formats trip over.
"""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

TABLE = "public.person"
CREATE = (
    "CREATE TABLE person (id bigint PRIMARY KEY, name text NOT NULL, age int, city text, "
    "updated_at timestamptz NOT NULL DEFAULT clock_timestamp())"
)
_FIRST = ("Amara", "Hugo", "Yuki", "Noor", "Zoë", "José", "Ƶbigniew", "李雷", "O'Neil", 'Ann "Nan"', "Ola\tNordmann")
_LAST = ("Okafor", "Martin", "Tanaka", "Haddad", "Müller", "Núñez", "Kowalski", "韩梅梅", "\\N", "Smith, Jr.", "🗂️")
_CITIES = ("Lagos", "Lyon", "Osaka", "Quito", "Turin", "São Paulo", "", None)
_ODD = ("", " ", "null", "NULL", "a\nb", "\r\n", "\\", '{"a": 1}', "'; --", "é", "e\u0301", "x" * 300)
_KINDS = ("insert", "update", "rekey", "delete", "reinsert")
_SHARES = (30, 45, 8, 10, 7)
_LARGE_BYTES = 6000


@dataclass
class Statement:
    """One statement of SQL, with psycopg's marks for values; `changes` is how many changes the log has of it."""

    kind: str
    sql: str
    values: tuple[object, ...]
    changes: int = 1


@dataclass
class Transaction:
    """What is committed at once, or taken back. `keys` are the rows that it deals with."""

    is_kept: bool
    statements: list[Statement] = field(default_factory=list)
    keys: set[int] = field(default_factory=set)

    @property
    def changes(self) -> int:
        """Changes of rows that the log will have."""
        return sum(statement.changes for statement in self.statements) if self.is_kept else 0


class Plan:
    """What happens, from a seed and the keys that are there."""

    def __init__(self, seed: int, keys: Collection[int] = ()) -> None:
        self._random = random.Random(seed)  # noqa: S311  # chances, not secrets
        self._there = sorted(keys)
        self._gone: list[int] = []
        self._next = max(keys, default=0) + 1

    def rows(self, count: int) -> Iterator[tuple[int, str, int | None, str | None]]:
        """Rows of a table that is empty."""
        for _ in range(count):
            yield self._new_key(), self._name(), self._age(), self._city()

    def transactions(self, changes: int) -> Iterator[Transaction]:
        """Transactions of one to a dozen statements, until the log has at least this many changes."""
        done = 0
        while done < changes:
            before = (list(self._there), list(self._gone))
            transaction = Transaction(is_kept=self._random.random() > 0.05)
            for _ in range(self._random.choice((1, 1, 1, 2, 3, 5, 12))):
                kind = self._random.choices(_KINDS, _SHARES)[0] if self._there else "insert"
                getattr(self, f"_{kind}")(transaction)
            if not transaction.is_kept:
                self._there, self._gone = before
            done += transaction.changes
            yield transaction

    def _insert(self, transaction: Transaction) -> None:
        reuses = self._gone and self._random.random() < 0.3
        key = self._gone.pop(self._random.randrange(len(self._gone))) if reuses else self._new_key()
        if reuses:
            self._there.append(key)
        self._add(transaction, "insert", key)

    def _update(self, transaction: Transaction) -> None:
        key = self._random.choice(self._there)
        column, value = self._random.choice((("name", self._name()), ("age", self._age()), ("city", self._city())))
        sql = f"UPDATE person SET {column} = %s, updated_at = clock_timestamp() WHERE id = %s"  # noqa: S608  # constants
        self._take(transaction, Statement("update", sql, (value, key)), key)

    def _rekey(self, transaction: Transaction) -> None:
        old = self._there.pop(self._random.randrange(len(self._there)))
        if self._gone and self._random.random() < 0.5:
            new = self._gone.pop(self._random.randrange(len(self._gone)))
            self._there.append(new)
        else:
            new = self._new_key()
        self._gone.append(old)
        sql = "UPDATE person SET id = %s, updated_at = clock_timestamp() WHERE id = %s"
        self._take(transaction, Statement("key change", sql, (new, old)), old, new)

    def _delete(self, transaction: Transaction) -> None:
        key = self._there.pop(self._random.randrange(len(self._there)))
        self._gone.append(key)
        self._take(transaction, Statement("delete", "DELETE FROM person WHERE id = %s", (key,)), key)

    def _reinsert(self, transaction: Transaction) -> None:
        """The same key goes and comes again at once."""
        key = self._random.choice(self._there)
        self._take(transaction, Statement("delete", "DELETE FROM person WHERE id = %s", (key,)), key)
        self._add(transaction, "insert", key)

    def _add(self, transaction: Transaction, kind: str, key: int) -> None:
        sql = "INSERT INTO person (id, name, age, city) VALUES (%s, %s, %s, %s)"
        self._take(transaction, Statement(kind, sql, (key, self._name(), self._age(), self._city())), key)

    def _take(self, transaction: Transaction, statement: Statement, *keys: int) -> None:
        transaction.statements.append(statement)
        transaction.keys.update(keys)

    def _new_key(self) -> int:
        self._next += 1
        self._there.append(self._next - 1)
        return self._next - 1

    def _name(self) -> str:
        chance = self._random.random()
        if chance < 0.01:
            # too large for its row, and for compression: the log does not repeat it
            return self._random.randbytes(_LARGE_BYTES // 2).hex()
        if chance < 0.06:
            return self._random.choice(_ODD)
        return f"{self._random.choice(_FIRST)} {self._random.choice(_LAST)}"

    def _age(self) -> int | None:
        return None if self._random.random() < 0.05 else self._random.randrange(100)

    def _city(self) -> str | None:
        return self._random.choice(_CITIES)
