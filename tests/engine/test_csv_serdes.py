"""CSV as its SerDes read it: each rule that Hive's, and Athena's readers of them, have for lines, cells and types."""

from __future__ import annotations

import csv
import random

import pytest

from local.engine.athena.data.open_csv import Marks, Splitter
from local.engine.athena.failures import QueryFailedError
from tests.engine.test_athena_files import CSV, OPEN_CSV, make
from tests.engine.world import World

OTHER_MARKS = {"separatorChar": "_", "quoteChar": "|", "escapeChar": "~"}
NOTHING = None

# a line, and its cells of three columns; most are from the tests that Trino runs against Hive's own SerDe
LINES: list[tuple[str, list[str | None]]] = [
    ("", [NOTHING, NOTHING, NOTHING]),
    (" ", [" ", NOTHING, NOTHING]),
    ("a,b", ["a", "b", NOTHING]),
    ("a,,", ["a", "", ""]),
    ("  a  ,  b  ,  c  ", ["  a  ", "  b  ", "  c  "]),
    ('"a","b","c"', ["a", "b", "c"]),
    ('"","b",""', ["", "b", ""]),
    ('"a,1",b,"c,2"', ["a,1", "b", "c,2"]),
    # escapes: of a quote or an escape, in quotes or not; before anything else the escape goes
    (r'"a\"a","b\,b","c\\c"', ['a"a', "b,b", r"c\c"]),
    (r'"a\xa","b\yb","c\zc"', ["axa", "byb", "czc"]),
    (r"a\"a,b\\b,c", ['a"a', r"b\b", "c"]),
    (r"a\,a,b,c", ["a", "a", "b"]),
    ("C:\\new\\,5,x", ["C:new", "5", "x"]),
    (r"\\a,b,c", ["a", "b", "c"]),
    (r'" \\t\\n ",abc', [r" \t\n ", "abc", NOTHING]),  # the Athena guide's example
    ('"a""a",b,c', ['a"a', "b", "c"]),
    # what begins with a quote and does not end is lost, and what follows with it
    ('"a,b,c', [NOTHING, NOTHING, NOTHING]),
    ('a,b,"c', ["a", "b", NOTHING]),
    ('a,"b,c', ["a", NOTHING, NOTHING]),
    # more cells than columns, however wrong
    ('a,b,c,anything " goes \\', ["a", "b", "c"]),
    # quotes within a cell: kept, but for one before a separator, and for the line's first three characters
    ('12x"a"x,x"b"x,x"c"x', ['12x"a"x', 'x"b"x', 'x"c"x']),
    ('12x"a",x"b",x"c"', ['12x"a', 'x"b', 'x"c']),
    ('12x"ax,x"bx,x"cx', ['12x"ax,x"bx', NOTHING, NOTHING]),
    ('a"b"c,d,e', ['ab"c', "d", "e"]),
    # blanks before a quote go, except at the beginning of the line; after it they stay, and so does the quote
    (' "a",  "b",  "c"', [" a", "b", "c"]),
    ('   "a",\t"b",  "c"', ["a", "b", "c"]),
    ('1, "Ulm, Donau", 5', ["1", "Ulm, Donau", " 5"]),
    ('"a"  ,  "b"  ,  "c"  ', ["a  ", 'b"  ', 'c"  ']),
]


def _split(line: str, properties: dict[str, str]) -> list[str | None]:
    cells = Splitter(Marks.of(properties), 3).cells(line)
    return [*cells, *[NOTHING] * (3 - len(cells))]


@pytest.mark.parametrize(("line", "cells"), LINES)
def test_open_csv_splits_a_line_as_opencsv_does(line: str, cells: list[str | None]) -> None:
    assert _split(line, {}) == cells


@pytest.mark.parametrize(("line", "cells"), LINES)
def test_open_csv_has_the_same_rules_for_other_characters(line: str, cells: list[str | None]) -> None:
    changed = str.maketrans({",": "_", '"': "|", "\\": "~"})

    found = _split(line.translate(changed), OTHER_MARKS)

    assert found == [None if cell is None else cell.translate(changed) for cell in cells]


def test_open_csv_reads_usual_lines_as_python_does() -> None:
    """The fast way and the slow one agree: lines that any writer of CSV makes."""
    chosen = random.Random(20)  # noqa: S311 # the same lines each time
    for _ in range(500):
        row = ["".join(chosen.choices("ab ,;1", k=chosen.randrange(5))) for _ in range(3)]
        line = ",".join(f'"{cell}"' if "," in cell or chosen.random() < 0.5 else cell for cell in row)
        assert _split(line, {}) == next(csv.reader([line])), line


@pytest.mark.parametrize(
    "properties",
    [
        {"separatorChar": ";", "quoteChar": ";"},
        {"quoteChar": "\\"},
        {"separatorChar": "\\", "escapeChar": '"'},  # which Hive takes for a backslash
    ],
)
def test_open_csv_refuses_characters_that_are_the_same(properties: dict[str, str]) -> None:
    with pytest.raises(QueryFailedError, match="must be different"):
        Marks.of(properties)


