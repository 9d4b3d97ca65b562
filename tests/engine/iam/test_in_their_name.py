"""What the engine does in somebody's name: queries with their caller's rights, crawls and jobs with their role's."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import PEOPLE
from tests.engine.iam.roles import TRUSTS_ALL, TRUSTS_GLUE, Role, allow, arn
from tests.engine.jobs import Job
from tests.engine.world import World


def catalog(world: World, *actions: str) -> dict[str, Any]:
    """Rights on the world's database and its tables, with every level above."""
    levels = ["catalog", f"database/{world.database}", f"table/{world.database}/*"]
    return allow([f"glue:{action}" for action in actions], [arn("glue", level) for level in levels])


def rights_of_a_crawl(world: World) -> dict[str, dict[str, Any]]:
    """All that a crawl needs, by what it is for."""
    return {
        "read": allow("s3:GetObject", f"arn:aws:s3:::{world.bucket}/data/person/*"),
        "list": allow("s3:ListBucket", f"arn:aws:s3:::{world.bucket}", StringLike={"s3:prefix": "data/person/*"}),
        "find": allow("s3:GetBucketLocation", f"arn:aws:s3:::{world.bucket}"),
        "look": catalog(world, "GetDatabase", "GetTable", "GetTables", "GetPartitions"),
        "write": catalog(world, "CreateTable", "UpdateTable"),
        "log": allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", "log-group:/aws-glue/crawlers*")),
    }


def crawl(world: World, statements: list[dict[str, Any]]) -> dict[str, Any]:
    """LastCrawl of a crawler that may do this."""
    role = Role(world.engine, statements, TRUSTS_GLUE)
    world.create_crawler(Role=role.arn)
    return world.crawl()


def test_a_crawl_with_all_rights_writes_its_table(world: World) -> None:
    world.put("people.csv", PEOPLE)

    assert crawl(world, list(rights_of_a_crawl(world).values()))["Status"] == "SUCCEEDED"
    assert [name for name, _ in world.columns()] == ["name", "age", "city"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("list", "s3:ListBucket on resource"),
        ("find", "s3:GetBucketLocation on resource"),
        ("look", "glue:GetDatabase on resource"),
        ("write", "glue:CreateTable on resource"),
    ],
)
def test_a_crawl_that_lacks_a_right_fails(world: World, missing: str, words: str) -> None:
    world.put("people.csv", PEOPLE)
    rights = rights_of_a_crawl(world)
    del rights[missing]

    last = crawl(world, list(rights.values()))

    assert last["Status"] == "FAILED"
    assert words in last["ErrorMessage"]
    assert "assumed-role" in last["ErrorMessage"]
    assert "/AWS-Crawler is not authorized" in last["ErrorMessage"]


def test_files_that_a_crawl_may_not_read_are_left_out_and_logged(world: World) -> None:
    world.put("people.csv", PEOPLE)
    rights = rights_of_a_crawl(world)
    del rights["read"]

    assert crawl(world, list(rights.values()))["Status"] == "SUCCEEDED"

    with pytest.raises(ClientError, match="EntityNotFoundException"):
        world.table()
    events = world.engine.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=world.crawler)[
        "events"
    ]
    assert any("Access Denied" in event["message"] and "people.csv" in event["message"] for event in events)


def test_a_crawl_that_may_not_log_is_silent(world: World) -> None:
    world.put("people.csv", PEOPLE)
    rights = rights_of_a_crawl(world)
    del rights["log"]

    assert crawl(world, list(rights.values()))["Status"] == "SUCCEEDED"

    logs = world.engine.client("logs")
    names = [
        stream["logStreamName"]
        for group in logs.describe_log_groups(logGroupNamePrefix="/aws-glue/crawlers")["logGroups"]
        for stream in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]
    ]
    assert world.crawler not in names


def test_a_role_that_does_not_trust_glue_any_more_fails_the_crawl(world: World) -> None:
    role = Role(world.engine, list(rights_of_a_crawl(world).values()), TRUSTS_GLUE)
    world.create_crawler(Role=role.arn)
    world.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument='{"Version": "2012-10-17", "Statement": []}')

    assert "unable to assume role" in world.crawl()["ErrorMessage"]


def rights_of_a_query(world: World) -> dict[str, dict[str, Any]]:
    """All that a query needs, by what it is for."""
    return {
        "start": allow(["athena:StartQueryExecution", "athena:GetQuery*"], arn("athena", "workgroup/primary")),
        "default": allow("glue:GetDatabase", [arn("glue", "catalog"), arn("glue", "database/default")]),
        "catalog": catalog(world, "GetDatabase", "GetTable", "GetPartitions"),
        "read": allow("s3:GetObject", f"arn:aws:s3:::{world.bucket}/data/person/*"),
        "list": allow("s3:ListBucket", f"arn:aws:s3:::{world.bucket}", StringLike={"s3:prefix": "data/person/*"}),
        "find": allow("s3:GetBucketLocation", f"arn:aws:s3:::{world.bucket}"),
        "results": allow("s3:PutObject", f"arn:aws:s3:::{world.bucket}/results/*"),
        "fetch": allow("s3:GetObject", f"arn:aws:s3:::{world.bucket}/results/*"),
    }


