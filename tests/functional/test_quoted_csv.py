"""Quoted CSV on moto: the head of a file is read with the query role, and what it shows is an incident or nothing."""

import bz2
import gzip
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.models import glue_backends

from landfall.service.application import application
from tests.functional.account import CRAWLER, Account, Handler
from verification.examples.payloads import payload

STEPS = [{"crawl": CRAWLER, "database": "person-db", "table": "_dataprofile"}]
LOCATION, FOLDER = "s3://landfall-lake/data/dataprofile/", "data/dataprofile/"
UPLOAD = payload("on_upload/put_versioned")
LAZY, OPEN = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "org.apache.hadoop.hive.serde2.OpenCSVSerde"
SPLIT, PLAIN = 'id,name\n1,"Núñez, Ana"\n', "id,name\n1,Ana\n"


@pytest.fixture
def lake(account: Account) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket="landfall-lake")
    return client


@pytest.fixture
def crawled(account: Account, on_upload: Handler, on_crawler_state: Handler) -> Any:
    """Runs one upload through to its end; the crawl leaves a table with this SerDe."""

    def run(serde: str = LAZY, classification: str = "csv", location: str = LOCATION) -> list[str]:
        account.define(steps=STEPS, on_schema_change="allow")
        application.cache_clear()
        table: Any = {
            "Name": "_dataprofile",
            "StorageDescriptor": {
                "Columns": [{"Name": "name", "Type": "string"}],
                "Location": location,
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"field.delim": ","}},
            },
            "Parameters": {"classification": classification},
        }
        glue_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].databases["person-db"].tables.pop("_dataprofile", None)
        boto3.client("glue").create_table(DatabaseName="person-db", TableInput=table)
        account.crawler("READY")
        on_upload(UPLOAD | {"time": "2099-01-01T00:00:00Z"})
        account.crawler("READY", "SUCCEEDED", "")
        on_crawler_state(payload("on_crawler_state/succeeded"))
        assert account.history()[-1]["outcome"] == {"S": "succeeded"}
        return [one.kind for one in account.state().incidents]

    return run


def test_split_names_are_a_warning_until_a_crawl_with_a_serde_that_knows_quotes(lake: Any, crawled: Any) -> None:
    lake.put_object(Bucket="landfall-lake", Key=UPLOAD["detail"]["object"]["key"], Body=SPLIT.encode())

    assert crawled() == ["quoted csv"]
    assert crawled(OPEN) == []


@pytest.mark.parametrize(
    ("key", "body", "found"),
    [
        ("a.csv", SPLIT.encode(), ["quoted csv"]),
        ("dt=2026-11-21/a.csv", SPLIT.encode(), ["quoted csv"]),
        ("a.csv.gz", gzip.compress(SPLIT.encode()), ["quoted csv"]),
        ("a.csv.gz", gzip.compress(PLAIN.encode()), []),
        ("a.csv.gz", b"\x1f\x8bno gzip", []),
        ("a.csv.bz2", bz2.compress(SPLIT.encode()), []),
        ("a.csv", SPLIT.encode("utf-16"), []),
        ("a.csv", b"id,name\n" + b"1,Ana\n" * 20_000 + b'2,"b, c"\n', []),  # beyond the head
        ("a.csv", b"id,name\n" + b"1,Ana\n" * 20_000, []),
        ("_a.csv", SPLIT.encode(), []),  # Athena does not read it
        ("a.csv", b"", []),
    ],
)
def test_the_newest_file_where_none_of_the_run_is_there(
    lake: Any, crawled: Any, key: str, body: bytes, found: list[str]
) -> None:
    lake.put_object(Bucket="landfall-lake", Key=f"{FOLDER[:-1]}2/{key}", Body=body)

    assert crawled(location="s3://landfall-lake/data/dataprofile2") == found


def test_a_large_gzip_file_shows_its_head(lake: Any, crawled: Any) -> None:
    lines = "".join(f'{number},"a, {number}"\n' for number in range(200_000))
    lake.put_object(Bucket="landfall-lake", Key=UPLOAD["detail"]["object"]["key"], Body=gzip.compress(lines.encode()))

    assert crawled() == ["quoted csv"]


@pytest.mark.parametrize("classification", ["json", "parquet", "UNKNOWN"])
def test_only_csv_is_read(lake: Any, crawled: Any, classification: str) -> None:
    lake.put_object(Bucket="landfall-lake", Key=UPLOAD["detail"]["object"]["key"], Body=SPLIT.encode())

    assert crawled(classification=classification) == []


def test_a_bucket_that_may_not_be_read_costs_the_run_nothing_and_resolves_nothing(lake: Any, crawled: Any) -> None:
    lake.put_object(Bucket="landfall-lake", Key=UPLOAD["detail"]["object"]["key"], Body=SPLIT.encode())
    assert crawled() == ["quoted csv"]

    assert crawled(location="s3://not-there/data/") == ["quoted csv"]
