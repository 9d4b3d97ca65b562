"""JSON as the openx SerDe and Hive's own read it: lines, names, and values of each type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from local.engine.athena import types as t
from local.engine.athena.data import hive_json, openx_json
from local.engine.athena.data.json_lines import UnreadableError
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from tests.engine.test_athena_files import JSON, make
from tests.engine.world import World

HIVE_JSON = f"ROW FORMAT SERDE '{hive_json.SERDE}'"
MALFORMED = "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: "


def _columns(text: str) -> list[TableColumn]:
    """`a bigint, s string`."""
    pairs = [pair.partition(" ") for pair in text.split(", ")]
    return [TableColumn(name, t.parse(kind)) for name, _, kind in pairs]


def openx(columns: str, *lines: str, **properties: str) -> list[Sequence[Any]]:
    """The rows of lines; a property's underscores stand for points."""
    own = {name.replace("__", "."): value for name, value in properties.items()}
    return list(openx_json.Reader(_columns(columns), openx_json.Rules.of(own, {})).rows(lines))


def hive(columns: str, *lines: str, **properties: str) -> list[Sequence[Any]]:
    """As openx, of Hive's own SerDe."""
    own = {name.replace("__", "."): value for name, value in properties.items()}
    return list(hive_json.Reader(_columns(columns), own).rows(lines))


@pytest.mark.parametrize("serde", [JSON, HIVE_JSON])
@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\u000b", "\u000c", "\x1c", "\x1e"])
def test_a_line_of_json_ends_at_line_feeds_and_carriage_returns_only(world: World, serde: str, character: str) -> None:
    shown = character if character >= " " else f"\\u{ord(character):04x}"
    world.put("a.json", f'{{"n": 1, "s": "a{shown}b"}}\r{{"n": 2}}\r\n{{"n": 3, "s": "{shown}"}}\n{{"n": 4}}')
    make(world, "n int, s string", serde)

    assert world.query("SELECT n, length(s), strpos(s, 'b') FROM made ORDER BY n") == [
        ["1", "3", "3"],
        ["2", None, None],
        ["3", "1", "0"],
        ["4", None, None],
    ]


