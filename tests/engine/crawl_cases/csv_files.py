"""CSV, one file or two in one folder."""

from __future__ import annotations

import bz2
import gzip
from dataclasses import replace

from tests.engine.crawl_cases.case import CHOSEN, DUMPS, GUIDE, Case, Expected, Rows, one

PEOPLE = "name,age\nanna,30\nbert,41\n"
PEOPLE_TABLE = Expected("name string, age bigint", [("anna", "30"), ("bert", "41")])
_COMPRESSED = {"compressionType": "gzip", "skip.header.line.count": "1"}


def _delimited(name: str, delimiter: str) -> Case:
    return one(
        f"{name} is a delimiter, and is told to the SerDe",
        GUIDE,
        PEOPLE.replace(",", delimiter),
        Expected(
            "name string, age bigint",
            [("anna", "30"), ("bert", "41")],
            parameters={"delimiter": delimiter, "columnsOrdered": "true", "areColumnsQuoted": "false"},
            serde={"field.delim": delimiter},
        ),
    )


def _typed(says: str, source: str, cells: list[str], kind: str, read: list[str | None] | None = None) -> Case:
    """A column `value` below a header, beside a column that is a number."""
    body = "id,value\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    rows: Rows = [(str(number), cell) for number, cell in enumerate(read or cells)]
    return one(says, source, body, Expected(f"id bigint, value {kind}", rows))


