"""How a crawl fails, and what does not make it fail."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from typing import Any

import cramjam
import pytest
from ministack.core import responses
from ministack.services import glue, iam, s3

from local.engine import ministack_adapter
from local.engine.crawl import run
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.parquet_format import ParquetFormat
from local.engine.crawl.reading import MEGABYTE, MOST_BYTES, Document
from local.engine.errors import CrawlError
from tests.engine.helpers import PEOPLE
from tests.engine.world import World
from verification.examples.orc_and_packed import hadoop_snappy, orc, zipped
from verification.examples.parquet_bytes import parquet

_ROLE = "arn:aws:iam::000000000000:role/service-role/nobody"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Role": _ROLE}, f"Service is unable to assume role {_ROLE}"),
        ({"Targets": {"CatalogTargets": [{"DatabaseName": "d", "Tables": ["t"]}]}}, "NOT_SUPPORTED: .* CatalogTargets"),
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]}}, "NOT_SUPPORTED: .* JdbcTargets"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "NOT_SUPPORTED: .*CRAWL_EVENT_MODE"),
        ({"Configuration": "{"}, "Configuration is not valid JSON"),
        (
            {"Configuration": json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 0}})},
            "TableLevelConfiguration must be a positive whole number, not 0",
        ),
        ({"Targets": {"S3Targets": [{"Path": "s3://{bucket}/data/", "SampleSize": 250}]}}, "SampleSize must be"),
        ({"Targets": {"S3Targets": [{"Path": "s3://{bucket}/", "Exclusions": ["{a"]}]}}, "The exclude pattern"),
        ({"Classifiers": ["nobody-made-it"]}, "Classifier nobody-made-it not found"),
    ],
)
def test_what_cannot_be_crawled_is_told_in_a_failed_crawl(world: World, changes: dict[str, Any], message: str) -> None:
    world.put("a.csv", PEOPLE)
    world.create_crawler(**json.loads(json.dumps(changes).replace("{bucket}", world.bucket)))

    last = world.crawl()

    assert last["Status"] == "FAILED"
    assert re.search(message, last["ErrorMessage"]), last["ErrorMessage"]
    assert world.glue.get_tables(DatabaseName=world.database)["TableList"] == []


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"GrokClassifier": {"Classification": "c", "GrokPattern": "%{NONE:w}"}}, "Pattern NONE is not defined"),
        ({"GrokClassifier": {"Classification": "c", "GrokPattern": "%{INT:n:date}"}}, "the type date is not known"),
        ({"JsonClassifier": {"JsonPath": "$..a"}}, "cannot read the JsonPath '$..a'"),
    ],
)
def test_a_classifier_that_the_local_engine_does_not_have_fails_the_crawl(
    world: World, definition: dict[str, Any], message: str
) -> None:
    ((kind, members),) = definition.items()
    world.glue.create_classifier(**{kind: {**members, "Name": f"custom-{world.name}"}})
    world.put("a.csv", PEOPLE)
    world.create_crawler(Classifiers=[f"custom-{world.name}"])

    last = world.crawl()

    assert last["Status"] == "FAILED"
    assert message in last["ErrorMessage"]


def _tar(name: str, body: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    return archive.getvalue()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (parquet("SELECT 1 AS a")[:-10], "the Parquet file has no footer: it was not written to its end"),
        (b"\x1f\x8b\x08\x00broken", "gzip: "),
        (gzip.compress(b"a,b\n" + b"x,1\n" * 50_000, mtime=0)[:-40], "gzip: the file ends within its compressed data"),
        (gzip.compress(b"0" * (30 * MEGABYTE), mtime=0), "no line ends within its first megabyte"),
        (gzip.compress(b'{"a": "' + b"0" * (30 * MEGABYTE), mtime=0), "no JSON value ends within the first 10 MB"),
        (b"Obj\x01\x02", "the Avro header cannot be read"),
        (orc("struct<a:int>", {"a": 1})[:-20], "the ORC footer cannot be read: "),
        (
            zipped(xl__workbook_xml="<a/>", b="x"),
            "an Excel workbook: neither a classifier of Glue nor Athena reads it; ",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "an Excel workbook: "),
        (zipped(a_csv="a,b\n1,2\n", b_csv="a,b\n1,2\n"), "a ZIP archive of 2 files: "),
        (b"PK\x03\x04broken", "a broken ZIP archive"),
        (zipped(a_csv=PEOPLE)[:-40], "a broken ZIP archive"),
        (
            bytes(cramjam.zstd.compress(b"a,b\n1,2\n")),
            "compressed with Zstandard, which Glue's classifiers do not",
        ),
        (gzip.compress(_tar("a.csv", b"a,b\n1,2\n"), mtime=0), "a tar archive: "),
        (bytes(cramjam.snappy.compress(b"a,b\n" * 99))[:-9], "snappy framed: the file ends within a block"),
        (bytes(cramjam.lz4.compress(b"a,b\n" * 99))[:30], "lz4 framed: "),
        (hadoop_snappy("a,b\n") + b"\0\0\0\x09", "snappy hadoop: the file ends within a block"),
    ],
)
def test_a_bad_file_beside_good_ones_is_logged_and_the_crawl_goes_on(world: World, body: bytes, reason: str) -> None:
    for number in range(3):
        world.put(f"{number}.csv", PEOPLE)
    world.put("bad", body)
    world.create_crawler(
        Configuration='{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}'
    )

    last = world.crawl()

    assert last["Status"] == "SUCCEEDED"
    assert world.columns() == [("name", "string"), ("age", "bigint"), ("city", "string")]
    logs = world.engine.client("logs").get_log_events(logGroupName=last["LogGroup"], logStreamName=last["LogStream"])
    assert [event for event in logs["events"] if f"s3://{world.bucket}/data/person/bad: {reason}" in event["message"]]


def test_a_gzip_bomb_is_read_no_further_than_any_file() -> None:
    bomb = gzip.compress(b"a,b\n" + b"0" * (64 * MEGABYTE))
    document = Document.of(bomb)

    assert Classifiers(()).read(document) is None
    assert len(document.head(100 * MEGABYTE)) == 64 * MEGABYTE + 4  # it is one
    fresh = Document.of(bomb)
    Classifiers(()).read(fresh)
    assert len(fresh._head) < 2 * MEGABYTE


def test_json_is_read_up_to_ten_megabytes_for_its_first_value() -> None:
    def read(length: int) -> bool:
        return Classifiers(()).read(Document.of(b'{"a": "' + b"x" * length + b'"}\n{"a": "y"}\n')) is not None

    assert read(MOST_BYTES - 20)
    assert not read(MOST_BYTES)


def test_of_a_large_parquet_file_only_the_footer_is_read() -> None:
    body = parquet("SELECT range AS n, repeat('x', 100) || random() AS t FROM range(20000)")
    read: list[int] = []
    document = Document.of(body)
    original = document.raw
    document.raw = lambda start, length: read.append(length) or original(start, length)  # type: ignore[method-assign,func-returns-value]

    sample = ParquetFormat().sample(document)

    assert sample is not None
    assert sample.records == 20_000
    assert sum(read) < 10_000 < len(body)


def test_a_stop_ends_the_reading_at_the_next_object() -> None:
    lines: list[str] = []
    crawler = {
        "Name": "c",
        "Role": "r",
        "DatabaseName": "d",
        "Targets": {"S3Targets": [{"Path": "s3://bucket/"}]},
    }
    with responses.request_scope("123456789012", "eu-central-1"):
        s3._create_bucket("bucket", b"", {})
        glue._create_database({"DatabaseInput": {"Name": "d"}})
        iam._roles["r"] = {}
        for number in range(5):
            ministack_adapter.put_object("bucket", f"{number}.csv", PEOPLE.encode(), "text/csv")
        answers = iter([False, False, True])

        with pytest.raises(CrawlError, match="stopped"):
            run.examine(crawler, "id", lines.append, lambda: next(answers))

        for module in (s3, glue, iam):
            module.reset()
    assert next(answers, None) is None


def test_progress_is_told_in_the_log_group_of_crawlers(world: World) -> None:
    for number in range(3):
        world.put(f"{number}.csv", PEOPLE)
    world.create_crawler()
    last = world.crawl()

    logs = world.engine.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=world.crawler)

    lines = [event["message"] for event in logs["events"]]
    assert f"[{last['MessagePrefix']}] INFO : Found 3 objects in s3://{world.bucket}/data/person/" in lines