def test_of_each_property_the_first_character_counts_and_an_escape_of_a_quote_is_a_backslash() -> None:
    assert Marks.of({"separatorChar": "|,", "escapeChar": '"'}) == Marks("|", '"', "\\")
    assert Marks.of({"separatorChar": ""}) == Marks()


def test_open_csv_does_not_join_lines_and_reads_blank_ones_as_null(world: World) -> None:
    world.put("a.csv", 'a,b\r"x\ny",z\r\n\r\n"",\n')
    make(world, "a string, b string", OPEN_CSV, "TBLPROPERTIES ('skip.header.line.count'='1')")

    assert world.query("SELECT a, b FROM made") == [
        [None, None],
        # the quote after y begins something that does not end
        [None, None],
        [None, None],
        ["", ""],
    ]


def test_open_csv_fails_for_what_is_no_number_or_too_large_if_it_is_asked_for(world: World) -> None:
    world.put("a.csv", '1,3000000000,x\n"2","7",\n')
    make(world, "a int, b int, c double", OPEN_CSV)

    assert world.query("SELECT a FROM made ORDER BY a") == [["1"], ["2"]]
    assert world.failure("SELECT b FROM made").startswith(
        "HIVE_BAD_DATA: Error parsing field value '3000000000' for field 1: For input string: \"3000000000\""
    )
    assert world.failure("SELECT c FROM made").startswith("HIVE_BAD_DATA: Error parsing field value 'x' for field 2")


@pytest.mark.parametrize("where", ["TBLPROPERTIES", "WITH SERDEPROPERTIES"])
def test_open_csv_gives_null_for_invalid_data_if_it_is_to(world: World, where: str) -> None:
    world.put("a.csv", "1,true,1.5,1,1\nx,yes,1.5.2,soon,2024-01-01\n,,,,\n99999999999,TRUE,-1e3,-1,-1\n\n")
    option = f"{where} ('use.null.for.invalid.data'='TRUE')"
    form, more = (OPEN_CSV, option) if where == "TBLPROPERTIES" else (f"{OPEN_CSV} {option}", "")
    make(world, "a int, b boolean, c double, d date, e timestamp", form, more)

    assert world.query("SELECT * FROM made") == [
        ["1", "true", "1.5", "1970-01-02", "1970-01-01 00:00:00.001"],
        [None] * 5,
        [None] * 5,
        [None, "true", "-1000.0", "1969-12-31", "1969-12-31 23:59:59.999"],
        [None] * 5,
    ]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (
            "bigint",
            {
                "7.9": "7",
                "-3.5": "-3",
                "+5": "5",
                "007": "7",
                ".5": "0",
                "1.": "1",
                "9223372036854775807": "9223372036854775807",
                "-9223372036854775808": "-9223372036854775808",
                "9223372036854775808": None,
                " 7": None,
                "7 ": None,
                "1e3": None,
                "0x10": None,
                "1.2x": None,
                "1_000": None,
                "-": None,
                "": None,
                "NULL": None,
            },
        ),
        ("tinyint", {"127": "127", "128": None, "-128.9": "-128"}),
        ("int", {"2147483648": None, "2147483647.9": "2147483647"}),
        (
            "double",
            {
                "7": "7.0",
                " 1.5 ": "1.5",
                ".5": "0.5",
                "5.": "5.0",
                "1e3": "1000.0",
                "1.5f": "1.5",
                "2D": "2.0",
                "NaN": "NaN",
                "-Infinity": "-Infinity",
                "1e400": "Infinity",
                "inf": None,
                "nan": None,
                "1_0": None,
                "1 5": None,
                "": None,
            },
        ),
        (
            "decimal(6,2)",
            {
                "1.005": "1.01",
                "-1.005": "-1.01",
                "1e3": "1000.00",
                "9999.99": "9999.99",
                "9999.995": None,
                " 7": None,
                "x": None,
            },
        ),
        ("boolean", {"true": "true", "FALSE": "false", "t": None, "1": None, " true": None}),
        (
            "date",
            {
                "2024-01-31": "2024-01-31",
                "2024-1-5": "2024-01-05",
                "2024-02-30": "2024-03-01",
                "2024-13-01": "2025-01-01",
                " 2024-01-31": "2024-01-31",
                "2024-01-31 12:00:00": "2024-01-31",
                "31.01.2024": None,
                "2024-01": None,
            },
        ),
        (
            "timestamp",
            {
                "2024-01-02 03:04:05": "2024-01-02 03:04:05.000",
                "2024-01-02 03:04:05.678901234": "2024-01-02 03:04:05.678",
                "2024-1-2 3:4:5": "2024-01-02 03:04:05.000",
                "2024-01-02 24:00:60": "2024-01-03 00:01:00.000",
                "2024-01-02T03:04:05": None,
                "2024-01-02": None,
                "2024-01-02 03:04": None,
                "1704164645": None,
            },
        ),
        ("char(3)", {"ab  ": "ab", "abcd": "abc"}),
        ("varchar(2)", {"äöü": "äö"}),
    ],
)
def test_lazy_simple_reads_a_text_as_a_type(world: World, kind: str, texts: dict[str, str | None]) -> None:
    world.put("a.csv", "".join(f"{index}|{text}\n" for index, text in enumerate(texts)))
    make(world, f"n int, v {kind}", "ROW FORMAT DELIMITED FIELDS TERMINATED BY '|'")

    rows = world.query("SELECT v FROM made ORDER BY n")

    # char is padded to its length when it is shown
    assert dict(zip(texts, [row[0] and row[0].rstrip() for row in rows], strict=True)) == texts


