"""Every parser of the local engine: crawled files, crawlers' options, SQL, rows of JSON files, its settings."""

import bz2
import gzip
import json

from local.engine import server
from local.engine.athena import parser, types
from local.engine.athena.data import hive_json, openx_json
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.relation import TableColumn
from local.engine.crawl import globs, options
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.reading import MOST_BYTES, Document
from local.engine.errors import CrawlError, SettingsError
from local.engine.settings import Settings
from verification.examples.parquet_bytes import avro, number, parquet, text
from verification.fuzz.campaign import Parser
from verification.fuzz.generate import Hostile

_CSV = b"name,age,city\nanna,30,Ulm\nbert,41,Bonn\n" * 3
_JSON_VALUE = {"name": "anna", "age": 30, "tags": ["a", "b"], "at": {"x": 1.5, "y": None}, "ok": True}
_JSON = b"".join(json.dumps(_JSON_VALUE).encode() + b"\n" for _ in range(3))
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


def _file(sample: bytes) -> Parser:
    """A file of this format, bent, perhaps compressed: UNKNOWN, or with columns that the catalog takes."""

    def parse(hostile: Hostile) -> bool:
        body = hostile.bytes(sample)
        if hostile.chance(0.1):
            body = hostile.bytes(gzip.compress(body) if hostile.chance(0.5) else bz2.compress(body))
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


def _avro() -> bytes:
    fields = [{"name": "s", "type": "string"}, {"name": "n", "type": ["null", "long"]}]
    record = text(b"anna") + number(1) + number(30)
    return avro({"type": "record", "name": "r", "fields": fields}, [record] * 5)


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
    """A column's type in the catalog."""
    try:
        types.parse(hostile.bytes(hostile.pick(_TYPES).encode()).decode("utf-8", "replace"))
    except (ValueError, QueryFailedError):
        return False
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
    "crawled Avro": _file(_avro()),
    "crawler options": crawler_options,
    "exclude patterns": exclusions,
    "SQL": queries,
    "types of columns": column_types,
    "rows of JSON files": json_rows,
    "engine settings": engine_settings,
}
