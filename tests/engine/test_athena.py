"""Athena's operations: starting, following and stopping queries, their results and events."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import PEOPLE, until
from tests.engine.world import World


def refusal(call: Callable[..., Any], *arguments: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **request)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidRequestException"
    return str(error["Message"])


def test_results_name_and_type_their_columns(people: World) -> None:
    query_id = people.start_query("SELECT Name, age, age * 1e0 AS Half, count(*), age > 1 FROM _person GROUP BY 1, 2")
    people.ended(query_id)

    result = people.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]

    names = ["name", "age", "half", "_col3", "_col4"]
    assert [cell["VarCharValue"] for cell in result["Rows"][0]["Data"]] == names
    columns = [(column["Name"], column["Type"]) for column in result["ResultSetMetadata"]["ColumnInfo"]]
    assert columns == list(zip(names, ["varchar", "bigint", "double", "bigint", "boolean"], strict=True))


@pytest.mark.parametrize("text", ["SELEC 1", "SELECT FROM WHERE", "SELECT 1; SELECT 2", "-- nothing", "SELECT 'open"])
def test_malformed_text_is_refused_at_once(world: World, text: str) -> None:
    assert refusal(world.start_query, text)


def test_the_error_is_told_in_status_and_results_are_refused(people: World) -> None:
    query_id = people.start_query("SELECT nope FROM _person")

    status = people.ended(query_id)["Status"]

    assert status["AthenaError"]["ErrorCategory"] == 2
    assert status["AthenaError"]["Retryable"] is False
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    assert "FAILED" in refusal(people.athena.get_query_results, QueryExecutionId=query_id)


def test_comments_survive_and_statistics_are_true(people: World) -> None:
    text = '-- landfall {"run": 1}\n-- second\nSELECT * FROM _person'

    execution = people.ended(people.start_query(text))

    assert execution["Query"] == text
    assert execution["StatementType"] == "DML"
    assert execution["Statistics"]["DataScannedInBytes"] == len(PEOPLE)
    assert execution["Statistics"]["TotalExecutionTimeInMillis"] >= 0
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]


def test_the_result_file_quotes_values_and_leaves_null_empty(people: World) -> None:
    query_id = people.start_query("SELECT name, NULL AS n, 'say \"hi\"' AS q FROM _person WHERE age = 30")
    location = people.ended(query_id)["ResultConfiguration"]["OutputLocation"]

    key = f"results/{query_id}.csv"

    assert location == f"s3://{people.bucket}/{key}"
    body = people.s3.get_object(Bucket=people.bucket, Key=key)["Body"].read()
    assert body == b'"name","n","q"\n"anna",,"say ""hi"""\n'
    assert people.s3.head_object(Bucket=people.bucket, Key=f"{key}.metadata")["ContentLength"] > 0


def test_results_are_paged_with_the_header_first(world: World) -> None:
    world.put("a.csv", "".join(f"r{number},{number}\n" for number in range(2500)))
    world.create_table([("a", "string"), ("b", "bigint")])
    query_id = world.start_query("SELECT b FROM made ORDER BY b")
    world.ended(query_id)

    pages = list(world.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))

    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert values == ["b", *map(str, range(2500))]


def test_a_token_starts_one_query_only(world: World) -> None:
    token = str(uuid.uuid4())

    first = world.start_query("SELECT 1", ClientRequestToken=token)

    assert world.start_query("SELECT 1", ClientRequestToken=token) == first
    assert refusal(world.start_query, "SELECT 2", ClientRequestToken=token) == "Idempotent parameters do not match"


def workgroup(world: World, **configuration: Any) -> str:
    name = f"group-{world.name}"
    world.athena.create_work_group(Name=name, Configuration=configuration)
    return name


def test_a_workgroup_enforces_its_location(world: World) -> None:
    theirs = {"OutputLocation": f"s3://{world.bucket}/enforced"}
    name = workgroup(world, EnforceWorkGroupConfiguration=True, ResultConfiguration=theirs)

    execution = world.ended(world.start_query("SELECT 1", WorkGroup=name))

    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{world.bucket}/enforced/")
    assert world.athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"] == [execution["QueryExecutionId"]]


def test_a_workgroup_must_exist_and_be_enabled(world: World) -> None:
    assert "is not found" in refusal(world.start_query, "SELECT 1", WorkGroup="nobody")
    name = workgroup(world)
    world.athena.update_work_group(WorkGroup=name, State="DISABLED")
    assert "is disabled" in refusal(world.start_query, "SELECT 1", WorkGroup=name)


def test_results_need_a_place(world: World) -> None:
    assert "No output location" in refusal(world.start_query, "SELECT 1", ResultConfiguration={})
    elsewhere = {"OutputLocation": "s3://not-there-at-all/"}
    assert "not-there-at-all" in refusal(world.start_query, "SELECT 1", ResultConfiguration=elsewhere)


def test_more_bytes_than_the_workgroup_allows_cancel_the_query(world: World) -> None:
    world.put("big.csv", "a,1\n" * 2_700_000)
    world.create_table([("a", "string"), ("b", "bigint")])
    name = workgroup(world, BytesScannedCutoffPerQuery=10_000_000)

    status = world.ended(world.start_query("SELECT count(*) FROM made", WorkGroup=name))["Status"]

    assert status["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in status["StateChangeReason"]


def test_a_running_query_can_be_stopped(world: World, set_times: Callable[..., None]) -> None:
    set_times(query_seconds=30)
    query_id = world.start_query("SELECT 1")
    assert "not yet finished" in refusal(world.athena.get_query_results, QueryExecutionId=query_id)

    world.athena.stop_query_execution(QueryExecutionId=query_id)

    assert world.ended(query_id)["Status"]["State"] == "CANCELLED"


def test_states_are_announced_in_order(world: World) -> None:
    received = world.listen("aws.athena")
    good, bad = world.start_query("SELECT 1"), world.start_query("SELECT nope")

    events = until(lambda: received() if len(received()) >= 6 else [])

    for query_id, end in ((good, "SUCCEEDED"), (bad, "FAILED")):
        details = [event["detail"] for event in events if event["detail"]["queryExecutionId"] == query_id]
        assert [detail["currentState"] for detail in details] == ["QUEUED", "RUNNING", end]
        assert [detail["sequenceNumber"] for detail in details] == ["1", "2", "3"]
        assert [detail.get("previousState") for detail in details] == [None, "QUEUED", "RUNNING"]
        assert ("athenaError" in details[-1]) == (end == "FAILED")


def test_a_batch_tells_what_it_did_not_find(world: World) -> None:
    query_id, missing = world.start_query("SELECT 1"), str(uuid.uuid4())

    answer = world.athena.batch_get_query_execution(QueryExecutionIds=[query_id, missing])

    assert [item["QueryExecutionId"] for item in answer["QueryExecutions"]] == [query_id]
    assert [item["QueryExecutionId"] for item in answer["UnprocessedQueryExecutionIds"]] == [missing]


def test_tables_can_be_made_and_dropped(world: World) -> None:
    world.put("a.csv", "x,1\n")
    location = f"s3://{world.bucket}/data/person/"

    made = world.start_query(
        "CREATE EXTERNAL TABLE made (a string, b bigint) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION '{location}'"
    )
    assert world.ended(made)["Status"]["State"] == "SUCCEEDED"

    assert world.query("SELECT * FROM made") == [["x", "1"]]
    world.ended(world.start_query("DROP TABLE made"))
    assert "TABLE_NOT_FOUND" in world.failure("SELECT * FROM made")