def test_control_characters_that_stand_in_a_text_of_json(world: World) -> None:
    """The openx SerDe takes them as they are, Hive's (Jackson) refuses them."""
    world.put("a.json", '{"n": 1, "s": "a\x0b\x0c\tb"}\n')
    make(world, "n int, s string", JSON)
    make(world, "n int, s string", HIVE_JSON, name="strict")

    assert world.query("SELECT n, length(s) FROM made") == [["1", "5"]]
    assert world.failure("SELECT n FROM strict").startswith("HIVE_CURSOR_ERROR: JsonParseException: ")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('{"id":1,"URL":"x","Url":"y"}', "url"),
        ('{"id":1,"id":2}', "id"),
        ('{"a":null,"A":1}', "a"),
        ('{"tags":{"Name":"x","name":"y"}}', "name"),
        ('{"list":[{"K":1,"k":2}]}', "k"),
        ("{id:1, 'ID':2}", "id"),
    ],
)
def test_names_that_differ_in_case_only_fail_in_openx(line: str, name: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        openx("id int", line)

    assert str(caught.value) == f'{MALFORMED}Duplicate key "{name}"'
    assert openx("id int", line, ignore__malformed__json="true") == [[None]]


def test_with_case_insensitive_false_names_are_found_as_they_are_written() -> None:
    line = '{"URL":"x","Url":"y","url":"z","Id":1,"s":{"A":1,"a":2}}'
    exact = {"case__insensitive": "FALSE"}

    assert openx("url string, id int, s struct<a:int>", line, **exact) == [["z", None, {"f0": 2}]]
    mapped = {**exact, "mapping__u1": "URL", "mapping__u2": "Url", "mapping__id": "Id"}
    assert openx("u1 string, u2 string, id int", line, **mapped) == [["x", "y", 1]]
    with pytest.raises(QueryFailedError, match='Duplicate key "url"'):
        openx("url string", '{"url":1,"url":2}', **exact)


def test_a_mapping_counts_at_every_level_and_hides_the_column_s_own_name() -> None:
    line = '{"Timestamp":"now","ts":"own","item":{"my:field":"v"}}'
    mapped = {"mapping__ts": "timestamp", "mapping__my_field": "my:field"}

    assert openx("ts string, item struct<my_field:string>", line, **mapped) == [["now", {"f0": "v"}]]
    assert openx("ts string", '{"ts":"own"}', **mapped) == [[None]]


def test_dots_in_names_become_underscores_if_they_are_to() -> None:
    line = '{"a.b":1,"c_d":2,"c.d":3,"s":{"x.y.z":4}}'
    columns = "a_b int, c_d int, s struct<x_y_z:int>"

    assert openx(columns, line) == [[None, 2, {"f0": None}]]
    assert openx(columns, line, dots__in__keys="true") == [[1, 2, {"f0": 4}]]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"a":1}{"a":2}', [1, None]),
        ('{"a":1} anything', [1, None]),
        ('{"a":1},', [1, None]),
        ('  {"a":1}\t', [1, None]),
        ('{"a":1,}', [1, None]),
        ('{"a":1;"b":"x"}', [1, "x"]),
        ("{a=1, b=>hello world}", [1, "hello world"]),
        ("{'a':1,'b':'it''s'}", None),
        ("{'a':1,'b':'it\\'s'}", [1, "it's"]),
        ('{"A":1,"B":"x"}', [1, "x"]),
        ('{"a":NULL,"b":TRUE}', [None, "true"]),
        ('[1,"x"]', [1, "x"]),
        ('[1,"x",2][3]', [1, "x"]),
        ("[1]", [1, None]),
        ("[,'x',]", [None, "x"]),
        ("[]", [None, None]),
        ("{}", [None, None]),
        ("", [None, None]),
        ("null", [None, None]),
        ("1", [None, None]),
        ('"a"', [None, None]),
        ('a {"a":1}', [None, None]),
        ('{"a":1 "b":2}', None),
        ('{"a":1', None),
        ("{", None),
        ("[", None),
        ('{"a":}', None),
        ('{"b":"x\\q"}', None),
        ('{"b":"x', None),
    ],
)
def test_openx_takes_what_org_json_takes(line: str, row: list[Any] | None) -> None:
    if row is not None:
        assert openx("a int, b string", line) == [row]
        return
    with pytest.raises(QueryFailedError, match="Row is not a valid JSON Object - JSONException: "):
        openx("a int, b string", line)
    assert openx("a int, b string", line, ignore__malformed__json="true") == [[None, None]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "A JSONObject text must end with '}' at 2 [character 3 line 1]"),
        # the example of the SerDe's README
        ('{"country":"Italy","languages" "Italian"}', "Expected a ':' after a key at 32 [character 33 line 1]"),
        ('{"a":"x', "Unterminated string at 8 [character 9 line 1]"),
        ('{"a":1]', "Expected a ',' or '}' at 7 [character 8 line 1]"),
        ('["a"}', "Expected a ',' or ']' at 5 [character 6 line 1]"),
        ('{"a":"\\x"}', "Illegal escape. at 8 [character 9 line 1]"),
    ],
)
def test_the_messages_of_openx_are_those_that_athena_shows(line: str, message: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        openx("a int", line)

    assert str(caught.value) == f"{MALFORMED}{message}"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "bigint",
            {
                "12": 12,
                '"12"': 12,
                '"0x1F"': 31,
                "null": None,
                '" 1"': ...,
                "1.0": ...,
                '""': ...,
                "true": ...,
                "{}": ...,
            },
        ),
        ("tinyint", {"127": 127, "128": ..., "-128": -128}),
        ("double", {"1": 1.0, '"1.5"': 1.5, "1e3": 1000.0, "NaN": "nan", "true": ..., '"x"': ...}),
        ("decimal(5,2)", {"1.005": "1.01", '"2"': "2.00", "1000": ..., '"x"': ...}),
        ("boolean", {"true": True, '"TRUE"': True, '"yes"': False, "1": False, "[]": ...}),
        ("string", {"1.50": "1.50", "true": "true", '{"B": [1, null]}': '{"b":[1,null]}', '"x"': "x"}),
        (
            "timestamp",
            {
                '"2024-01-02 03:04:05"': "2024-01-02 03:04:05",
                '"2024-01-02T03:04:05Z"': "2024-01-02 03:04:05.000000",
                '"2024-01-02T03:04:05.678+02:00"': "2024-01-02 01:04:05.678000",
                "1704164645": "2024-01-02 03:04:05",
                "1704164645678": "2024-01-02 03:04:05.678000",
                "1704164645.5": "2024-01-02 03:04:05.500000",
                '"soon"': ...,
                '"2024-01-02"': ...,
            },
        ),
        ("date", {'"2024-01-31"': "2024-01-31", '"2024-01-31 07:00:00"': "2024-01-31", '"31.1.24"': ...}),
        ("array<int>", {"[1,null]": [1, None], "1": [1], '"2"': [2], '""': None, "[]": [], '["x"]': ...}),
        ("map<string,int>", {'{"A":1}': {"a": 1}, '" "': None, "{}": {}, "1": ..., "[]": ...}),
        ("struct<x:int,y:string>", {'{"X":1}': {"f0": 1, "f1": None}, "[1]": {"f0": 1, "f1": None}, "7": ...}),
        ("struct<x:int>", {"[]": {"f0": None}, '""': {"f0": None}, "true": ...}),
    ],
)
def test_openx_reads_a_value_as_a_type(kind: str, values: dict[str, Any]) -> None:
    for text, expected in values.items():
        ((found,),) = openx(f"v {kind}", f'{{"v":{text}}}')
        if expected is ...:
            assert isinstance(found, UnreadableError), text
            assert openx(f"v {kind}", f'{{"v":{text}}}', use__null__for__invalid__data="true") == [[None]], text
        else:
            assert found == expected, text


