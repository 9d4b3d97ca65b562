"""What queries answer: what is read of which files, and what it means."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from local.engine.athena import session
from local.engine.athena.data.files import ObjectFiles
from tests.engine.helpers import PEOPLE
from tests.engine.world import World

AWKWARD = [
    "a b.csv",
    "a+b.csv",
    "a%41.csv",
    "what?.csv",
    "st*r.csv",
    "br[1].csv",
    "数据.csv",
    "q'uote\".csv",
    "x/y#z.csv",
]


@pytest.mark.parametrize(
    "name", ['"AwsDataCatalog"."{db}"."_person"', '"{db}"."_person"', '"_person"', "_person", '"{db}"._PERSON AS p']
)
def test_a_table_is_found_by_any_of_its_names(people: World, name: str) -> None:
    text = "SELECT name, age FROM {table} ORDER BY age DESC".replace("{table}", name)

    assert people.query(text.replace("{db}", people.database)) == [["bert", "41"], ["anna", "30"]]


def test_joins_groups_and_with_queries(people: World) -> None:
    rows = people.query(
        'WITH old AS (SELECT * FROM _person WHERE age > 35), "_person2" AS (SELECT name FROM old) '
        "SELECT count(*), avg(p.age), max(o.city) FROM _person p LEFT JOIN old o ON o.name = p.name "
        "WHERE EXISTS (SELECT 1 FROM _person2)"
    )

    assert rows == [["2", "35.5", "Bonn"]]


def test_a_with_query_may_have_the_name_of_the_table_it_reads(people: World) -> None:
    assert people.query('WITH "_person" AS (SELECT name FROM _person LIMIT 1) SELECT count(*) FROM _person') == [["1"]]


def test_a_column_may_be_named_with_its_table(people: World) -> None:
    text = 'SELECT "{db}"."_person".name FROM "{db}"."_person" WHERE _person.age = 30'

    assert people.query(text.replace("{db}", people.database)) == [["anna"]]


def test_values_are_printed_as_athena_prints_them(world: World) -> None:
    rows = world.query(
        "SELECT true, 1, 1.5, CAST(3 AS double), CAST(12345678 AS double), CAST(0.0001 AS double), NULL, "
        "7 / 2, CAST(7 AS double) / 2, DATE '2024-01-31', 'it''s'"
    )

    assert rows == [["true", "1", "1.5", "3.0", "1.2345678E7", "1.0E-4", None, "3", "3.5", "2024-01-31", "it's"]]


def test_casts_are_as_strict_as_athenas(world: World) -> None:
    rows = world.query(
        "SELECT try_cast('3.7' AS bigint), try_cast(' 3' AS bigint), try_cast('3' AS bigint), try_cast('x' AS double), "
        "try_cast('2024/1/2' AS date), try_cast('2024-01-02' AS date), CAST(2.5e0 AS bigint), CAST(-2.5 AS integer), "
        "CAST(30 AS varchar), CAST(NULL AS bigint), try_cast('99999999999999999999' AS bigint), "
        "try_cast(CAST('2024-01-02 03:04:05' AS timestamp) AS date)"
    )

    assert rows == [
        [None, None, "3", None, None, "2024-01-02", "3", "-3", "30", None, None, "2024-01-02"],
    ]  # fmt: skip


def test_functions_that_differ_are_repaired(people: World) -> None:
    rows = people.query(
        "SELECT approx_distinct(name), trim('\t x\n'), concat('a', NULL), greatest(1, NULL), (7 / 2) / 2 * 1e0, "
        "current_date > DATE '2020-01-01', length(max(city)), count_if(age > 35) FROM _person"
    )

    assert rows == [["2", "x", None, None, "1.0", "true", "3", "1"]]


def test_every_key_can_be_read(world: World) -> None:
    for key in AWKWARD:
        world.put(key, PEOPLE)
    world.create_crawler()
    world.crawl()

    assert world.table()["Parameters"]["objectCount"] == str(len(AWKWARD))
    assert world.query("SELECT count(*), count(DISTINCT name) FROM _person") == [[str(2 * len(AWKWARD)), "2"]]


def test_hidden_and_empty_objects_are_not_read(world: World) -> None:
    world.put("a.csv", PEOPLE)
    for key in ("_b.csv", ".c.csv", "_tmp/d.csv", "x/.e/f.csv", "empty.csv", "folder/"):
        world.put(key, "" if key in ("empty.csv", "folder/") else PEOPLE)
    world.create_crawler()
    world.crawl()

    assert world.query("SELECT count(*) FROM _person") == [["2"]]


def test_lazy_simple_serde_pads_cuts_and_gives_null(world: World) -> None:
    world.put("a.csv", 'x,1,2.5,true\n,,,\nonly\n"q,r",0x10,z,maybe\nlong,5,1e3,FALSE,more,cells\r\n\\N,1.5, 2 ,\n')
    world.put("b.csv", b"\xff,7,0,true")
    world.create_table([("s", "string"), ("n", "bigint"), ("d", "double"), ("b", "boolean")])

    rows = world.query("SELECT * FROM made")

    assert rows == [
        ["x", "1", "2.5", "true"],
        ["", None, None, None],
        ["only", None, None, None],
        ['"q', None, None, None],
        ["long", "5", "1000.0", "false"],
        [None, "1", "2.0", None],
        ["\ufffd", "7", "0.0", "true"],
    ]


def test_the_header_is_skipped_in_every_file(world: World) -> None:
    for number in range(3):
        world.put(f"{number}.csv", PEOPLE)
    world.create_table([("a", "string"), ("b", "bigint")], **{"skip.header.line.count": "1"})

    assert world.query("SELECT count(*), count(b) FROM made") == [["6", "6"]]


def test_open_csv_serde_unquotes(world: World) -> None:
    world.put("a.csv", '"Ulm, Donau","say ""hi"""\n"esc\\"aped",\n"",alone\nshort\n')
    world.create_table([("a", "string"), ("b", "string")], "OpenCSVSerde")

    assert world.query("SELECT * FROM made") == [
        ["Ulm, Donau", 'say "hi"'],
        ['esc"aped', ""],
        ["", "alone"],
        ["short", None],
    ]


