"""Parquet of old writers, and types that are read as others: LogicalTypes.md, "Nested Types", and what users saw."""

from __future__ import annotations

import struct

from tests.engine.crawl_cases.case import CHOSEN, Case, Expected, one
from verification.examples.old_parquet import (
    BYTES,
    INT32,
    INT64,
    LIST,
    MAP,
    OPTIONAL,
    PAIRS,
    REPEATED,
    REQUIRED,
    UTF8,
    Level,
    Node,
    file,
    group,
)
from verification.examples.parquet_bytes import parquet

_RULES = "parquet-format's LogicalTypes.md, backward-compatibility rules"
_NANOSECONDS = "NatLabRockies/buildstockbatch#411 and #418"
_TRINO = "Trino's ColumnReaderFactory"

_A = Node("a", REQUIRED, INT32)
_TWO: list[Level] = [(0, 1, 1), (1, 1, 2)]


def _old(says: str, columns: str, row: tuple[str | None, ...], nodes: list[Node], *data: list[Level]) -> Case:
    expected = Expected(columns, [row], format="parquet")
    return one(says, _RULES, file(nodes, data), expected)


def _listed(*inner: Node, name: str = "l") -> Node:
    return group(name, REQUIRED, *inner, converted=LIST)


def _utc(unit: int) -> bytes:
    """A TIMESTAMP of the logical types, in UTC: 1 is milliseconds, 2 microseconds, 3 nanoseconds."""
    return b"\x8c\x11\x1c" + bytes([unit << 4 | 12]) + b"\x00\x00\x00\x00"


def _timestamps(unit: int, value: int) -> bytes:
    return file([Node("t", OPTIONAL, INT64, logical=_utc(unit))], [[(0, 1, value)]])


OLD_LISTS = [
    _old(
        "a repeated field that is no group is the element of its LIST",
        "l array<int>",
        ("[1, 2]",),
        [_listed(Node("element", REPEATED, INT32))],
        _TWO,
    ),
    _old(
        "a repeated group with several fields is the element of its LIST",
        "l array<struct<str:string,num:int>>",
        ("[{str=x, num=1}, {str=y, num=2}]",),
        [_listed(group("element", REPEATED, Node("str", REQUIRED, BYTES, UTF8), Node("num", REQUIRED, INT32)))],
        [(0, 1, b"x"), (1, 1, b"y")],
        _TWO,
    ),
    _old(
        "a repeated group with one field is the element if it is named after the list",
        "l array<struct<a:int>>, m array<struct<a:int>>",
        ("[{a=1}, {a=2}]", "[{a=1}, {a=2}]"),
        [_listed(group("l_tuple", REPEATED, _A)), _listed(group("array", REPEATED, _A), name="m")],
        _TWO,
        _TWO,
    ),
    _old(
        "a repeated group with one field under another name is only the middle of a LIST",
        "l array<string>, m array<int>",
        ("[x, null]", "[1, 2]"),
        [
            _listed(group("element", REPEATED, Node("str", OPTIONAL, BYTES, UTF8))),
            _listed(group("m_tuples", REPEATED, _A), name="m"),
        ],
        [(0, 2, b"x"), (1, 1, None)],
        _TWO,
    ),
    _old(
        "a repeated group that is a LIST itself is the element",
        "l array<array<array<int>>>",
        ("[[[1, 2], [3]]]",),
        [
            _listed(
                group(
                    "array",
                    REPEATED,
                    group("array", REPEATED, Node("array", REPEATED, INT32), converted=LIST),
                    converted=LIST,
                )
            )
        ],
        [(0, 3, 1), (3, 3, 2), (2, 3, 3)],
    ),
    _old(
        "a repeated field outside of a LIST is a list of itself",
        "n array<int>, one array<struct<a:int>>, two array<struct<a:int,b:int>>",
        ("[1, 2]", "[{a=1}, {a=2}]", "[{a=1, b=1}, {a=2, b=2}]"),
        [
            Node("n", REPEATED, INT32),
            group("one", REPEATED, _A),
            group("two", REPEATED, _A, Node("b", REQUIRED, INT32)),
        ],
        _TWO,
        _TWO,
        _TWO,
        _TWO,
    ),
    _old(
        "an empty list of old writers is empty, and one that is missing is NULL",
        "l array<struct<a:int>>, gone array<struct<a:int>>",
        ("[]", None),
        [
            _listed(group("array", REPEATED, _A)),
            group("gone", OPTIONAL, group("array", REPEATED, _A), converted=LIST),
        ],
        [(0, 0, None)],
        [(0, 0, None)],
    ),
]
_KEY = Node("key", REQUIRED, BYTES, UTF8)
_PAIRS: list[list[Level]] = [[(0, 1, b"x"), (1, 1, b"y")], _TWO]
OLD_MAPS = [
    _old(
        "the pairs of a MAP have any names",
        "m map<string,int>",
        ("{x=1, y=2}",),
        [
            group(
                "m",
                REQUIRED,
                group("map", REPEATED, Node("str", REQUIRED, BYTES, UTF8), Node("num", REQUIRED, INT32)),
                converted=MAP,
            )
        ],
        *_PAIRS,
    ),
    _old(
        "MAP_KEY_VALUE in place of MAP is a map",
        "m map<string,int>, n int",
        ("{x=1, y=null}", "7"),
        [
            group("m", OPTIONAL, group("map", REPEATED, _KEY, Node("value", OPTIONAL, INT32)), converted=PAIRS),
            Node("n", REQUIRED, INT32),
        ],
        [(0, 2, b"x"), (1, 2, b"y")],
        [(0, 3, 1), (1, 2, None)],
        [(0, 0, 7)],
    ),
    _old(
        "MAP_KEY_VALUE within a MAP marks its pairs",
        "m map<string,int>",
        ("{x=1, y=2}",),
        [group("m", REQUIRED, group("map", REPEATED, _KEY, _A, converted=PAIRS), converted=MAP)],
        *_PAIRS,
    ),
    _old(
        "a list of maps of old writers",
        "l array<map<string,int>>",
        ("[{x=1, y=2}]",),
        [_listed(group("array", REPEATED, group("map", REPEATED, _KEY, _A, converted=PAIRS), converted=MAP))],
        [(0, 2, b"x"), (2, 2, b"y")],
        [(0, 2, 1), (2, 2, 2)],
    ),
]