def test_a_value_that_is_no_object_fails_as_the_guide_shows(world: World) -> None:
    world.put("a.json", '{"n": 1, "s": "x"}\n')
    make(world, "n int, s struct<a:int>", JSON)
    make(world, "n int, s struct<a:int>", JSON, "TBLPROPERTIES ('use.null.for.invalid.data'='true')", name="lenient")

    assert world.query("SELECT n FROM made") == [["1"]]
    assert world.failure("SELECT s FROM made") == (
        "HIVE_BAD_DATA: Error parsing field value for field 1: "
        "java.lang.String cannot be cast to org.openx.data.jsonserde.json.JSONObject"
    )
    assert world.query("SELECT * FROM lenient") == [["1", None]]


def test_compressed_json_without_the_suffix_fails(world: World) -> None:
    world.put("part-0000", b"\x1f\x8b\x08\x00rest")
    make(world, "n int", JSON)

    assert world.failure("SELECT * FROM made").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"A":1,"b":"x"}', [1, "x"]),
        ('{"a":1}{"a":2}', [1, None]),
        ('{"a":1} anything', [1, None]),
        ('{"_col1":"by position","_col0":7,"_col2":1}', [7, "by position"]),
        ('{"b":1.50}', [None, "1.50"]),
        ('{"b":true,"a":1.9}', [1, "true"]),
        ('{"other":{"x":[1]}}', [None, None]),
    ],
)
def test_hive_takes_an_object_at_the_beginning_of_the_line(line: str, row: list[Any]) -> None:
    assert hive("a int, b string", line) == [row]


@pytest.mark.parametrize(
    "line",
    ["", "null", '[{"a":1}]', '{"a":1', "{a:1}", "{'a':1}", '{"a":1,}', '{"a":NaN}', '{"a":01}', "{", 'x{"a":1}'],
)
def test_hive_fails_for_what_jackson_refuses(line: str) -> None:
    with pytest.raises(QueryFailedError, match=r"HIVE_CURSOR_ERROR: (JsonParseException: |Start token not found)"):
        hive("a int", line, ignore__malformed__json="true")