CSV_FILES = [
    _delimited("A comma", ","),
    _delimited("A pipe", "|"),
    _delimited("A tab", "\t"),
    _delimited("A semicolon", ";"),
    _delimited("Ctrl-A", "\x01"),
    one(
        "Names above something that is no string are a header, which Athena skips",
        GUIDE,
        PEOPLE,
        replace(PEOPLE_TABLE, parameters={"skip.header.line.count": "1"}),
    ),
    one(
        "In a file of strings no row is a header: columns are numbered, and the first row is data",
        f"{GUIDE} for the rule, {DUMPS} for col0",
        "name,city\nanna,Ulm\n",
        Expected(
            "col0 string, col1 string",
            [("name", "city"), ("anna", "Ulm")],
            parameters={"skip.header.line.count": None},
        ),
    ),
    one(
        "A first row with a number is data",
        GUIDE,
        "anna,30\nbert,41\n",
        Expected("col0 string, col1 bigint", [("anna", "30"), ("bert", "41")]),
    ),
    one(
        "A name of 150 characters makes a row no header",
        GUIDE,
        f"{'x' * 150},b\na,1\n",
        Expected("col0 string, col1 string", [("x" * 150, "b"), ("a", "1")]),
    ),
    one(
        "The last name of a header may be empty, as after a trailing delimiter",
        GUIDE,
        "a,b,\nx,1,\n",
        Expected("a string, b bigint, col2 string", [("x", "1", "")]),
    ),
    one(
        "Names are folded to lower case; spaces stay",
        DUMPS,
        "Full Name,AGE\nanna,30\n",
        Expected("full name string, age bigint", [("anna", "30")]),
    ),
    one(
        "A repeated name gets its position",
        CHOSEN,
        "id,id\nx,1\n",
        Expected("id string, id_1 bigint", [("x", "1")]),
    ),
    one(
        "One column is no CSV to the built-in classifier",
        GUIDE,
        "word\nother\n",
        Expected("", format="UNKNOWN", unreadable="an UNKNOWN table has no SerDe"),
    ),
    one(
        "One row is no CSV to the built-in classifier",
        GUIDE,
        "one,line\n",
        Expected("", format="UNKNOWN", unreadable="an UNKNOWN table has no SerDe"),
    ),
    one(
        "Quoted cells are typed without their quotes, but LazySimpleSerDe does not unquote: Athena reads what is there",
        f"the Athena guide on LazySimpleSerDe; {DUMPS} for areColumnsQuoted",
        '"name","age"\n"anna","30"\n',
        Expected(
            "name string, age bigint",
            [('"anna"', None)],
            parameters={"areColumnsQuoted": "true"},
            serde={"field.delim": ","},
        ),
    ),
    one(
        "A delimiter within quotes is text to the crawler, and a delimiter to Athena",
        "the Athena guide on LazySimpleSerDe",
        'city,size\n"Ulm, Donau",7\nBonn,8\n',
        Expected("city string, size bigint", [('"Ulm', None), ("Bonn", "8")]),
    ),
    one(
        "A byte order mark is no part of the first name",
        CHOSEN,
        b"\xef\xbb\xbfname,age\nanna,30\n",
        Expected("name string, age bigint", [("anna", "30")]),
    ),
    one(
        "Carriage returns are no part of names or cells",
        CHOSEN,
        "name,age\r\nanna,30\r\n",
        Expected("name string, age bigint", [("anna", "30")]),
    ),
    one(
        "Ragged rows: the header says how many columns there are; Athena reads what lacks as null and drops the rest",
        f"{CHOSEN}; the Athena guide on LazySimpleSerDe for the rows",
        "a,b,c\nx,1,2\ny,3\nz,4,5,6\n",
        Expected("a string, b bigint, c bigint", [("x", "1", "2"), ("y", "3", None), ("z", "4", "5")]),
    ),
    one(
        "A file that is not UTF-8 is read with replacement characters",
        CHOSEN,
        b"name,age\nj\xf6rg,30\n",
        Expected("name string, age bigint", [("j\ufffdrg", "30")]),
    ),
    _typed("Whole numbers are bigint", DUMPS, ["1", "-2", "007"], "bigint", ["1", "-2", "7"]),
    _typed(
        "Decimals are double, whole numbers beside them too",
        DUMPS,
        ["1", "2.5", "1e3"],
        "double",
        ["1.0", "2.5", "1000.0"],
    ),
    _typed("True and false are boolean, in any case", DUMPS, ["true", "False"], "boolean", ["true", "false"]),
    _typed("Dates and times stay strings", DUMPS, ["2024-01-31", "2024-01-31 12:00:00"], "string"),
    _typed("A text among numbers makes the column a string", CHOSEN, ["1", "x"], "string"),
    _typed("A boolean beside a number makes the column a string", CHOSEN, ["true", "1"], "string"),
    _typed("Empty cells do not count for the type", DUMPS, ["1", ""], "bigint", ["1", None]),
    _typed("A column that is always empty is a string", CHOSEN, ["", ""], "string"),
    _typed("A number of more than 64 bits is a string", CHOSEN, ["99999999999999999999"], "string"),
    one(
        "gzip is told by compressionType, and by nothing else of the table",
        DUMPS,
        gzip.compress(PEOPLE.encode(), mtime=0),
        replace(PEOPLE_TABLE, parameters=_COMPRESSED),
        key="people.csv.gz",
    ),
    one(
        "A gzip file may have several members",
        "RFC 1952",
        gzip.compress(PEOPLE.encode(), mtime=0) + gzip.compress(b"carl,9\n", mtime=0),
        Expected("name string, age bigint", [("anna", "30"), ("bert", "41"), ("carl", "9")], parameters=_COMPRESSED),
        key="people.csv.gz",
    ),
    one(
        "bzip2 is told by compressionType",
        DUMPS,
        bz2.compress(PEOPLE.encode()),
        replace(PEOPLE_TABLE, parameters={"compressionType": "bzip2"}),
        key="people.csv.bz2",
    ),
    Case(
        "Columns of all files are merged in the order of first sight, and types widened",
        f"{CHOSEN} for types; {GUIDE} for one schema per folder",
        {"1.csv": "a,b,c\nx,1,1\n", "2.csv": "a,b,c,d\ny,2.5,3,7\n"},
        (
            Expected(
                "a string, b double, c bigint, d bigint",
                [("x", "1.0", "1", None), ("y", "2.5", "3", "7")],
                parameters={"objectCount": "2"},
            ),
        ),
    ),
    Case(
        "A file of strings beside a file with a header repeats that header",
        CHOSEN,
        {"1.csv": PEOPLE, "2.csv": "name,age\ncarl,\n"},
        (Expected("name string, age bigint", [("anna", "30"), ("bert", "41"), ("carl", None)]),),
    ),
    one(
        "recordCount is the number of lines of a file that was read to its end, sizeKey its bytes",
        f"{DUMPS}; that a header counts is chosen",
        PEOPLE,
        Expected(
            "name string, age bigint",
            [("anna", "30"), ("bert", "41")],
            parameters={
                "recordCount": "3",
                "sizeKey": str(len(PEOPLE)),
                "averageRecordSize": str(len(PEOPLE) // 3),
                "objectCount": "1",
                "typeOfData": "file",
            },
        ),
    ),
]