@pytest.fixture
def crawled(world: World) -> World:
    """A world with a table that its owner has made."""
    world.put("people.csv", PEOPLE)
    world.create_table([("name", "string"), ("age", "string"), ("city", "string")], **{"skip.header.line.count": "1"})
    return world


def ask(world: World, statements: list[dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """A client of a role with these rights, and its query once it has ended."""
    athena = Role(world.engine, statements).client("athena")
    started = athena.start_query_execution(
        QueryString="SELECT name FROM made", QueryExecutionContext={"Database": world.database},
        ResultConfiguration={"OutputLocation": f"s3://{world.bucket}/results/"},
    )["QueryExecutionId"]  # fmt: skip
    return athena, world.ended(started)


def test_a_query_with_all_rights_answers(crawled: World) -> None:
    athena, execution = ask(crawled, list(rights_of_a_query(crawled).values()))

    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    rows = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["name", "anna", "bert"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("default", "glue:GetDatabase on resource: {catalog}"),
        ("catalog", "glue:GetDatabase on resource: {database}"),
        ("list", "PERMISSION_DENIED: Permission denied on S3 path: s3://"),
        ("read", "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://"),
        ("results", "Access denied when writing output to url: s3://"),
    ],
)
def test_a_query_whose_caller_lacks_a_right_fails_in_athena_s_words(crawled: World, missing: str, words: str) -> None:
    rights = rights_of_a_query(crawled)
    del rights[missing]
    if missing == "default":
        # the levels above are asked for, too, and named first
        rights["catalog"]["Resource"] = [item for item in rights["catalog"]["Resource"] if "catalog" not in item]

    _, execution = ask(crawled, list(rights.values()))

    reason = execution["Status"]["StateChangeReason"]
    places = {"catalog": arn("glue", "catalog"), "database": arn("glue", f"database/{crawled.database}")}
    assert execution["Status"]["State"] == "FAILED"
    assert words.format(**places) in reason
    if missing in ("default", "catalog"):
        assert reason.startswith("Insufficient permissions to execute the query. User: arn:aws:sts::")
        assert "Error Code: AccessDeniedException" in reason


def test_who_may_not_find_the_bucket_of_the_results_starts_no_query(crawled: World) -> None:
    rights = rights_of_a_query(crawled)
    del rights["find"]

    with pytest.raises(ClientError, match="Unable to verify/create output bucket"):
        ask(crawled, list(rights.values()))


def test_who_may_not_read_the_result_s_file_gets_no_rows(crawled: World) -> None:
    rights = rights_of_a_query(crawled)
    del rights["fetch"]
    athena, execution = ask(crawled, list(rights.values()))

    assert execution["Status"]["State"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])


COPIES = """
import boto3
s3 = boto3.client("s3")
body = s3.get_object(Bucket="{bucket}", Key="data/person/people.csv")["Body"].read()
s3.put_object(Bucket="{bucket}", Key="copies/people.csv", Body=body)
"""


def run(world: World, statements: list[dict[str, Any]], trust: dict[str, Any] = TRUSTS_GLUE) -> dict[str, Any]:
    """A run of a job that copies a file, with a role that may do this."""
    world.put("people.csv", PEOPLE)
    role = Role(world.engine, statements, trust)
    return Job(world).create(COPIES.format(bucket=world.bucket), Role=role.arn).run()


def rights_of_a_job(world: World) -> dict[str, dict[str, Any]]:
    """All that the job needs, by what it is for."""
    return {
        "script": allow("s3:GetObject", f"arn:aws:s3:::{world.bucket}/scripts/*"),
        "read": allow("s3:GetObject", f"arn:aws:s3:::{world.bucket}/data/*"),
        "write": allow("s3:PutObject", f"arn:aws:s3:::{world.bucket}/copies/*"),
    }


def test_a_job_with_all_rights_succeeds(world: World) -> None:
    ended = run(world, list(rights_of_a_job(world).values()))

    assert ended["JobRunState"] == "SUCCEEDED", ended


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("script", "LAUNCH ERROR | Error downloading from S3 for bucket"),
        ("read", "(AccessDenied) when calling the GetObject operation"),
        ("write", "(AccessDenied) when calling the PutObject operation"),
    ],
)
def test_a_job_that_lacks_a_right_fails(world: World, missing: str, words: str) -> None:
    rights = rights_of_a_job(world)
    del rights[missing]

    ended = run(world, list(rights.values()))

    assert ended["JobRunState"] == "FAILED"
    assert words in ended["ErrorMessage"]
    assert "/GlueJobRunnerSession is not authorized to perform" in ended["ErrorMessage"]


def test_a_job_whose_role_does_not_trust_glue_does_not_start(world: World) -> None:
    ended = run(world, list(rights_of_a_job(world).values()), TRUSTS_ALL)

    assert "should be given assume role permissions for Glue Service" in ended["ErrorMessage"]


def test_the_engine_s_own_credentials_query_everything(crawled: World) -> None:
    assert crawled.query("SELECT count(*) FROM made") == [["2"]]
