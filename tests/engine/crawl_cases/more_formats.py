"""ORC, XML, logs by a grok pattern, and what may be compressed around files."""

from __future__ import annotations

import bz2
from decimal import Decimal
from typing import Any

import cramjam
import pyorc

from tests.engine.crawl_cases.case import ATHENA, CHOSEN, DUMPS, GUIDE, Case, Expected, one
from tests.engine.crawl_cases.csv_files import PEOPLE
from verification.examples.orc_and_packed import hadoop_lz4, hadoop_snappy, orc, zipped

UNKNOWN = Expected("", format="UNKNOWN", unreadable="HIVE_UNSUPPORTED_FORMAT: Unable to create input format")
_NO_XML = "HIVE_UNSUPPORTED_FORMAT: Unable to create input format"
_ROWS: Any = [("anna", "30"), ("bert", "41")]
_LOG = "2024-01-02T03:04:05 [a-b-c-d-e] INFO : started\n2024-01-02T03:04:06 [a-b-c-d-f] WARN : 7 %\n"
_GUIDE_PATTERN = (
    r"%{TIMESTAMP_ISO8601:Timestamp} \[%{MESSAGEPREFIX:message_prefix}\] %{LEVEL:loglevel} : %{GREEDYDATA:message}"
)
_GUIDE_CUSTOM = "LEVEL (BENCHMARK|ERROR|WARN|INFO|TRACE)\nMESSAGEPREFIX .*-.*-.*-.*-.*"


def _people(says: str, source: str, body: bytes, key: str, compression: str, unreadable: str = "") -> Case:
    expected = Expected(
        "name string, age bigint",
        None if unreadable else _ROWS,
        parameters={"compressionType": compression, "skip.header.line.count": "1"},
        unreadable=unreadable,
    )
    return one(says, source, body, expected, key=key)


def _xml(says: str, source: str, body: str, columns: str, tag: str, row_tag: str | None = None, **files: str) -> Case:
    expected = Expected(columns, format="xml", serde={"rowTag": tag}, unreadable=_NO_XML)
    classifiers = ({"XMLClassifier": {"Classification": "xml", "RowTag": row_tag}},) if row_tag else ()
    return Case(says, source, {"a.xml": body, **files}, (expected,), classifiers=classifiers)


def _grok(says: str, source: str, body: str, expected: Expected, **definition: str) -> Case:
    known = {"Classification": "special-logs", **definition}
    return Case(says, source, {"a.log": body}, (expected,), classifiers=({"GrokClassifier": known},))


_FLAT = orc(
    "struct<ID:int,name:string,price:decimal(10,2),v:varchar(5),ok:boolean,f:float,d:double,t:tinyint>",
    {"ID": 1, "name": "x", "price": Decimal(1), "v": "abc", "ok": True, "f": 1.5, "d": 2.5, "t": 3},
)