def _read(says: str, source: str, columns: str, row: tuple[str | None, ...], body: bytes) -> Case:
    return one(says, source, body, Expected(columns, [row], format="parquet"))


TYPES = [
    _read(
        "nanoseconds are bigint, before 1970 and within a struct too",
        _NANOSECONDS,
        "t bigint, s struct<t:bigint>, l array<bigint>",
        ("-1", "{t=1700000000123456789}", "[0]"),
        parquet(
            "SELECT TIMESTAMP_NS '1969-12-31 23:59:59.999999999' AS t, "
            "{'t': TIMESTAMP_NS '2023-11-14 22:13:20.123456789'} AS s, [TIMESTAMP_NS '1970-01-01 00:00:00'] AS l"
        ),
    ),
    _read(
        "nanoseconds in UTC are bigint, to the last digit",
        _NANOSECONDS,
        "t bigint",
        ("1700000000123456789",),
        _timestamps(3, 1_700_000_000_123_456_789),
    ),
    _read(
        "microseconds in UTC are a timestamp",
        _NANOSECONDS,
        "t timestamp",
        ("2023-11-14 22:13:20.123",),
        _timestamps(2, 1_700_000_000_123_456),
    ),
    _read(
        "milliseconds in UTC are a timestamp",
        _NANOSECONDS,
        "t timestamp",
        ("2023-11-14 22:13:20.123",),
        _timestamps(1, 1_700_000_000_123),
    ),
    _read(
        "unsigned numbers are read as the signed ones of their bits",
        f"{_TRINO}; trinodb/trino#27274; {CHOSEN} for the columns' types",
        "a bigint, b bigint, c bigint",
        ("18446744073709551", "-1", "-1294967296"),
        parquet("SELECT 18446744073709551::UBIGINT a, 18446744073709551615::UBIGINT b, 3000000000::UINTEGER c"),
    ),
    _read(
        "a time of day in microseconds is their number",
        _TRINO,
        "t bigint",
        ("36000000001",),
        parquet("SELECT TIME '10:00:00.000001' AS t"),
    ),
    _read(
        "a UUID is its sixteen bytes",
        _TRINO,
        "u binary",
        ("00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff",),
        parquet("SELECT '00112233-4455-6677-8899-aabbccddeeff'::UUID AS u"),
    ),
    _read(
        "JSON in Parquet is text",
        "parquet-format's LogicalTypes.md",
        "j string",
        ('{"a":1}',),
        parquet("""SELECT '{"a":1}'::JSON AS j"""),
    ),
    _read(
        "INT96 is a timestamp",
        "mitodl/ol-data-platform#21",
        "t timestamp",
        ("1969-12-31 00:00:00.000",),
        # nanoseconds of the day, and the Julian day
        file([Node("t", OPTIONAL, 3)], [[(0, 1, struct.pack("<qi", 0, 2_440_587))]]),
    ),
]

PARQUET_FILES = [*OLD_LISTS, *OLD_MAPS, *TYPES]
