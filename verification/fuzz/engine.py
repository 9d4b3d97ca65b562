"""Every parser of the local engine: crawled files, crawlers' options, SQL, rows of JSON files, its settings."""

import bz2
import gzip
import json
from collections.abc import Callable
from decimal import Decimal

import cramjam
import pyorc

from local.engine import orc_files, server
from local.engine.athena import parser, types
from local.engine.athena.data import hive_json, hive_types, open_csv, openx_json, text_lines
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.athena.statements import columns as ddl_columns
from local.engine.athena.statements.words import Words
from local.engine.crawl import globs, options
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.reading import MOST_BYTES, Document
from local.engine.errors import CrawlError, SettingsError
from local.engine.orc_files import OrcError
from local.engine.settings import Settings
from verification.examples.old_parquet import INT32, LIST, OPTIONAL, PAIRS, REPEATED, REQUIRED, Node, file, group
from verification.examples.orc_and_packed import hadoop, orc, zipped
from verification.examples.parquet_bytes import avro, number, parquet, text
from verification.fuzz.campaign import Parser
from verification.fuzz.generate import Hostile

_CSV = b"name,age,city\nanna,30,Ulm\nbert,41,Bonn\n" * 3
_CSV_ROWS = b'anna,"30, or 31",\'Ulm\' \'\',"a\\"b",x;~y\n"","a""b",,\n;"",";a",\'b\',"c"d\n'
_JSON_VALUE = {"name": "anna", "age": 30, "tags": ["a", "b"], "at": {"x": 1.5, "y": None}, "ok": True}
_JSON = b"".join(json.dumps(_JSON_VALUE).encode() + b"\n" for _ in range(3))
_XML = b'<?xml version="1.0"?><all><row id="1"><name>a&amp;b</name><n>1</n></row><row/></all>'
_QUERIES = (
    'SELECT name, count(*) FROM "person-db"."_dataprofile" WHERE age > 30 GROUP BY 1 ORDER BY 2 DESC LIMIT 10',
    "WITH a AS (SELECT 1 AS n UNION ALL SELECT 2) SELECT * FROM a JOIN b USING (n) WHERE b.t LIKE 'x%' ESCAPE '!'",
    "SELECT CAST(x AS decimal(10,2)), TRY_CAST(y AS date), EXTRACT(year FROM z), x[1], m['k'] FROM t, UNNEST(a)",
    "CREATE EXTERNAL TABLE t (a string, b array<struct<c:int>>) PARTITIONED BY (d date) LOCATION 's3://b/p/'",
    "ALTER TABLE t ADD IF NOT EXISTS PARTITION (d='2026-11-21') LOCATION 's3://b/p/d=2026-11-21/'",
    "MSCK REPAIR TABLE `person-db`.t",
    "SHOW PARTITIONS t",
)
_TYPES = ("bigint", "array<struct<a:int,b:map<string,decimal(10,2)>>>", "row(a integer, b varchar(3))", "timestamp")
_CLASSIFIERS = Classifiers(())
_PACKERS: tuple[Callable[[bytes], bytes], ...] = (
    gzip.compress,
    bz2.compress,
    lambda body: zipped(a_csv=body),
    lambda body: bytes(cramjam.snappy.compress(body)),
    lambda body: hadoop(bytes(cramjam.snappy.compress_raw(body)), len(body)),
    lambda body: hadoop(bytes(cramjam.lz4.compress_block(body, store_size=False)), len(body)),
)


def _file(sample: bytes) -> Parser:
    """A file of this format, bent, perhaps compressed: UNKNOWN, or with columns that the catalog takes."""

    def parse(hostile: Hostile) -> bool:
        body = hostile.bytes(sample)
        if hostile.chance(0.1):
            body = hostile.bytes(hostile.pick(_PACKERS)(body))
        document = Document.of(body, hostile.text())
        reading = _CLASSIFIERS.read(document)
        assert len(document._head) <= MOST_BYTES + 1024 * 1024
        if reading is None:
            return False
        context = reading.format.context([reading.sample])
        columns = reading.format.columns(reading.sample, context)
        shape = reading.format.combine([reading.sample], context)
        for column in (*columns, *shape.columns):
            str(column.type).encode()
        json.dumps(dict(shape.parameters)).encode()
        return True

    return parse


def _parquet() -> bytes:
    return parquet("SELECT 'a' AS s, 1::BIGINT AS n, [1, 2] AS l, {'x': 1.5} AS r FROM range(5)")


def _old_parquet() -> bytes:
    pairs = group("map", REPEATED, Node("k", REQUIRED, INT32), Node("v", REQUIRED, INT32))
    items = group("array", REPEATED, Node("a", REQUIRED, INT32))
    nodes = [group("m", OPTIONAL, pairs, converted=PAIRS), group("l", OPTIONAL, items, converted=LIST)]
    return file(nodes, [[(0, 2, 1)]] * 3)


def _avro() -> bytes:
    fields = [{"name": "s", "type": "string"}, {"name": "n", "type": ["null", "long"]}]
    record = text(b"anna") + number(1) + number(30)
    return avro({"type": "record", "name": "r", "fields": fields}, [record] * 5)


