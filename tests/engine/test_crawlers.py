"""A crawler's life and its record, over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.engine.helpers import PEOPLE, refused, until
from tests.engine.world import World


def test_started_and_succeeded_arrive_once_each_and_in_glues_envelope(world: World) -> None:
    received = world.listen("aws.glue")
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    world.crawl()

    events = until(lambda: received() if len(received()) >= 2 else [])

    assert [event["detail"]["state"] for event in events] == ["Started", "Succeeded"]
    assert {event["detail-type"] for event in events} == {"Glue Crawler State Change"}
    assert events[1]["resources"] == []
    assert events[1]["region"] == "eu-west-1"
    assert events[1]["detail"]["tablesCreated"] == "1"


def test_a_running_crawler_cannot_be_started_changed_or_deleted(world: World, set_times: Callable[..., None]) -> None:
    set_times(crawl_seconds=30)
    world.create_crawler()
    world.glue.start_crawler(Name=world.crawler)

    crawler = world.glue.get_crawler(Name=world.crawler)["Crawler"]
    assert crawler["State"] == "RUNNING"
    assert "LastCrawl" not in crawler
    assert world.glue.list_crawls(CrawlerName=world.crawler)["Crawls"][0]["State"] == "RUNNING"
    for call in (world.glue.start_crawler, world.glue.update_crawler, world.glue.delete_crawler):
        assert refused(call, Name=world.crawler) == "CrawlerRunningException"
    world.glue.stop_crawler(Name=world.crawler)
    until(world.last_crawl)


def test_a_stopped_crawl_is_cancelled_writes_nothing_and_sends_no_event(
    world: World, set_times: Callable[..., None]
) -> None:
    received = world.listen("aws.glue")
    set_times(crawl_seconds=30)
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    assert refused(world.glue.stop_crawler, Name=world.crawler) == "CrawlerNotRunningException"
    world.glue.start_crawler(Name=world.crawler)

    world.glue.stop_crawler(Name=world.crawler)

    assert until(world.last_crawl)["Status"] == "CANCELLED"
    assert world.glue.list_crawls(CrawlerName=world.crawler)["Crawls"][0]["State"] == "STOPPED"
    assert world.glue.get_tables(DatabaseName=world.database)["TableList"] == []
    set_times(crawl_seconds=0)
    world.crawl()
    events = until(lambda: received() if len(received()) >= 3 else [])
    assert [event["detail"]["state"] for event in events] == ["Started", "Started", "Succeeded"]


def test_the_end_event_may_come_while_the_crawler_is_stopping(world: World, set_times: Callable[..., None]) -> None:
    received = world.listen("aws.glue")
    set_times(stopping_seconds=3)
    world.create_crawler()
    world.glue.start_crawler(Name=world.crawler)

    until(lambda: [event for event in received() if event["detail"]["state"] == "Succeeded"])

    assert world.glue.get_crawler(Name=world.crawler)["Crawler"]["State"] == "STOPPING"
    assert refused(world.glue.start_crawler, Name=world.crawler) == "CrawlerRunningException"
    assert refused(world.glue.stop_crawler, Name=world.crawler) == "CrawlerStoppingException"
    assert until(world.last_crawl)["Status"] == "SUCCEEDED"


def test_a_crawler_that_does_not_exist_is_not_found(world: World) -> None:
    for call in (world.glue.start_crawler, world.glue.stop_crawler, world.glue.get_crawler, world.glue.delete_crawler):
        assert refused(call, Name="nobody") == "EntityNotFoundException"
    assert refused(world.glue.list_crawls, CrawlerName="nobody") == "EntityNotFoundException"


def test_a_batch_names_what_was_not_found(world: World) -> None:
    world.create_crawler()

    answer = world.glue.batch_get_crawlers(CrawlerNames=["nobody", world.crawler])

    assert [crawler["Name"] for crawler in answer["Crawlers"]] == [world.crawler]
    assert answer["CrawlersNotFound"] == ["nobody"]
    names = [f"n{number}" for number in range(101)]
    assert refused(world.glue.batch_get_crawlers, CrawlerNames=names) == "InvalidInputException"


def test_a_crawler_shows_glues_defaults_and_is_listed(world: World) -> None:
    world.create_crawler(Tags={"landfall:stage": world.name})

    crawler = world.glue.get_crawler(Name=world.crawler)["Crawler"]

    assert crawler["SchemaChangePolicy"] == {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert crawler["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}
    assert world.crawler in world.glue.list_crawlers()["CrawlerNames"]
    assert world.glue.list_crawlers(Tags={"landfall:stage": world.name})["CrawlerNames"] == [world.crawler]


def test_history_is_paged_filtered_and_newest_first(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    ids = [world.crawl()["MessagePrefix"] for _ in range(3)]

    def listed(**request: Any) -> list[str]:
        crawls = world.glue.list_crawls(CrawlerName=world.crawler, **request)["Crawls"]
        return [crawl["CrawlId"] for crawl in crawls]

    def rule(field: str, value: str, operator: str = "EQ") -> dict[str, Any]:
        return {"Filters": [{"FieldName": field, "FilterOperator": operator, "FieldValue": value}]}

    page = world.glue.list_crawls(CrawlerName=world.crawler, MaxResults=2)
    assert [crawl["CrawlId"] for crawl in page["Crawls"]] == [ids[2], ids[1]]
    assert listed(MaxResults=2, NextToken=page["NextToken"]) == [ids[0]]
    assert listed(**rule("CRAWL_ID", ids[1])) == [ids[1]]
    assert listed(**rule("STATE", "COMPLETED")) == ids[::-1]
    assert listed(**rule("STATE", "FAILED")) == []
    middle = page["Crawls"][1]["StartTime"]
    assert listed(**rule("START_TIME", str(int(middle.timestamp() * 1000)), "GE"))[-1] in ids[:2]
    late = (datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000
    assert listed(**rule("START_TIME", str(int(late)), "GT")) == []
    first = world.glue.list_crawls(CrawlerName=world.crawler, **rule("CRAWL_ID", ids[0]))["Crawls"][0]
    assert '"_person"' in first["Summary"]
    assert first["EndTime"] >= first["StartTime"]


def test_metrics_come_from_the_history(world: World) -> None:
    world.put("people.csv", PEOPLE)
    world.create_crawler()
    world.crawl()

    metrics = world.glue.get_crawler_metrics(CrawlerNameList=[world.crawler])["CrawlerMetricsList"]

    assert metrics[0]["TablesCreated"] == 1
    assert metrics[0]["LastRuntimeSeconds"] > 0


def test_a_crawler_deleted_with_its_stack_ends_its_crawl(world: World, set_times: Callable[..., None]) -> None:
    received = world.listen("aws.glue")
    set_times(crawl_seconds=30)
    template = {
        "Resources": {
            "Crawler": {
                "Type": "AWS::Glue::Crawler",
                "Properties": {"Name": world.crawler, "Role": "r", "DatabaseName": world.database, "Targets": {}},
            }
        }
    }
    cloudformation = world.engine.client("cloudformation")
    stack = {"StackName": f"stack-{world.name}"}
    cloudformation.create_stack(TemplateBody=json.dumps(template), **stack)
    cloudformation.get_waiter("stack_create_complete").wait(**stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})
    world.glue.start_crawler(Name=world.crawler)

    cloudformation.delete_stack(**stack)
    cloudformation.get_waiter("stack_delete_complete").wait(**stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})

    assert refused(world.glue.get_crawler, Name=world.crawler) == "EntityNotFoundException"
    set_times(crawl_seconds=0)
    world.create_crawler()
    world.crawl()
    assert len(world.glue.list_crawls(CrawlerName=world.crawler)["Crawls"]) == 1
    events = until(lambda: received() if len(received()) >= 3 else [])
    assert [event["detail"]["state"] for event in events] == ["Started", "Started", "Succeeded"]
