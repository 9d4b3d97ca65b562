"""JSON, by the built-in classifier."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.engine.crawl_cases.case import CHOSEN, DUMPS, GUIDE, Case, Expected, one


def _lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _typed(says: str, source: str, values: list[Any], kind: str, read: list[str | None]) -> Case:
    body = _lines(*({"value": value} for value in values))
    return one(says, source, body, Expected(f"value {kind}", [(cell,) for cell in read], format="json"))


JSON_FILES = [
    one(
        "JSON lines are read by the openx SerDe, whose `paths` are the names in alphabetical order",
        DUMPS,
        _lines({"name": "anna", "age": 30, "fit": True}, {"name": "bert", "age": 41, "fit": False}),
        Expected(
            "name string, age int, fit boolean",
            [("anna", "30", "true"), ("bert", "41", "false")],
            format="json",
            serde={"paths": "age,fit,name"},
            parameters={"compressionType": "none", "recordCount": "2"},
        ),
    ),
    one(
        "Column names are lower case; the SerDe's `paths` keep theirs",
        DUMPS,
        _lines({"serialNumber": "a", "sensorReadingTime": 1655564119000}),
        Expected(
            "serialnumber string, sensorreadingtime bigint",
            [("a", "1655564119000")],
            format="json",
            serde={"paths": "sensorReadingTime,serialNumber"},
        ),
    ),
    _typed("Whole numbers of 32 bits are int", DUMPS, [1, -2], "int", ["1", "-2"]),
    _typed("Larger whole numbers are bigint", DUMPS, [1, 2**40], "bigint", ["1", str(2**40)]),
    _typed("JSON's decimals are double, whole numbers beside them too", DUMPS, [1, 2.5], "double", ["1.0", "2.5"]),
    _typed("Dates are strings", DUMPS, ["2024-01-31"], "string", ["2024-01-31"]),
    _typed("What is always null is a string", CHOSEN, [None, None], "string", [None, None]),
    _typed("A text beside a number makes a string of JSON, too", CHOSEN, [1, "x"], "string", ["1", "x"]),
    _typed("An array has the type of its elements", DUMPS, [[1, 2], [3]], "array<int>", ["[1, 2]", "[3]"]),
    _typed("An array that is always empty is one of strings", CHOSEN, [[]], "array<string>", ["[]"]),
    _typed(
        "An object is a struct",
        DUMPS,
        [{"lat": 1.5, "lon": 2.5}],
        "struct<lat:double,lon:double>",
        ["{lat=1.5, lon=2.5}"],
    ),
    _typed(
        "An array of objects is an array of one struct with all of their names",
        DUMPS,
        [[{"a": 1}, {"a": 2, "b": "x"}]],
        "array<struct<a:int,b:string>>",
        ["[{a=1, b=null}, {a=2, b=x}]"],
    ),
    _typed(
        "Objects nest",
        DUMPS,
        [{"a": {"b": [True]}}],
        "struct<a:struct<b:array<boolean>>>",
        ["{a={b=[true]}}"],
    ),
    one(
        "Records may lack names: the columns are all that were seen",
        DUMPS,
        _lines({"a": 1, "b": 2}, {"a": 3, "c": 4}),
        Expected("a int, b int, c int", [("1", "2", None), ("3", None, "4")], format="json"),
    ),
    one(
        "gzip of JSON is told by compressionType",
        DUMPS,
        gzip.compress(_lines({"a": 1}).encode(), mtime=0),
        Expected("a int", [("1",)], format="json", parameters={"compressionType": "gzip"}),
        key="a.json.gz",
    ),
    one(
        "A top-level array is one column `array`",
        f"{GUIDE}; {DUMPS} for the column's name and `paths`",
        '[{"a": 1}, {"a": 2}]',
        Expected(
            "array array<struct<a:int>>",
            # the SerDe finds an array's elements by position: the first one is the column, an array of itself
            # (seen on Athena: rcongiu/Hive-JSON-Serde#239)
            [("[{a=1}]",)],
            format="json",
            serde={"paths": "array"},
        ),
    ),
    one(
        "An object over several lines is recognised",
        GUIDE,
        '{\n  "a": 1,\n  "b": "x"\n}\n',
        Expected("a int, b string", format="json", unreadable="Athena needs a JSON object on each line"),
    ),
    one(
        "The records before a broken one count",
        CHOSEN,
        '{"a": 1}\n{"a": ',
        Expected(
            "a int",
            format="json",
            unreadable="Athena fails on a line that is no JSON: crawlers do not set ignore.malformed.json",
        ),
    ),
]
