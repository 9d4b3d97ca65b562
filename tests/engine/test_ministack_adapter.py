"""Where MiniStack is reached into, and what of it must not move."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime, responses
from ministack.services import athena, cloudwatch_logs, eventbridge, glue, iam, kinesis, lambda_svc, s3, sts
from ministack.services.cloudformation import provisioners

from local.engine import ministack_adapter
from local.engine.errors import ApiError
from tests.engine.helpers import ROOT

FUNCTIONS = [
    (glue._handle_request_sync, ["method", "path", "headers", "body", "query_params"]),
    (glue._create_crawler, ["data"]),
    (glue._update_crawler, ["data"]),
    (glue._delete_crawler, ["data"]),
    (glue._create_classifier, ["data"]),
    (glue._delete_classifier, ["data"]),
    (provisioners._physical_name, ["stack_name", "logical_id", "lowercase", "max_len", "seeded"]),
    (glue._create_table, ["data"]),
    (glue._update_table, ["data"]),
    (glue._delete_table, ["data"]),
    (glue._batch_create_partition, ["data"]),
    (glue._batch_update_partition, ["data"]),
    (glue._delete_partition, ["data"]),
    (glue._create_job, ["data"]),
    (glue._update_job, ["data"]),
    (glue._delete_job, ["data"]),
    (provisioners._glue_job_fields, ["props"]),
    (provisioners._RESOURCE_HANDLERS["AWS::Kinesis::Stream"]["create"], ["logical_id", "props", "stack_name"]),
    (provisioners._provision_resource, ["resource_type", "logical_id", "props", "stack_name"]),
    (
        provisioners._update_resource,
        ["resource_type", "physical_id", "old_props", "new_props", "stack_name", "logical_id", "old_attrs"],
    ),
    (kinesis._split_shard, ["data"]),
    (kinesis._merge_shards, ["data"]),
    (kinesis._update_shard_count, ["data"]),
    (kinesis._route_to_shard, ["hash_key_int", "stream"]),
    (kinesis._shard_out, ["shard_id", "shard"]),
    (kinesis._get_records, ["data"]),
    (kinesis._describe_stream_summary, ["data"]),
    (kinesis._max_shard_index, ["stream"]),
    (
        provisioners._RESOURCE_HANDLERS["AWS::Kinesis::Stream"]["update"],
        ["physical_id", "old_props", "new_props", "stack_name"],
    ),
    (glue.reset, []),
    (glue._create_database, ["data"]),
    (glue._delete_database, ["data"]),
    (glue._create_partition, ["data"]),
    (athena.handle_request, ["method", "path", "headers", "body", "query_params"]),
    (athena._ensure_default_workgroup, []),
    (athena._parse_ddl, ["query"]),
    (athena._run_ddl, ["ddl", "database"]),
    (s3._get_object_data, ["bucket_name", "key", "version_id"]),
    (s3._object_disk_path, ["bucket", "key", "account_id"]),
    (s3._put_object, ["bucket_name", "key", "body", "headers"]),
    (eventbridge._put_events, ["data", "allow_aws_source"]),
    (cloudwatch_logs._create_log_group, ["data"]),
    (cloudwatch_logs._create_log_stream, ["data"]),
    (cloudwatch_logs._put_log_events, ["data"]),
    (lambda_svc._pool_clear_all, []),
    (lambda_svc._sqs_esm_concurrency, ["esm", "func_rec", "config", "queue"]),
    (lambda_runtime.reset, []),
    (lambda_runtime.execution_credentials, ["config"]),
    (lambda_svc.execution_credentials, ["config"]),
    (sts.register_session, ["access_key", "session"]),
]


@pytest.fixture(autouse=True)
def elsewhere() -> Iterator[None]:
    """An account and region that are not the defaults, and nothing left behind."""
    with responses.request_scope("123456789012", "eu-central-1"):
        yield
        for module in (glue, athena, s3, iam, eventbridge, cloudwatch_logs, kinesis):
            module.reset()


def test_the_version_is_the_one_that_was_read() -> None:
    pinned = re.search(r"^ministack==(\S+)$", (ROOT / "local" / "requirements.in").read_text(), re.MULTILINE)

    assert pinned is not None
    assert importlib.metadata.version("ministack") == pinned[1]


@pytest.mark.parametrize(("function", "parameters"), FUNCTIONS, ids=lambda item: getattr(item, "__name__", ""))
def test_functions_take_what_we_give_them(function: Any, parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_stores_are_scoped_by_account_and_region() -> None:
    for store in (
        glue._crawlers,
        glue._classifiers,
        glue._databases,
        glue._tables,
        glue._partitions,
        athena._executions,
        athena._workgroups,
        athena._prepared_statements,
    ):
        assert isinstance(store, responses.AccountRegionScopedDict)
    for store in (s3._buckets, iam._roles):
        assert isinstance(store, responses.AccountScopedDict)


def test_a_thread_keeps_account_and_region() -> None:
    seen: list[tuple[str, str]] = []

    ministack_adapter.run_in_context(
        lambda: seen.append((ministack_adapter.account_id(), ministack_adapter.region())), "test"
    ).join()

    assert seen == [("123456789012", "eu-central-1")]


def test_an_operation_is_answered_by_us_and_the_others_by_ministack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glue, "_handle_request_sync", glue._handle_request_sync)

    def refuse(request: dict[str, Any]) -> dict[str, Any]:
        raise ApiError("CrawlerRunningException", f"{request['Name']} runs")

    ministack_adapter.add_glue_actions({"StartCrawler": refuse})

    def ask(action: str, body: bytes) -> tuple[int, dict[str, Any]]:
        target = {"x-amz-target": f"AWSGlue.{action}"}
        status, _, answer = glue._handle_request_sync("POST", "/", target, body, {})
        return status, json.loads(answer)

    status, answer = ask("StartCrawler", b'{"Name": "c"}')
    assert (status, answer["__type"], answer["message"]) == (400, "CrawlerRunningException", "c runs")
    assert ask("GetConnections", b"{}") == (200, {"ConnectionList": []})


def test_the_functions_that_we_replace_are_called_through_their_module() -> None:
    # they are looked up when a request comes, so that a replacement takes effect
    assert "_handle_request_sync," in inspect.getsource(glue.handle_request)
    source = inspect.getsource(provisioners)
    for name in ("_update_crawler", "_delete_crawler", "_create_job", "_update_job", "_delete_job"):
        assert f"_glue.{name}" in source
    for function in (provisioners._glue_job_create, provisioners._glue_job_update):
        assert "_glue_job_fields(" in inspect.getsource(function)


def test_a_crawler_has_the_members_that_we_change() -> None:
    ministack_adapter.create_crawler({"Name": "c", "Role": "", "Targets": {}}, {"stage": "test"})

    crawler = ministack_adapter.crawlers()["c"]

    assert crawler["State"] == "READY"
    assert ministack_adapter.crawler_tags("c") == {"stage": "test"}
    assert {"LastCrawl", "CrawlElapsedTime", "Schedule", "DatabaseName", "TablePrefix"} <= set(crawler)


def test_what_an_update_leaves_as_it_is_keeps_its_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_provision_resource", "_update_resource"):
        monkeypatch.setattr(provisioners, name, getattr(provisioners, name))
        # a nested stack finds them by these names
        assert f"{name}(" in inspect.getsource(provisioners._cfn_nested_stack_deploy)
    ministack_adapter.keep_attributes_in_nested_stacks()
    stream = ("AWS::Kinesis::Stream", "Stream", {"Name": "s"}, "nested")

    name, attributes = provisioners._provision_resource(*stream)
    again = provisioners._update_resource(stream[0], name, stream[2], stream[2], "nested", "Stream")

    assert attributes["Arn"].endswith(":stream/s")
    assert again == (name, attributes)


def test_a_stream_keeps_its_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    monkeypatch.setitem(handlers, "AWS::Kinesis::Stream", handlers["AWS::Kinesis::Stream"])
    ministack_adapter.keep_encryption_of_streams()
    encrypted = {"Name": "s", "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}}

    handlers["AWS::Kinesis::Stream"]["create"]("Stream", encrypted, "stack")

    assert (kinesis._streams["s"]["EncryptionType"], kinesis._streams["s"]["KeyId"]) == ("KMS", "alias/aws/kinesis")
    handlers["AWS::Kinesis::Stream"]["update"]("s", encrypted, {"Name": "s"}, "stack")
    assert (kinesis._streams["s"]["EncryptionType"], kinesis._streams["s"]["KeyId"]) == ("NONE", None)


def test_a_job_keeps_what_ministack_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (glue, "_create_job"), (glue, "_update_job"), (glue, "_delete_job"), (provisioners, "_glue_job_fields"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, getattr(module, name))
    deleted: list[str] = []
    ministack_adapter.keep_all_of_jobs()
    ministack_adapter.on_job_deleted(deleted.append)

    properties = {"Role": "r", "ExecutionProperty": {"MaxConcurrentRuns": "3"}, "Unknown": 1}
    fields = provisioners._glue_job_fields(properties)
    glue._create_job({"Name": "j", "GlueVersion": "5.1", "Tags": {"stage": "test"}, **fields})
    glue._create_job({"Name": "old", "GlueVersion": "4.0"})
    for name, version in (("stream", "5.1"), ("old-stream", "4.0")):
        glue._create_job({"Name": name, "GlueVersion": version, "Command": {"Name": "gluestreaming"}})
    glue._update_job({"JobName": "j", "JobUpdate": {"NotificationProperty": {"NotifyDelayAfter": 1}}})

    job, old = ministack_adapter.job("j"), ministack_adapter.job("old")
    assert job is not None
    assert old is not None
    assert (job["ExecutionProperty"], job["Timeout"], old["Timeout"]) == ({"MaxConcurrentRuns": "3"}, 480, 2880)
    timeouts = [(ministack_adapter.job(name) or {})["Timeout"] for name in ("stream", "old-stream")]
    assert timeouts == [480, None]
    assert job["NotificationProperty"] == {"NotifyDelayAfter": 1}
    assert glue._tags[glue._arn("job", "j")] == {"stage": "test"}
    assert "Unknown" not in job
    glue._delete_job({"JobName": "j"})
    assert (deleted, ministack_adapter.job("j")) == (["j"], None)


def test_catalog_and_objects_can_be_read_and_written() -> None:
    glue._create_database({"DatabaseInput": {"Name": "Db"}})
    s3._create_bucket("bucket", b"", {})

    ministack_adapter.create_table("Db", {"Name": "t"})
    ministack_adapter.update_table("Db", {"Name": "t", "Parameters": {"a": "b"}})
    ministack_adapter.put_object("bucket", "a b+%41", b"body", "text/plain")

    assert ministack_adapter.database_name("db") == "Db"
    table = ministack_adapter.table("db", "T")
    assert table is not None
    assert table["Parameters"] == {"a": "b"}
    assert ministack_adapter.list_objects("bucket", "a") == [ministack_adapter.S3Object("a b+%41", 4)]
    assert ministack_adapter.read_object("bucket", "a b+%41") == b"body"
    assert ministack_adapter.read_object("bucket", "nope") is None
    with pytest.raises(ApiError, match="not found"):
        ministack_adapter.create_table("nope", {"Name": "t"})


def test_partitions_are_written_in_batches_and_a_refusal_is_raised() -> None:
    glue._create_database({"DatabaseInput": {"Name": "db"}})
    ministack_adapter.create_table("db", {"Name": "t"})
    inputs = [{"Values": [str(number)], "Parameters": {}} for number in range(150)]

    table = ministack_adapter.table("db", "t")
    assert table is not None

    ministack_adapter.create_partitions(table, inputs)
    ministack_adapter.update_partitions(table, [{"Values": ["7"], "Parameters": {"a": "b"}}])
    ministack_adapter.delete_partition(table, ["8"])

    found = {item["Values"][0]: item for item in ministack_adapter.partitions(table)}
    assert len(found) == 149
    assert found["7"]["Parameters"] == {"a": "b"}
    with pytest.raises(ApiError, match="already exists") as refusal:
        ministack_adapter.create_partitions(table, inputs[:1])
    assert refusal.value.code == "AlreadyExistsException"
    assert [table["Name"] for table in ministack_adapter.tables("db")] == ["t"]
    ministack_adapter.delete_table("db", "t")
    assert ministack_adapter.tables("db") == ministack_adapter.partitions(table) == []


def test_an_object_is_read_in_place_from_memory_or_from_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    s3._create_bucket("bucket", b"", {})
    body = bytes(1000)
    ministack_adapter.put_object("bucket", "in memory", body, "text/plain")
    monkeypatch.setattr(s3, "S3_PERSIST", True)
    monkeypatch.setattr(s3, "DATA_DIR", str(tmp_path))
    ministack_adapter.put_object("bucket", "a b+%41/on disk", b"0123456789", "text/plain")

    assert s3._buckets["bucket"]["objects"]["a b+%41/on disk"]["body"] is None
    with ministack_adapter.open_object("bucket", "a b+%41/on disk") as file:
        file.seek(4)
        assert (file.read(3), type(file).__name__) == (b"456", "BufferedReader")
    with ministack_adapter.open_object("bucket", "in memory") as memory:
        assert memory.read() is body  # no copy
    with ministack_adapter.open_object("bucket", "nope") as nothing:
        assert nothing.read() == b""


def test_roles_and_classifiers_are_found_by_name() -> None:
    iam._roles["crawler"] = {"RoleName": "crawler"}
    glue._create_classifier({"CsvClassifier": {"Name": "c", "Delimiter": "#"}})

    definition = ministack_adapter.classifier("c")

    assert definition is not None
    assert definition["CsvClassifier"]["Delimiter"] == "#"
    assert ministack_adapter.classifier("nope") is None
    assert ministack_adapter.role_exists("crawler")
    assert not ministack_adapter.role_exists("nope")


def test_databases_tables_and_partitions_come_and_go() -> None:
    ministack_adapter.create_database({"Name": "db"})
    ministack_adapter.create_table("db", {"Name": "t", "PartitionKeys": [{"Name": "y", "Type": "int"}]})
    entry = ministack_adapter.table("db", "t")
    assert entry is not None

    for value in ("2025", "2024"):
        ministack_adapter.create_partition(
            entry, {"Values": [value], "StorageDescriptor": {"Location": f"s3://b/{value}"}}
        )

    assert ministack_adapter.database_names() == ["db"]
    assert [item["Name"] for item in ministack_adapter.tables("DB")] == ["t"]
    assert [item["Values"] for item in ministack_adapter.partitions(entry)] == [["2024"], ["2025"]]
    with pytest.raises(ApiError) as caught:
        ministack_adapter.create_partition(entry, {"Values": ["2024"]})
    assert caught.value.code == "AlreadyExistsException"
    ministack_adapter.delete_partition(entry, ["2024"])
    assert [item["Values"] for item in ministack_adapter.partitions(entry)] == [["2025"]]
    ministack_adapter.delete_table("db", "T")
    assert ministack_adapter.tables("db") == []
    ministack_adapter.delete_database("db")
    assert ministack_adapter.database_name("db") is None


def test_workers_are_given_the_credentials_that_we_mark() -> None:
    # both look the function up when a worker starts, so that a replacement takes effect
    assert "update(execution_credentials(self.config))" in inspect.getsource(lambda_runtime.Worker)
    assert "execution_credentials(config)" in inspect.getsource(lambda_svc)


def test_prepared_statements_are_kept_by_workgroup_and_name() -> None:
    athena._create_prepared_statement({"StatementName": "p", "WorkGroup": "w", "QueryStatement": "SELECT 1"})

    assert ministack_adapter.prepared_statements()["w/p"]["QueryStatement"] == "SELECT 1"


def test_an_object_is_handed_over_without_a_copy() -> None:
    s3._create_bucket("bucket", b"", {})
    ministack_adapter.put_object("bucket", "k", b"body", "text/plain")

    assert ministack_adapter.read_object("bucket", "k") is ministack_adapter.read_object("bucket", "k")
    assert ministack_adapter.list_objects("bucket", "k")[0].etag


def test_events_of_aws_services_and_log_lines_are_taken() -> None:
    ministack_adapter.put_event("aws.glue", "Glue Crawler State Change", {"state": "Started"})
    ministack_adapter.write_log("/aws-glue/crawlers", "c", ["one"])
    ministack_adapter.write_log("/aws-glue/crawlers", "c", ["two"])

    ministack_adapter.write_log("/aws-glue/crawlers", "silent", [])

    streams = cloudwatch_logs._log_groups["/aws-glue/crawlers"]["streams"]
    assert [event["message"] for event in streams["c"]["events"]] == ["one", "two"]
    assert streams["silent"]["events"] == []


def test_definitions_are_run_or_left() -> None:
    assert ministack_adapter.run_ddl("SELECT 1", "db") is False
    with pytest.raises(ValueError, match="does not exist"):
        ministack_adapter.run_ddl("DROP TABLE nope", "db")


def test_stopping_workers_is_safe_without_any() -> None:
    ministack_adapter.stop_workers()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("crawl-")]


def test_events_of_services_are_lost_only_while_they_are_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eventbridge, "_put_events", eventbridge._put_events)
    lost = [True, False]
    ministack_adapter.drop_service_events(lambda: lost.pop(0))

    for expected in (0, 1):
        ministack_adapter.put_event("aws.glue", "Glue Crawler State Change", {"state": "Started"})
        assert len(eventbridge._events_log_list()) == expected


def test_an_event_source_s_concurrency_may_be_a_parameter_which_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_svc, "_sqs_esm_concurrency", lambda_svc._sqs_esm_concurrency)
    ministack_adapter.read_event_source_numbers()

    for limit in (4, "4"):
        assert lambda_svc._sqs_esm_concurrency({"ScalingConfig": {"MaximumConcurrency": limit}}, {}, {}) == 4


def test_a_function_s_own_endpoint_does_not_lead_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_runtime, "_RESERVED_RUNTIME_ENV_VARS", {*lambda_runtime._RESERVED_RUNTIME_ENV_VARS})
    ministack_adapter.keep_functions_here()

    assert "AWS_ENDPOINT_URL" in lambda_runtime._RESERVED_RUNTIME_ENV_VARS
    assert "_RESERVED_RUNTIME_ENV_VARS" in inspect.getsource(lambda_runtime.Worker)
