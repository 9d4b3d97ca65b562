"""Parquet, Avro, and what no classifier knows."""

from __future__ import annotations

import gzip

from tests.engine.crawl_cases.case import CHOSEN, DUMPS, GUIDE, Case, Expected, one
from tests.engine.crawl_cases.csv_files import PEOPLE
from verification.examples.parquet_bytes import avro, number, parquet, text

_UNKNOWN = Expected("", format="UNKNOWN", unreadable="an UNKNOWN table has no SerDe")
_TYPES = "Parquet's LogicalTypes document, with Hive's names"

_FLAT = "SELECT 1::INT AS i, 2::BIGINT AS l, 0.5::FLOAT AS f, 1.5::DOUBLE AS d, 'x' AS s, true AS b"


def _parquet(says: str, source: str, select: str, columns: str, row: tuple[str | None, ...]) -> Case:
    expected = Expected(columns, [row], format="parquet", serde={"serialization.format": "1"})
    return one(says, source, parquet(select), expected)


OTHER_FILES = [
    _parquet(
        "Parquet's schema is that of the footer",
        GUIDE,
        _FLAT,
        "i int, l bigint, f float, d double, s string, b boolean",
        ("1", "2", "0.5", "1.5", "x", "true"),
    ),
    _parquet(
        "Parquet's dates and timestamps keep their types",
        _TYPES,
        "SELECT DATE '2024-01-31' AS d, TIMESTAMP '2024-01-31 12:00:00' AS t",
        "d date, t timestamp",
        ("2024-01-31", "2024-01-31 12:00:00.000"),
    ),
    _parquet(
        "Parquet's decimals keep precision and scale",
        _TYPES,
        "SELECT 1.25::DECIMAL(5,2) AS small, 12345.678::DECIMAL(30,3) AS large",
        "small decimal(5,2), large decimal(30,3)",
        ("1.25", "12345.678"),
    ),
    _parquet(
        "Parquet's small whole numbers keep their size; unsigned ones need the next",
        f"{_TYPES}; {CHOSEN} for unsigned",
        "SELECT 1::TINYINT AS a, 2::SMALLINT AS b, 3::UTINYINT AS c, 4::USMALLINT AS d, 5::UINTEGER AS e",
        "a tinyint, b smallint, c smallint, d int, e bigint",
        ("1", "2", "3", "4", "5"),
    ),
    _parquet(
        "Parquet's lists, structs and maps nest",
        _TYPES,
        "SELECT [1, 2] AS l, {'a': 1, 'b': ['x']} AS s, MAP {'k': 1.5::DOUBLE} AS m, [{'a': 1}] AS ls",
        "l array<int>, s struct<a:int,b:array<string>>, m map<string,double>, ls array<struct<a:int>>",
        ("[1, 2]", "{a=1, b=[x]}", "{k=1.5}", "[{a=1}]"),
    ),
    _parquet("Parquet's names are folded to lower case", DUMPS, 'SELECT 7 AS "Total"', "total int", ("7",)),
    one(
        "recordCount of Parquet is the footer's; compression within the file is not told",
        DUMPS,
        parquet("SELECT range AS n FROM range(2500)"),
        Expected(
            "n bigint",
            [(str(n),) for n in range(2500)],
            format="parquet",
            parameters={"compressionType": "none", "recordCount": "2500", "objectCount": "1"},
        ),
    ),
    Case(
        "Parquet files of one folder are one table with the columns of all",
        GUIDE,
        {
            "1": parquet("SELECT 1 AS a, 2 AS b, 3 AS c"),
            "2": parquet("SELECT 4 AS a, 5 AS b, 6 AS c, 7 AS d"),
        },
        (Expected("a int, b int, c int, d int", [("1", "2", "3", None), ("4", "5", "6", "7")], format="parquet"),),
    ),
    one(
        "A Parquet file that was not written to its end is UNKNOWN",
        CHOSEN,
        parquet(_FLAT)[:-20],
        _UNKNOWN,
    ),
    one(
        "Avro's schema is that of the header, which the table repeats; a union with null is nullable",
        f"{DUMPS} for avro.schema.literal",
        avro(
            {
                "type": "record",
                "name": "person",
                "fields": [
                    {"name": "Name", "type": "string"},
                    {"name": "age", "type": ["null", "int"]},
                    {"name": "seen", "type": "long"},
                ],
            },
            [text(b"anna") + number(1) + number(30) + number(7), text(b"bert") + number(0) + number(8)],
        ),
        Expected(
            "name string, age int, seen bigint",
            [("anna", "30", "7"), ("bert", None, "8")],
            format="avro",
            parameters={"compressionType": "none"},
        ),
    ),
    one("Bytes that no classifier knows are UNKNOWN", GUIDE, bytes(range(256)) * 4, _UNKNOWN),
    one("Text that no classifier knows is UNKNOWN", GUIDE, "lorem ipsum\ndolor sit\n", _UNKNOWN),
    one(
        "A gzip file that was not written to its end is classified by what can be read",
        CHOSEN,
        gzip.compress((PEOPLE + "".join(f"p{n},{n * 7919}\n" for n in range(500))).encode(), mtime=0)[:-900],
        Expected(
            "name string, age bigint",
            parameters={"compressionType": "gzip"},
            unreadable="Athena fails on a gzip file that ends early",
        ),
        key="people.csv.gz",
    ),
    one("A gzip file that is broken from its beginning is UNKNOWN", CHOSEN, b"\x1f\x8b\x08\x00broken", _UNKNOWN),
    Case(
        "A file that no classifier knows does not split the table of the others, and Athena reads it with them",
        f"{CHOSEN}; the Athena guide for what lies in a table's folder",
        {"1.csv": PEOPLE, "2.csv": "name,age\ncarl,9\n", "readme": "lorem ipsum\n"},
        (
            Expected(
                "name string, age bigint",
                [("anna", "30"), ("bert", "41"), ("carl", "9")],
                parameters={"objectCount": "2"},
            ),
        ),
    ),
]