def test_a_table_without_files_has_no_rows(world: World) -> None:
    world.create_table([("a", "string"), ("b", "bigint")])

    assert world.query("SELECT * FROM made") == []
    assert world.query("SELECT count(*) FROM made") == [["0"]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            'SELECT 1\nFROM "{db}"."nope"',
            "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.{db}.nope' does not exist",
        ),
        ('SELECT 1 FROM "nope"."t"', "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
        ("SELECT name, nope FROM _person", "COLUMN_NOT_FOUND: line 1:14: Column 'nope' cannot be resolved"),
        ("SELECT p.nope FROM _person p", "COLUMN_NOT_FOUND: line 1:8: Column 'p.nope' cannot be resolved"),
        ("SELECT x.name FROM _person p", "COLUMN_NOT_FOUND: line 1:8: Column 'x.name' cannot be resolved"),
        ("SELECT name, count(*) FROM _person", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'name' must be an aggregate"),
        ("SELECT age / 0 FROM _person", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT age % 0 FROM _person", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST(name AS bigint) FROM _person", "INVALID_CAST_ARGUMENT: Cannot cast 'anna' to BIGINT"),
        (
            "SELECT frobnicate(age) FROM _person",
            "FUNCTION_NOT_FOUND: line 1:8: Function 'frobnicate' not registered",
        ),
        ("SELECT kurtosis(age) FROM _person", "NOT_SUPPORTED: the local engine does not know the function kurtosis"),
        ("SELECT * FROM read_csv('/etc/hostname')", "NOT_SUPPORTED: the local engine does not know the table function"),
        ("SELECT * FROM '/etc/hostname'", "TABLE_NOT_FOUND"),
        ('SELECT * FROM "/etc/hostname"', "TABLE_NOT_FOUND"),
        ('SELECT "$file_modified_time" FROM _person', "NOT_SUPPORTED"),
        ("EXPLAIN ANALYZE SELECT 1", "NOT_SUPPORTED: the local engine does not know EXPLAIN ANALYZE"),
        ("SELECT CAST('3.7' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast '3.7' to INT"),
        ("SELECT CAST('yes' AS boolean)", "INVALID_CAST_ARGUMENT: Cannot cast 'yes' to BOOLEAN"),
    ],
)
def test_a_failing_query_says_why(people: World, text: str, reason: str) -> None:
    assert people.failure(text.replace("{db}", people.database)).startswith(reason.replace("{db}", people.database))


def test_a_query_reaches_no_file_of_this_machine_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "query").mkdir()
    (tmp_path / "query" / "mine").write_text("mine")
    (tmp_path / "other").write_text("other")

    with duckdb.connect() as connection:
        session.prepare(connection, tmp_path / "query", ObjectFiles(lambda size: None))

        mine = "SELECT content FROM read_blob('{path}')".replace("{path}", f"{tmp_path}/query/mine")
        assert connection.execute(mine).fetchone() == (b"mine",)
        for path in (f"{tmp_path}/other", f"{tmp_path}/query/../other"):
            with pytest.raises(duckdb.PermissionException):
                connection.execute(f"FROM read_text('{path}')")
        with pytest.raises(duckdb.Error):
            connection.execute("SET enable_external_access = true")


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("TIMESTAMP '2017-01-01 10:11:12'", "10:11:12.000"),
        ("TIMESTAMP '2017-01-01 10:11:12.3456'", "10:11:12.346"),
        ("TIMESTAMP '2017-01-01 23:59:59.9996'", "00:00:00.000"),
        ("TIMESTAMP '2017-01-01 10:11:12.5 Asia/Tokyo'", "10:11:12.500"),
        ("CAST(NULL AS timestamp)", None),
    ],
)
def test_a_timestamp_s_time_of_day(world: World, moment: str, shown: str | None) -> None:
    assert world.query(f"SELECT CAST({moment} AS time), CAST(CAST({moment} AS time) AS varchar)") == [
        [shown, shown]
    ]  # as above