def test_hive_shows_the_guide_s_message_for_json_over_several_lines(world: World) -> None:
    world.put("a.json", '{\n "id": 1\n}\n')
    make(world, "id int", HIVE_JSON)

    assert world.failure("SELECT * FROM made") == (
        "HIVE_CURSOR_ERROR: JsonParseException: Unexpected end-of-input: expected close marker for OBJECT"
    )


@pytest.mark.parametrize("line", ['{"a":1,"a":2}', '{"A":1,"a":2}', '{"m":{"k":1,"k":2}}', '{"s":{"X":1,"x":2}}'])
def test_hive_and_names_that_come_twice_is_not_known(line: str) -> None:
    """The Athena guide says that it does not allow them, Hive's code takes the last one."""
    with pytest.raises(QueryFailedError, match=r"NOT_SUPPORTED: .*Duplicate key"):
        hive("a int, m map<string,int>, s struct<x:int>", line)
    # of what no column needs nothing is said, and names of a map may differ in case
    assert hive("z int, m map<string,int>", '{"a":1,"A":2,"m":{"k":1,"K":2}}') == [[None, {"k": 1, "K": 2}]]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", {"12": 12, "1.9": 1, '"12"': ..., "9223372036854775808": ..., "true": ..., "[]": ...}),
        ("double", {"1": 1.0, "1.5": 1.5, '"1.5"': ...}),
        ("boolean", {"true": True, '"true"': True, "1": False, '"x"': False, "{}": ...}),
        ("decimal(5,2)", {"1.005": "1.01", '"2"': "2.00", '"x"': ...}),
        ("string", {"1": "1", "{}": ..., "[1]": ...}),
        ("date", {'"2024-01-31"': "2024-01-31", '"soon"': ...}),
        ("timestamp", {'"2024-01-02 03:04:05"': "2024-01-02 03:04:05", "1704164645": ...}),
        ("array<int>", {"[1,null]": [1, None], "1": ..., "{}": ...}),
        ("map<int,string>", {'{"1":"x"}': {"1": "x"}, '{"x":"y"}': ..., "[]": ...}),
        ("struct<x:int>", {'{"X":1}': {"f0": 1}, "[1]": ..., '{"x":"1"}': ...}),
    ],
)
def test_hive_reads_a_value_as_a_type(kind: str, values: dict[str, Any]) -> None:
    for text, expected in values.items():
        ((found,),) = hive(f"v {kind}", f'{{"v":{text}}}')
        assert isinstance(found, UnreadableError) if expected is ... else found == expected, text


def test_hive_fails_for_a_value_only_if_its_column_is_asked_for(world: World) -> None:
    world.put("a.json", '{"n": 1, "m": "2"}\n')
    make(world, "n int, m int", HIVE_JSON)

    assert world.query("SELECT n FROM made") == [["1"]]
    assert world.failure("SELECT m FROM made").startswith(
        "HIVE_CURSOR_ERROR: JsonParseException: Current token (VALUE_STRING) not numeric"
    )


def test_timestamp_formats_of_hive_json() -> None:
    formats = {"timestamp__formats": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z',dd/MM/yyyy\\, HH:mm,millis"}
    columns = "t timestamp"

    assert [row[0] for row in hive(
        columns,
        '{"t":"2024-01-02T03:04:05.678Z"}',
        '{"t":"02/01/2024, 03:04"}',
        '{"t":1704164645678}',
        '{"t":"2024-01-02 03:04:05"}',
        **formats,
    )] == [
        "2024-01-02 03:04:05.678000",
        "2024-01-02 03:04:00",
        "2024-01-02 03:04:05.678000",
        "2024-01-02 03:04:05",
    ]  # fmt: skip
    with pytest.raises(QueryFailedError, match=r"NOT_SUPPORTED: .* the pattern 'EEE' in timestamp\.formats"):
        hive(columns, '{"t":"Mon"}', timestamp__formats="EEE")