MORE_FORMATS = [
    one(
        "ORC's schema is that of the footer, its names in lower case",
        f"{GUIDE}; {DUMPS} for the SerDe and the formats",
        _FLAT,
        Expected(
            "id int, name string, price decimal(10,2), v varchar(5), ok boolean, f float, d double, t tinyint",
            [("1", "x", "1.00", "abc", "true", "1.5", "2.5", "3")],
            format="orc",
            serde={},
            parameters={"compressionType": "none", "recordCount": "1"},
        ),
        key="a.orc",
    ),
    one(
        "ORC's structs, lists and maps nest",
        "ORC's types have Hive's names",
        orc(
            "struct<s:struct<A:int,b:array<string>>,m:map<string,bigint>,l:array<struct<x:int>>>",
            {"s": {"A": 1, "b": ["x", None]}, "m": {"k": 2}, "l": [{"x": 1}, None]},
        ),
        Expected(
            "s struct<A:int,b:array<string>>, m map<string,bigint>, l array<struct<x:int>>",
            [("{a=1, b=[x, null]}", "{k=2}", "[{x=1}, null]")],
            format="orc",
        ),
        key="a.orc",
    ),
    Case(
        "ORC files of one folder are one table; Athena reads the columns by position",
        f"{GUIDE}; {ATHENA} for the position",
        {
            "1.orc": orc("struct<a:int,b:string,c:int>", {"a": 1, "b": "x", "c": 2}),
            "2.orc": orc("struct<a:int,b:string,c:int,d:string>", {"a": 3, "b": "y", "c": 4, "d": "z"}),
        },
        (Expected("a int, b string, c int, d string", [("1", "x", "2", None), ("3", "y", "4", "z")], format="orc"),),
    ),
    one(
        "The compression within ORC is not shown",
        DUMPS,
        orc(
            "struct<n:bigint>",
            *({"n": n} for n in range(1500)),
            compression=pyorc.CompressionKind.ZSTD,
        ),
        Expected(
            "n bigint",
            [(str(n),) for n in range(1500)],
            format="orc",
            parameters={"compressionType": "none", "recordCount": "1500"},
        ),
        key="a.orc",
    ),
    one("An ORC file that was not written to its end is UNKNOWN", CHOSEN, _FLAT[:-30], UNKNOWN, key="a.orc"),
    one(
        "An ORC union is a string",
        CHOSEN,
        orc("struct<a:int,u:uniontype<int,string>>", {"a": 1, "u": 2}),
        Expected(
            "a int, u string",
            format="orc",
            unreadable="HIVE_BAD_DATA: Malformed ORC file. Cannot read SQL type 'varchar' from ORC stream '.u'",
        ),
        key="a.orc",
    ),
    _xml(
        "XML's rows are the elements that the classifier names, wherever they are",
        GUIDE,
        '<?xml version="1.0"?>\n<catalog><book id="bk101"><AnyCompany><author>Rivera</author>'
        "<title>Guide</title></AnyCompany></book><book><AnyCompany><author>Stiles</author><year>2024</year>"
        "</AnyCompany></book></catalog>",
        "author string, title string, year bigint",
        "AnyCompany",
        row_tag="AnyCompany",
    ),
    _xml(
        "Without a classifier the first element that is repeated below the root is the row",
        CHOSEN,
        '<people><made>now</made><person id="1"><name>anna</name><tag>a</tag><tag>b</tag></person>'
        '<person id="2"><name>bert</name><height unit="m">1.75</height></person></people>',
        "_id bigint, name string, tag array<string>, height struct<_unit:string,_VALUE:double>",
        "person",
    ),
    _xml(
        "An XML row that closes itself does not count",
        GUIDE,
        '<r><row a="1" /><row b="2"> </row></r>',
        "_b bigint",
        "row",
        row_tag="row",
    ),
    _xml(
        "XML of one element is one row",
        CHOSEN,
        "<order><id>7</id><open>true</open></order>",
        "id bigint, open boolean",
        "order",
    ),
    _xml(
        "XML without the classifier's row tag is left to the built-in classifier",
        GUIDE,
        "<a><b><c>1</c></b><b><c>2</c></b></a>",
        "c bigint",
        "b",
        row_tag="nothing",
    ),
    one(
        "XML with entities of its own is UNKNOWN: they may stand for anything",
        CHOSEN,
        '<!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;">]><a><b>&y;</b></a>',
        UNKNOWN,
    ),
    one("What is no XML after all is UNKNOWN", GUIDE, "<a><b>1</a>\n", UNKNOWN),
    _grok(
        "A grok pattern's fields are the columns, strings unless they are given a type",
        GUIDE,
        _LOG,
        Expected(
            "timestamp string, message_prefix string, loglevel string, message string",
            [
                ("2024-01-02T03:04:05", "a-b-c-d-e", "INFO", "started"),
                ("2024-01-02T03:04:06", "a-b-c-d-f", "WARN", "7 %"),
            ],
            format="special-logs",
            parameters={"recordCount": "2"},
            serde={"input.format": _GUIDE_PATTERN, "input.grokCustomPatterns": _GUIDE_CUSTOM},
        ),
        GrokPattern=_GUIDE_PATTERN,
        CustomPatterns=_GUIDE_CUSTOM,
    ),
    _grok(
        "A type of a grok pattern is the column's; what does not fit is NULL, and so is a line that does not match",
        f"{GUIDE}; Trino's GrokDeserializer for NULL",
        "a 1 2.5 true 300\nb 2 -1 x 99999\nno\n",
        Expected(
            "w string, i int, d double, b boolean, s smallint, l bigint",
            [("a", "1", "2.5", "true", "300", "300"), ("b", "2", "-1.0", "false", None, "99999"), (None,) * 6],
            format="special-logs",
        ),
        GrokPattern="^%{WORD:w} %{INT:i:int} %{NUMBER:d:double} %{WORD:b:boolean} (?=%{INT:s:short})%{INT:l:long}$",
    ),
    _grok(
        "Fields of patterns within patterns are columns, too; quotes around a text go",
        f"{GUIDE}; Trino's Grok for the quotes",
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif" 200\n' * 2,
        Expected(
            "clientip string, user string, at string, q string, response int",
            [("127.0.0.1", "frank", "10/Oct/2000:13:55:36 -0700", "GET /a.gif", "200")] * 2,
            format="special-logs",
        ),
        GrokPattern=r"%{WHO} \[%{HTTPDATE:at}\] %{QS:q} %{NUMBER:response:int}",
        CustomPatterns="WHO %{IPORHOST:clientip} - %{USER:user}",
    ),
    _grok(
        "Lines that mostly do not match are left to the built-in classifiers",
        CHOSEN,
        PEOPLE,
        Expected("name string, age bigint", _ROWS),
        GrokPattern="^%{IPV4:ip}",
    ),
    _people(
        "A ZIP archive of one file is classified by that; Athena does not support ZIP",
        f"{GUIDE}; {ATHENA}: the ZIP file format is not supported",
        zipped(people_csv=PEOPLE),
        "people.csv.zip",
        "zip",
        "NOT_SUPPORTED: The ZIP file format is not supported",
    ),
    one(
        "A ZIP archive of several files is UNKNOWN",
        GUIDE,
        zipped(a_csv=PEOPLE, b_csv=PEOPLE),
        Expected("", format="UNKNOWN", unreadable=_NO_XML),
        key="a.zip",
    ),
    _people(
        "snappy as Hadoop writes it is read by both",
        f"{GUIDE}; {ATHENA}, Hive table compression",
        hadoop_snappy(PEOPLE),
        "people.csv.snappy",
        "snappy",
    ),
    _people(
        "snappy with its own frames is classified; Athena takes Hadoop's only",
        f"{GUIDE}; Hadoop's codec for Athena",
        bytes(cramjam.snappy.compress(PEOPLE.encode())),
        "people.csv.snappy",
        "snappy",
        "HIVE_CURSOR_ERROR: Failed to read file: s3://",
    ),
    _people(
        "snappy without frames is known by its name",
        CHOSEN,
        bytes(cramjam.snappy.compress_raw(PEOPLE.encode())),
        "people.csv.snappy",
        "snappy",
        "HIVE_CURSOR_ERROR: Failed to read file: s3://",
    ),
    _people("LZ4 as Hadoop writes it is read by both", GUIDE, hadoop_lz4(PEOPLE), "people.csv.lz4", "lz4"),
    _people(
        "LZ4 with its own frames is classified; Athena takes Hadoop's only",
        f"{GUIDE}; Hadoop's codec for Athena",
        bytes(cramjam.lz4.compress(PEOPLE.encode())),
        "people.csv.lz4",
        "lz4",
        "HIVE_CURSOR_ERROR: Failed to read file: s3://",
    ),
    one(
        "Zstandard is none of Glue's compressions",
        GUIDE,
        bytes(cramjam.zstd.compress(PEOPLE.encode())),
        UNKNOWN,
        key="people.csv.zst",
    ),
    Case(
        "bzip2 is known by its first bytes, by Athena by the suffix, which has no capital letters",
        f"{GUIDE}; {ATHENA}, Athena compression support",
        {"1.csv.BZ2": bz2.compress(b'{"a":1}\n')},
        (
            Expected(
                "a int",
                format="json",
                parameters={"compressionType": "bzip2"},
                unreadable="HIVE_CURSOR_ERROR: Row is not a valid JSON Object",
            ),
        ),
    ),
    one(
        "JSON in Hadoop's snappy, of several blocks",
        GUIDE,
        hadoop_snappy('{"a": 1}\n') + hadoop_snappy('{"a": 2}\n'),
        Expected("a int", [("1",), ("2",)], format="json", parameters={"compressionType": "snappy"}),
        key="a.snappy",
    ),
    one(
        "An Excel workbook is UNKNOWN",
        CHOSEN,
        zipped(xl__workbook_xml="<workbook/>", xl__worksheets__sheet1_xml="<sheetData/>"),
        UNKNOWN,
        key="people.xlsx",
    ),
    one("A workbook of old Excel, too", CHOSEN, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), UNKNOWN, key="a.xls"),
]