def _orc() -> bytes:
    # not compressed, so that what is bent is not refused by zlib already
    schema = "struct<s:string,n:bigint,l:array<int>,m:map<string,int>,r:struct<x:double>,d:decimal(10,2)>"
    rows = [
        {"s": "a" * n, "n": n, "l": [n, None], "m": {"k": n}, "r": {"x": 1.5}, "d": Decimal(n) / 4} for n in range(50)
    ]
    return orc(schema, *rows, compression=pyorc.CompressionKind.NONE)


def csv_rows(hostile: Hostile) -> bool:
    """Lines of a file, read as OpenCSVSerDe's marks say: the quick way has the cells of the full one."""
    marks = open_csv.Marks.of(hostile.pick(({}, {"quoteChar": "'"}, {"escapeChar": "~"}, {"separatorChar": ";"})))
    splitter = open_csv.Splitter(marks, 4)
    lines = list(filter(None, text_lines.split(hostile.bytes(_CSV_ROWS))))
    for line in lines:
        assert splitter.cells(line) == open_csv._Line(line, marks, 4).cells()
    return bool(lines)


_ORC = _orc()


def orc_rows(hostile: Hostile) -> bool:
    """The rows of an ORC file."""
    try:
        kind, rows = orc_files.rows(hostile.bytes(_ORC))
        assert kind["name"]
        list(rows)
    except OrcError:
        return False
    return True


def crawler_options(hostile: Hostile) -> bool:
    """A crawler as somebody made it."""
    configuration = {
        "Version": 1.0,
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 2},
        "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
    }
    try:
        options.read({"Name": "c", "Configuration": hostile.json(configuration).replace("\ud800", "")})
    except CrawlError:
        return False
    return True


def exclusions(hostile: Hostile) -> bool:
    """An exclude pattern."""
    pattern = hostile.bytes(b"**/{a,b}*/[!0-9]?.tmp\\*").decode("utf-8", "replace")
    try:
        found = globs.matcher([pattern])
    except CrawlError:
        return False
    assert found is not None
    found.fullmatch("data/a/1.tmp")
    return True


def queries(hostile: Hostile) -> bool:
    """The text of a query."""
    query = hostile.bytes(hostile.pick(_QUERIES).encode()).decode("utf-8", "replace")
    try:
        parser.parse(query)
    except (parser.MalformedQueryError, QueryFailedError):
        return False
    return True


def column_types(hostile: Hostile) -> bool:
    """A column's type in the catalog, or in SQL."""
    parsers: tuple[Callable[[str], object], ...] = (types.parse, hive_types.parse)
    parse = hostile.pick(parsers)
    try:
        parse(hostile.bytes(hostile.pick(_TYPES).encode()).decode("utf-8", "replace"))
    except (ValueError, QueryFailedError):
        return False
    return True


def columns_of_ddl(hostile: Hostile) -> bool:
    """The columns of a CREATE EXTERNAL TABLE."""
    text = (
        "(a string COMMENT 'x', `b-c` array<struct<`date`:int,e:map<string,decimal(10, 2)>>>) PARTITIONED BY (d date)"
    )
    words = Words(hostile.bytes(text.encode()).decode("utf-8", "replace"))
    try:
        found = ddl_columns.read(words)
        keys = ddl_columns.read(words) if ddl_columns.skip_to(words, "PARTITIONED BY") else []
        ddl_columns.refuse_repeated(found, keys)
        words.end()
    except QueryFailedError:
        return False
    assert all(hive_types.parse(column["Type"]) for column in (*found, *keys))
    return True


def json_rows(hostile: Hostile) -> bool:
    """A line of a JSON file, read as the table's columns say."""
    kind = types.parse("row(name varchar, age bigint, tags array(varchar), at map(varchar, double), ok boolean)")
    columns = [TableColumn("c", kind), *(TableColumn(str(name), part) for name, part in kind.parameters)]
    forgives = {"ignore.malformed.json": str(hostile.chance(0.5))}
    readers: list[openx_json.Reader | hive_json.Reader] = [
        openx_json.Reader(columns, openx_json.Rules.of(forgives, {})),
        hive_json.Reader(columns, {}),
    ]
    reader = hostile.pick(readers)
    try:
        list(reader.rows([hostile.json(_JSON_VALUE)]))
    except QueryFailedError:
        return False
    return True


def engine_settings(hostile: Hostile) -> bool:
    """A body for /_landfall/settings: all of it is taken, or none."""
    settings = Settings()
    before = settings.as_dict()
    body = hostile.json({"crawl_seconds": 1, "drop_events": True}).encode("utf-8", "replace")
    try:
        settings.update(server._json_object(body))
    except SettingsError:
        assert settings.as_dict() == before
        return False
    return True


PARSERS: dict[str, Parser] = {
    "crawled CSV": _file(_CSV),
    "crawled JSON": _file(_JSON),
    "crawled Parquet": _file(_parquet()),
    "crawled Parquet of old writers": _file(_old_parquet()),
    "crawled Avro": _file(_avro()),
    "crawled ORC": _file(_ORC),
    "crawled XML": _file(_XML),
    "crawler options": crawler_options,
    "exclude patterns": exclusions,
    "SQL": queries,
    "types of columns": column_types,
    "columns of DDL": columns_of_ddl,
    "rows of JSON files": json_rows,
    "rows of CSV files": csv_rows,
    "rows of ORC files": orc_rows,
    "engine settings": engine_settings,
}
