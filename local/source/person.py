"""The application at the source: fills the table person and changes it, in .venv/source.

`python -m local.source.person fill --rows 5000` and `… change --changes 4000 --rate 500`; how far it is comes as lines
of JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Iterator

import psycopg

from local.source.changes import CREATE, Plan, Statement, Transaction

_REPORT_SECONDS = 0.2


def main() -> int:
    """Fill or change; 2 if no database is given."""
    arguments = argparse.ArgumentParser(prog="python -m local.source.person", description=__doc__)
    arguments.add_argument("what", choices=("fill", "change"))
    arguments.add_argument("--dsn", default=os.environ.get("LANDFALL_SOURCE"), help="default: $LANDFALL_SOURCE")
    arguments.add_argument("--rows", type=int, default=5000)
    arguments.add_argument("--changes", type=int, default=4000)
    arguments.add_argument("--rate", type=float, default=0, help="changes a second; 0: as fast as it goes")
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    if not chosen.dsn:
        arguments.error("which database? Give --dsn, or set LANDFALL_SOURCE")
    with psycopg.connect(chosen.dsn) as one, psycopg.connect(chosen.dsn) as other:
        if chosen.what == "fill":
            _fill(one, Plan(chosen.seed), chosen.rows)
        else:
            _change(one, other, chosen.seed, chosen.changes, chosen.rate)
    return 0


def _fill(connection: psycopg.Connection[tuple[object, ...]], plan: Plan, rows: int) -> None:
    connection.execute(CREATE)
    with connection.cursor().copy("COPY person (id, name, age, city) FROM STDIN") as copy:
        for row in plan.rows(rows):
            copy.write_row(row)
    connection.commit()
    print(json.dumps({"rows": rows}), flush=True)


def _change(
    one: psycopg.Connection[tuple[object, ...]], other: psycopg.Connection[tuple[object, ...]],
    seed: int, changes: int, rate: float,
) -> None:  # fmt: skip
    """Change the table in two sessions.

    Where two transactions deal with different rows, their statements alternate, and the later one commits first.
    """
    keys = [int(str(key)) for (key,) in one.execute("SELECT id FROM person ORDER BY id").fetchall()]
    one.commit()
    done: Counter[str] = Counter()
    transactions = made = 0
    started = reported = time.monotonic()
    for pair in _pairs(Plan(seed, keys).transactions(changes)):
        sessions = list(zip((one, other), pair, strict=False))
        for statements in itertools.zip_longest(*(transaction.statements for transaction in pair)):
            for (connection, _), statement in zip(sessions, statements, strict=True):
                if statement is not None:
                    connection.execute(statement.sql, statement.values)
        for connection, transaction in reversed(sessions):
            (connection.commit if transaction.is_kept else connection.rollback)()
            done.update(_counted(transaction))
            made += transaction.changes
            transactions += 1
        if rate:
            time.sleep(max(0.0, started + made / rate - time.monotonic()))
        if time.monotonic() - reported > _REPORT_SECONDS:
            reported = time.monotonic()
            print(json.dumps({"changes": made, "transactions": transactions}), flush=True)
    print(json.dumps({"changes": made, "transactions": transactions, **done}), flush=True)


def _counted(transaction: Transaction) -> Iterator[str]:
    if not transaction.is_kept:
        yield "rollback"
        return
    deleted: set[object] = set()
    for statement in transaction.statements:
        yield statement.kind
        yield from _again(statement, deleted)


def _again(statement: Statement, deleted: set[object]) -> Iterator[str]:
    """A key that a transaction deletes and inserts again counts as that, too."""
    if statement.kind == "delete":
        deleted.add(statement.values[0])
    elif statement.kind == "insert" and statement.values[0] in deleted:
        yield "reinsert"


def _pairs(transactions: Iterator[Transaction]) -> Iterator[tuple[Transaction, ...]]:
    """Two at a time where they do not meet, else one."""
    held: Transaction | None = None
    for transaction in transactions:
        if held is None:
            held = transaction
        elif held.keys.isdisjoint(transaction.keys):
            yield held, transaction
            held = None
        else:
            yield (held,)
            held = transaction
    if held is not None:
        yield (held,)


if __name__ == "__main__":
    raise SystemExit(main())
