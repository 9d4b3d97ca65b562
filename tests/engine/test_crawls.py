"""What a crawl writes, and how it fails."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest

from tests.engine.helpers import PEOPLE, refused, until
from tests.engine.world import World


def test_a_crawl_makes_a_table_with_glues_parameters(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.put("", "")  # a folder marker
    world.create_crawler()

    last = world.crawl()
    table = world.table()

    assert last["Status"] == "SUCCEEDED"
    assert world.columns() == [("name", "string"), ("age", "bigint"), ("city", "string")]
    descriptor = table["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{world.bucket}/data/person/"
    assert descriptor["SerdeInfo"]["Parameters"] == {"field.delim": ","}
    assert descriptor["Parameters"] == table["Parameters"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["Parameters"] == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "CRAWL_RUN_ID": last["MessagePrefix"],
        "UPDATED_BY_CRAWLER": world.crawler,
        "areColumnsQuoted": "false",
        "averageRecordSize": str(len(PEOPLE) // 3),
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "1",
        "recordCount": str(len(PEOPLE) // (len(PEOPLE) // 3)),
        "sizeKey": str(len(PEOPLE)),
        "skip.header.line.count": "1",
        "typeOfData": "file",
    }


def test_a_second_crawl_writes_only_what_changed(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    received = world.listen("aws.glue")

    def counts() -> tuple[str, str]:
        before = len(received())
        world.crawl()
        detail = until(lambda: received()[before + 1 :])[0]["detail"]
        return detail["tablesCreated"], detail["tablesUpdated"]

    assert counts() == ("1", "0")
    assert counts() == ("0", "0")
    assert world.table()["VersionId"] == "0"
    world.put("more.csv", "name,age,city,zip\ncarl,2.5,Rom,1\n")
    assert counts() == ("0", "1")
    assert world.columns() == [("name", "string"), ("age", "double"), ("city", "string"), ("zip", "bigint")]


def test_a_crawler_that_only_logs_leaves_a_changed_table(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.create_crawler(SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    world.crawl()

    world.put("people.csv", "name,age\nanna,1.5\n")
    last = world.crawl()

    assert last["Status"] == "SUCCEEDED"
    assert len(world.columns()) == 3


def test_nothing_to_crawl_is_a_success_without_a_table(world: World) -> None:
    world.put("_hidden.csv", PEOPLE)
    world.create_crawler()

    assert world.crawl()["Status"] == "SUCCEEDED"
    assert refused(world.glue.get_table, DatabaseName=world.database, Name="_person") == "EntityNotFoundException"


def test_what_no_classifier_knows_is_unknown(world: World) -> None:
    world.put("word.txt", "word\n")
    world.create_crawler()
    world.crawl()

    assert world.table()["Parameters"]["classification"] == "UNKNOWN"


def test_a_missing_database_is_made_by_a_crawler_whose_role_may(world: World) -> None:
    name = f"made-by-{world.name}"
    world.put("people.csv", PEOPLE)
    world.create_crawler(DatabaseName=name)

    assert world.crawl()["Status"] == "SUCCEEDED"
    assert [table["Name"] for table in world.glue.get_tables(DatabaseName=name)["TableList"]] == ["_person"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Targets": {"S3Targets": [{"Path": "s3://not-there-at-all/x/"}]}}, "The specified bucket does not exist"),
        ({"DatabaseName": "not-there", "Role": "only-reads"}, "Database not-there not found"),
    ],
)
def test_a_missing_bucket_or_database_fails_the_crawl(world: World, changes: dict[str, Any], message: str) -> None:
    received = world.listen("aws.glue")
    with contextlib.suppress(world.iam.exceptions.EntityAlreadyExistsException):
        world.iam.create_role(RoleName="only-reads", AssumeRolePolicyDocument="{}")
    reads = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "glue:Get*", "Resource": "*"}]}
    world.iam.put_role_policy(RoleName="only-reads", PolicyName="reads", PolicyDocument=json.dumps(reads))
    world.create_crawler(**changes)

    last = world.crawl()

    assert last["Status"] == "FAILED"
    assert message in last["ErrorMessage"]
    failed = until(lambda: [event["detail"] for event in received() if event["detail"]["state"] == "Failed"])
    assert failed[0]["errorMessage"] == last["ErrorMessage"]
    assert failed[0]["crawlerName"] == world.crawler
    assert "region=eu-west-1#" in failed[0]["cloudWatchLogLink"]


def test_an_unforeseen_error_fails_the_crawl_and_leaves_the_crawler_ready(world: World) -> None:
    # a target without a path: real Glue would have refused it
    world.create_crawler(Targets={"S3Targets": [{"SampleSize": 1}]})

    last = world.crawl()

    assert (last["Status"], last["ErrorMessage"]) == ("FAILED", "Internal Service Exception")


def test_the_log_stream_of_the_crawler_tells_its_crawl(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    last = world.crawl()

    logs = world.engine.client("logs").get_log_events(logGroupName=last["LogGroup"], logStreamName=last["LogStream"])

    lines = [event["message"] for event in logs["events"]]
    assert all(line.startswith(f"[{last['MessagePrefix']}] ") for line in lines)
    assert any(f"Created table _person in database {world.database}" in line for line in lines)


def test_a_crawler_made_by_cloudformation_crawls(world: World) -> None:
    world.put("people.csv", PEOPLE)
    template = f"""
Resources:
  Crawler:
    Type: AWS::Glue::Crawler
    Properties:
      Name: {world.crawler}
      Role: arn:aws:iam::000000000000:role/crawler
      DatabaseName: {world.database}
      TablePrefix: _
      Targets: {{S3Targets: [{{Path: 's3://{world.bucket}/data/person/'}}]}}
"""
    cloudformation = world.engine.client("cloudformation")
    cloudformation.create_stack(StackName=f"stack-{world.name}", TemplateBody=template)
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=f"stack-{world.name}", WaiterConfig={"Delay": 1, "MaxAttempts": 15}
    )

    assert world.crawl()["Status"] == "SUCCEEDED"
    assert world.glue.get_crawler(Name=world.crawler)["Crawler"]["SchemaChangePolicy"]["UpdateBehavior"]
    assert len(world.columns()) == 3
