"""Facts of Trino's documentation, worked out by hand: what an expression or a query answers.

`make facts` runs all of them. `make test` runs a sample that changes from day to day; a failure names its fact and
the day.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.engine.athena import engine, parser
from local.engine.athena.failures import QueryFailedError

FOLDER = Path(__file__).parent / "athena_facts"
DAY = os.environ.get("FACTS_DAY", f"{datetime.now(UTC):%Y-%m-%d}")
SAMPLE = 60
Fact = tuple[str, str, str]


def read(path: Path) -> list[Fact]:
    """SQL, the answer, and the type where it is given."""
    facts = []
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        sql, _, answer = line.partition(" =>")
        answer, _, kind = answer.removeprefix(" ").partition("  : ")
        facts.append((sql if path.stem == "queries" else f"SELECT {sql}", answer, kind))
    return facts


EVERY = [fact for path in sorted(FOLDER.glob("*.txt")) for fact in read(path)]


def chosen() -> list[Fact]:
    if os.environ.get("FACTS") == "all":
        return EVERY
    return random.Random(DAY).sample(EVERY, SAMPLE)  # noqa: S311 # a sample, not a secret


def answer_of(sql: str) -> tuple[str, str]:
    """The first cell as Athena prints it, and its type; of a failure the code."""
    try:
        result = engine.execute(engine.Run(parser.parse(sql), "facts"))
    except QueryFailedError as failure:
        return f"!{failure.code}", ""
    except parser.MalformedQueryError:
        return "!SYNTAX_ERROR", ""
    cell = result.rows[0][0] if result.rows else ""
    return "NULL" if cell is None else cell, str(result.types[0])


@pytest.mark.parametrize("fact", chosen(), ids=lambda fact: fact[0])
def test_a_fact_holds(fact: Fact) -> None:
    sql, wanted, kind = fact

    answer, own_kind = answer_of(sql)

    drawn = f"drawn for {DAY}: FACTS_DAY={DAY} draws the same ones, `make facts` runs all"
    assert answer == wanted, drawn
    assert not kind or own_kind == kind, drawn


def test_there_are_hundreds_of_facts_and_none_twice() -> None:
    texts = [sql for sql, _, _ in EVERY]

    assert len(texts) >= 400
    assert len(set(texts)) == len(texts)
