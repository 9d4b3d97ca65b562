"""Custom classifiers."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.crawl_cases.case import CHOSEN, GUIDE, Case, Expected

_API = "the Glue API's CreateCsvClassifierRequest"


def _csv(says: str, source: str, body: str, expected: Expected, **definition: Any) -> Case:
    return Case(says, source, {"file.csv": body}, (expected,), classifiers=({"CsvClassifier": definition},))


CLASSIFIERS = [
    _csv(
        "ContainsHeader PRESENT makes the first row a header, of strings too",
        _API,
        "name,city\nanna,Ulm\n",
        Expected("name string, city string", [("anna", "Ulm")], parameters={"skip.header.line.count": "1"}),
        ContainsHeader="PRESENT",
    ),
    _csv(
        "ContainsHeader ABSENT makes the first row data",
        _API,
        "name,age\nanna,30\n",
        Expected(
            "col0 string, col1 string",
            [("name", "age"), ("anna", "30")],
            parameters={"skip.header.line.count": None},
        ),
        ContainsHeader="ABSENT",
    ),
    _csv(
        "Header names the columns",
        _API,
        "anna,30\nbert,41\n",
        Expected("who string, years bigint", [("anna", "30"), ("bert", "41")]),
        ContainsHeader="ABSENT",
        Header=["who", "years"],
    ),
    _csv(
        "A first row that repeats Header is a header, of strings too",
        CHOSEN,
        "Who,City\nanna,Ulm\n",
        Expected("who string, city string", [("anna", "Ulm")], parameters={"skip.header.line.count": "1"}),
        Header=["Who", "City"],
    ),
    _csv(
        "Delimiter may be any character",
        _API,
        "name#age\nanna#30\n",
        Expected("name string, age bigint", [("anna", "30")], parameters={"delimiter": "#"}),
        Delimiter="#",
    ),
    _csv(
        "AllowSingleColumn makes one column a CSV",
        _API,
        "number\n1\n2\n",
        Expected("number bigint", [("1",), ("2",)]),
        AllowSingleColumn=True,
    ),
    _csv(
        "Serde OpenCSVSerDe unquotes; all of its columns are strings",
        f"{_API}; the Athena guide on OpenCSVSerDe",
        'city,size\n"Ulm, Donau",7\nBonn,8\n',
        Expected(
            "city string, size string",
            [("Ulm, Donau", "7"), ("Bonn", "8")],
            serde={"quoteChar": '"', "separatorChar": ","},
        ),
        Serde="OpenCSVSerDe",
        QuoteSymbol='"',
    ),
    _csv(
        "CustomDatatypes are the columns' types, in their order",
        f"{_API}; {CHOSEN} for the order",
        "name,day,n\nanna,2024-01-31,1\n",
        Expected("name string, day date, n int", [("anna", "2024-01-31", "1")]),
        CustomDatatypeConfigured=True,
        CustomDatatypes=["STRING", "DATE", "INT"],
    ),
    Case(
        "A custom classifier that does not know the file leaves it to the built-in ones",
        GUIDE,
        {"file": '{"a": 1}\n'},
        (Expected("a int", [("1",)], format="json"),),
        classifiers=({"CsvClassifier": {"Delimiter": "#"}},),
    ),
    Case(
        "JsonPath $[*] makes the elements of a top-level array the records",
        GUIDE,
        {"file": json.dumps([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])},
        (
            Expected(
                "a int, b string",
                format="json",
                parameters={"recordCount": "2", "jsonPath": "$[*]"},
                unreadable="Athena needs a JSON object on each line, whatever the crawler saw",
            ),
        ),
        classifiers=({"JsonClassifier": {"JsonPath": "$[*]"}},),
    ),
    Case(
        "JsonPath may go through names",
        GUIDE,
        {"file": json.dumps({"page": 1, "items": [{"a": 1}, {"a": 2}]}, indent=1)},
        (Expected("a int", format="json", unreadable="Athena needs a JSON object on each line"),),
        classifiers=({"JsonClassifier": {"JsonPath": "$.items[*]"}},),
    ),
]