def test_lazy_simple_takes_too_few_too_many_and_no_cells(world: World) -> None:
    world.put("a.csv", "a,1,x\nb\n\nc,2,y,more\n,,\n")
    make(world, "s string, n bigint, t string", CSV)

    assert world.query("SELECT * FROM made") == [
        ["a", "1", "x"],
        ["b", None, None],
        ["", None, None],
        ["c", "2", "y"],
        ["", None, ""],
    ]


@pytest.mark.parametrize(
    ("properties", "line", "cells"),
    [
        ({"field.delim": "\t"}, "a\tb", ["a", "b"]),
        ({"field.delim": "||"}, "a|b", ["a", "b"]),  # of several characters the first counts
        ({"serialization.format": "44"}, "a,b", ["a", "b"]),  # a byte by its number
        ({"field.delim": "9"}, "a\tb", ["a", "b"]),
        ({}, "a\x01b", ["a", "b"]),
        ({"field.delim": ",", "serialization.null.format": ""}, "a,", ["a", None]),
        ({"field.delim": ",", "serialization.null.format": ""}, "", [None, None]),
        ({"field.delim": ",", "serialization.null.format": "-"}, "-,\\N", [None, "\\N"]),
        ({"field.delim": ",", "escape.delim": "\\"}, "a\\,b,c\\\\d", ["a,b", "c\\d"]),
        ({"field.delim": ",", "escape.delim": "\\"}, "\\N,\\\\N", [None, "\\N"]),
        ({"field.delim": ",", "escape.delim": "^"}, "^^,b^", ["^", "b^"]),
        ({"field.delim": ",", "serialization.last.column.takes.rest": "true"}, "a,b,c", ["a", "b,c"]),
        (
            {"field.delim": ",", "escape.delim": "\\", "serialization.last.column.takes.rest": "true"},
            "a\\,b,b,c",
            ["a,b", "b,c"],
        ),
    ],
)
def test_the_properties_of_lazy_simple(
    world: World, properties: dict[str, str], line: str, cells: list[str | None]
) -> None:
    world.put("a.csv", f"{line}\n")
    world.glue.create_table(
        DatabaseName=world.database,
        TableInput={
            "Name": "made",
            "StorageDescriptor": {
                "Columns": [{"Name": "a", "Type": "string"}, {"Name": "b", "Type": "string"}],
                "Location": f"s3://{world.bucket}/data/person/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": properties,
                },
            },
        },
    )

    assert world.query("SELECT a, b FROM made") == [cells]


def test_lazy_simple_reads_nested_columns_by_the_separators_of_their_depth(world: World) -> None:
    world.put("a.csv", "a:1|b:|a:2|c,x:y|z,1|x:q|\\N|2\n,,\n\\N,\\N,\\N\n")
    form = f"{CSV} COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':'"
    make(world, "m map<string,int>, l array<array<string>>, s struct<n:int,t:array<string>,u:string>", form)

    assert world.query("SELECT * FROM made") == [
        # of a key that comes twice the first counts, one without a value has none
        ["{a=1, b=null, c=null}", "[[x, y], [z]]", "{n=1, t=[x, q], u=null}"],
        ["{}", "[]", "{n=null, t=null, u=null}"],
        [None, None, None],
    ]


def test_escapes_within_nested_columns_are_refused(world: World) -> None:
    world.put("a.csv", "x\\|y|z,1\n")
    make(world, "l array<string>, n int", f"{CSV} ESCAPED BY '\\\\' COLLECTION ITEMS TERMINATED BY '|'")

    assert world.failure("SELECT n FROM made").startswith("NOT_SUPPORTED: the local engine does not know escapes")


def test_timestamp_formats_come_before_hive_s_own(world: World) -> None:
    world.put("a.csv", "31/01/2024 07h,1\n2024-02-01 00:00:00,2\nsoon,3\n")
    form = (
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' WITH SERDEPROPERTIES "
        "('field.delim'=',', 'timestamp.formats'='dd/MM/yyyy HH''h''')"
    )
    make(world, "t timestamp, n int", form)

    assert world.query("SELECT t FROM made ORDER BY n") == [
        ["2024-01-31 07:00:00.000"],
        ["2024-02-01 00:00:00.000"],
        [None],
    ]
