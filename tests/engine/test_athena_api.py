"""Athena's operations next to the query itself: executions, metadata, workgroups, saved queries, reuse."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import refused, until
from tests.engine.world import World

CATALOG, INVALID = "AwsDataCatalog", "InvalidRequestException"


def group(world: World, **configuration: Any) -> str:
    name = f"group-{world.name}"
    place = {"ResultConfiguration": {"OutputLocation": f"s3://{world.bucket}/group/"}}
    world.athena.create_work_group(Name=name, Configuration={**place, **configuration})
    return name


def run(world: World, text: str, **request: Any) -> dict[str, Any]:
    execution = world.ended(world.start_query(text, **request))
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return execution


def rows(world: World, query_id: str) -> list[list[str | None]]:
    found = world.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found]


# --- executions


def test_executions_are_listed_newest_first_in_pages_that_do_not_shift(world: World) -> None:
    name = group(world)
    ids = [run(world, f"SELECT {n}", WorkGroup=name)["QueryExecutionId"] for n in range(5)]

    first = world.athena.list_query_executions(WorkGroup=name, MaxResults=2)
    newer = run(world, "SELECT 5", WorkGroup=name)["QueryExecutionId"]
    second = world.athena.list_query_executions(WorkGroup=name, MaxResults=2, NextToken=first["NextToken"])
    third = world.athena.list_query_executions(WorkGroup=name, NextToken=second["NextToken"])

    assert first["QueryExecutionIds"] + second["QueryExecutionIds"] + third["QueryExecutionIds"] == ids[::-1]
    assert "NextToken" not in third
    assert world.athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"][0] == newer


def test_a_list_or_batch_has_its_limits(world: World) -> None:
    athena = world.athena
    name = group(world)

    assert refused(athena.list_query_executions, WorkGroup="nobody") == INVALID
    assert refused(athena.list_query_executions, WorkGroup=name, MaxResults=51) == INVALID
    assert refused(athena.list_query_executions, WorkGroup=name, NextToken="no-token") == INVALID
    ids = [str(uuid.uuid4()) for _ in range(51)]
    with pytest.raises(ClientError, match="Member must have length less than or equal to 50"):
        athena.batch_get_query_execution(QueryExecutionIds=ids)
    missing = athena.batch_get_query_execution(QueryExecutionIds=ids[:1])
    assert [entry["QueryExecutionId"] for entry in missing["UnprocessedQueryExecutionIds"]] == ids[:1]


def test_an_execution_says_how_it_ran(world: World) -> None:
    execution = run(world, "SELECT 1")

    assert execution["SubstatementType"] == "SELECT"
    assert execution["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    assert execution["ResultReuseConfiguration"] == {"ResultReuseByAgeConfiguration": {"Enabled": False}}
    statistics = world.athena.get_query_runtime_statistics(QueryExecutionId=execution["QueryExecutionId"])
    assert statistics["QueryRuntimeStatistics"]["Rows"]["OutputRows"] == 1
    made = run(world, "CREATE TABLE made AS SELECT 1 AS a")
    assert made["SubstatementType"] == "CREATE_TABLE_AS_SELECT"


def test_the_schema_of_a_query_without_one_is_default(world: World) -> None:
    world.put("a.csv", "7\n")
    world.create_table([("a", "int")])
    entry = world.table("made")
    wanted = {"Name": f"t{world.name}", "StorageDescriptor": entry["StorageDescriptor"]}
    world.glue.create_table(DatabaseName="default", TableInput=wanted)

    execution = run(world, f"SELECT a FROM t{world.name}", QueryExecutionContext={})  # noqa: S608 # a fixed name

    assert rows(world, execution["QueryExecutionId"]) == [["a"], ["7"]]


def test_another_catalog_is_not_taken_for_glue_s(world: World) -> None:
    context = {"Catalog": "elsewhere", "Database": world.database}

    status = world.ended(world.start_query("SELECT 1", QueryExecutionContext=context))["Status"]

    assert status["StateChangeReason"].startswith("CATALOG_NOT_FOUND")
    run(world, "SELECT 1", QueryExecutionContext={"Catalog": "awsDATAcatalog", "Database": world.database})


# --- reuse


REUSE = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}


def reused(world: World, text: str, **request: Any) -> bool:
    execution = run(world, text, ResultReuseConfiguration=REUSE, **request)
    assert execution["ResultReuseConfiguration"] == REUSE
    return bool(execution["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"])


def test_an_equal_query_gets_the_earlier_result(world: World) -> None:
    world.put("a.csv", "1\n")
    world.create_table([("a", "int")])
    text = "SELECT a FROM made"
    first = run(world, text)
    world.put("b.csv", "2\n")

    second = run(world, text, ResultReuseConfiguration=REUSE)

    assert second["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": True}
    assert second["Statistics"]["DataScannedInBytes"] == 0
    assert second["ResultConfiguration"]["OutputLocation"] == first["ResultConfiguration"]["OutputLocation"]
    assert rows(world, second["QueryExecutionId"]) == [["a"], ["1"]]
    assert len(rows(world, run(world, text)["QueryExecutionId"])) == 3


def test_what_is_not_equal_or_changes_by_itself_is_run(world: World) -> None:
    name = group(world, EnforceWorkGroupConfiguration=False)
    assert not reused(world, "SELECT 1 AS a")
    assert reused(world, "SELECT 1 AS a")
    assert not reused(world, "SELECT  1 AS a")
    assert not reused(world, "SELECT 1 AS a", WorkGroup=name)
    assert not reused(world, "SELECT 1 AS a", QueryExecutionContext={"Database": "default"})
    assert not reused(world, "SELECT ? AS a", ExecutionParameters=["1"])
    assert not reused(world, "SELECT ? AS a", ExecutionParameters=["2"])
    assert reused(world, "SELECT ? AS a", ExecutionParameters=["2"])
    for text in ("SELECT now() AS a", "SELECT random() AS a", "SHOW TABLES"):
        assert not reused(world, text)
        assert not reused(world, text)
    assert world.athena.get_work_group(WorkGroup=name)["WorkGroup"]["Name"] == name


def test_a_failed_or_old_result_is_not_reused(world: World) -> None:
    world.failure("SELECT nope")
    run(world, "SELECT 3 AS a")

    zero = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 0}}
    execution = run(world, "SELECT 3 AS a", ResultReuseConfiguration=zero)

    assert execution["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": False}
    status = world.ended(world.start_query("SELECT nope", ResultReuseConfiguration=REUSE))["Status"]
    assert status["State"] == "FAILED"


# --- workgroups


def test_managed_results_need_no_place_and_take_none(world: World) -> None:
    name = f"managed-{world.name}"
    world.athena.create_work_group(Name=name, Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}})

    execution = run(world, "SELECT 5 AS a", WorkGroup=name, ResultConfiguration={})

    assert rows(world, execution["QueryExecutionId"]) == [["a"], ["5"]]
    assert execution["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert "OutputLocation" not in execution.get("ResultConfiguration", {})
    assert refused(world.start_query, text="SELECT 5", WorkGroup=name) == INVALID
    reason = world.ended(world.start_query("CREATE TABLE m AS SELECT 1 AS a", WorkGroup=name, ResultConfiguration={}))
    assert "external_location" in reason["Status"]["StateChangeReason"]
    both = {"ResultConfigurationUpdates": {"OutputLocation": f"s3://{world.bucket}/x/"}}
    assert refused(world.athena.update_work_group, WorkGroup=name, ConfigurationUpdates=both) == INVALID


def test_a_workgroup_is_changed_listed_and_deleted(world: World) -> None:
    name = group(world)
    athena = world.athena
    assert refused(athena.create_work_group, Name=name) == INVALID
    updates = {
        "EnforceWorkGroupConfiguration": False,
        "BytesScannedCutoffPerQuery": 10_000_000,
        "ResultConfigurationUpdates": {
            "RemoveOutputLocation": True,
            "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        },
    }

    athena.update_work_group(WorkGroup=name, Description="d", ConfigurationUpdates=updates)
    found = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    athena.update_work_group(WorkGroup=name, ConfigurationUpdates={"RemoveBytesScannedCutoffPerQuery": True})

    configuration = found["Configuration"]
    assert (found["Description"], configuration["BytesScannedCutoffPerQuery"]) == ("d", 10_000_000)
    assert configuration["ResultConfiguration"] == {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}
    changed = athena.get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"]
    assert "BytesScannedCutoffPerQuery" not in changed
    first = athena.list_work_groups(MaxResults=1)
    rest = athena.list_work_groups(NextToken=first["NextToken"])
    assert {"primary", name} <= {entry["Name"] for entry in first["WorkGroups"] + rest["WorkGroups"]}
    run(world, "SELECT 1", WorkGroup=name)
    assert refused(athena.delete_work_group, WorkGroup=name) == INVALID
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)
    assert refused(athena.get_work_group, WorkGroup=name) == INVALID
    assert refused(athena.delete_work_group, WorkGroup="primary") == INVALID


def test_a_workgroup_s_encryption_is_shown_with_the_query(world: World) -> None:
    encrypted = {
        "OutputLocation": f"s3://{world.bucket}/enforced/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "k"},
    }
    name = group(world, ResultConfiguration=encrypted)

    shown = run(world, "SELECT 1", WorkGroup=name)["ResultConfiguration"]

    assert shown["EncryptionConfiguration"] == encrypted["EncryptionConfiguration"]


# --- metadata


def test_a_table_s_metadata_says_where_and_how_it_is_kept(world: World) -> None:
    world.create_table([("a", "int")], classification="csv")

    found = world.athena.get_table_metadata(CatalogName=CATALOG, DatabaseName=world.database, TableName="MADE")

    table = found["TableMetadata"]
    assert [(column["Name"], column["Type"]) for column in table["Columns"]] == [("a", "int")]
    assert table["Parameters"] == {
        "classification": "csv",
        "location": f"s3://{world.bucket}/data/person/",
        "serde.param.field.delim": ",",
        "serde.serialization.lib": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    }


def test_tables_are_listed_by_a_regular_expression_in_pages(world: World) -> None:
    for name in ("orders", "orders_old", "people"):
        run(world, f"CREATE VIEW {name} AS SELECT 1 AS a")
    request = {"CatalogName": "awsdatacatalog", "DatabaseName": world.database}

    pages = world.athena.get_paginator("list_table_metadata").paginate(
        **request, Expression="ord.*", PaginationConfig={"PageSize": 1}
    )

    found = [(t["Name"], t["TableType"]) for page in pages for t in page["TableMetadataList"]]
    assert found == [("orders", "VIRTUAL_VIEW"), ("orders_old", "VIRTUAL_VIEW")]
    assert refused(world.athena.list_table_metadata, **request, Expression="(") == INVALID
    assert refused(world.athena.list_table_metadata, **request, MaxResults=51) == INVALID


def test_what_the_catalog_has_not_is_a_metadata_exception(world: World) -> None:
    athena, names = world.athena, {"CatalogName": CATALOG, "DatabaseName": world.database}

    assert refused(athena.get_table_metadata, **names, TableName="nope") == "MetadataException"
    assert refused(athena.list_table_metadata, **{**names, "DatabaseName": "nope"}) == "MetadataException"
    assert refused(athena.get_database, **{**names, "DatabaseName": "nope"}) == "MetadataException"
    assert refused(athena.list_databases, CatalogName="elsewhere") == "MetadataException"
    assert refused(athena.get_data_catalog, Name="elsewhere") == INVALID


def test_catalogs_and_databases_are_found_in_any_case(world: World) -> None:
    athena = world.athena

    assert athena.get_data_catalog(Name="AWSDATACATALOG")["DataCatalog"]["Name"] == CATALOG
    assert {"CatalogName": CATALOG, "Type": "GLUE"} in athena.list_data_catalogs()["DataCatalogsSummary"]
    pages = athena.get_paginator("list_databases").paginate(
        CatalogName="awsdatacatalog", PaginationConfig={"PageSize": 2}
    )
    names = [entry["Name"] for page in pages for entry in page["DatabaseList"]]
    assert {world.database, "default"} <= set(names)
    assert len(set(names)) == len(names)
    found = athena.get_database(CatalogName=CATALOG, DatabaseName=world.database.upper())["Database"]
    assert found["Name"] == world.database


# --- saved queries


def test_a_prepared_statement_is_changed_listed_and_deleted(world: World) -> None:
    name, athena = group(world), world.athena
    key = {"StatementName": "p", "WorkGroup": name}
    athena.create_prepared_statement(**key, QueryStatement="SELECT 1 AS a")
    assert refused(athena.create_prepared_statement, **key, QueryStatement="SELECT 1") == INVALID

    athena.update_prepared_statement(**key, QueryStatement="SELECT ? AS b", Description="d")

    found = athena.get_prepared_statement(**key)["PreparedStatement"]
    assert (found["QueryStatement"], found["Description"]) == ("SELECT ? AS b", "d")
    execution = run(world, "EXECUTE p USING 2", WorkGroup=name)
    assert rows(world, execution["QueryExecutionId"]) == [["b"], ["2"]]
    batch = athena.batch_get_prepared_statement(PreparedStatementNames=["p", "q"], WorkGroup=name)
    assert [entry["StatementName"] for entry in batch["PreparedStatements"]] == ["p"]
    assert [entry["StatementName"] for entry in batch["UnprocessedPreparedStatementNames"]] == ["q"]
    listed = athena.list_prepared_statements(WorkGroup=name)["PreparedStatements"]
    assert [entry["StatementName"] for entry in listed] == ["p"]
    athena.delete_prepared_statement(**key)
    for call in (athena.get_prepared_statement, athena.delete_prepared_statement):
        assert refused(call, **key) == "ResourceNotFoundException"
    assert refused(athena.update_prepared_statement, **key, QueryStatement="x") == "ResourceNotFoundException"
    assert refused(athena.list_prepared_statements, WorkGroup="nobody") == INVALID


def test_a_named_query_belongs_to_a_workgroup_that_exists(world: World) -> None:
    name, athena = group(world), world.athena
    query = {"Name": "n", "Database": world.database, "QueryString": "SELECT 1"}

    made = athena.create_named_query(**query, WorkGroup=name)["NamedQueryId"]
    athena.update_named_query(NamedQueryId=made, Name="m", QueryString="SELECT 2")

    assert athena.list_named_queries(WorkGroup=name)["NamedQueryIds"] == [made]
    assert made not in athena.list_named_queries()["NamedQueryIds"]
    found = athena.get_named_query(NamedQueryId=made)["NamedQuery"]
    assert (found["Name"], found["QueryString"], found["WorkGroup"]) == ("m", "SELECT 2", name)
    batch = athena.batch_get_named_query(NamedQueryIds=[made, str(uuid.uuid4())])
    assert (len(batch["NamedQueries"]), len(batch["UnprocessedNamedQueryIds"])) == (1, 1)
    assert refused(athena.create_named_query, **query, WorkGroup="nobody") == INVALID
    athena.delete_named_query(NamedQueryId=made)
    assert refused(athena.get_named_query, NamedQueryId=made) == INVALID


def test_a_token_saves_one_named_query(world: World) -> None:
    query = {
        "Name": "n",
        "Database": world.database,
        "QueryString": "SELECT 1",
        "ClientRequestToken": str(uuid.uuid4()),
    }

    first = world.athena.create_named_query(**query)["NamedQueryId"]

    assert world.athena.create_named_query(**query)["NamedQueryId"] == first


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Washington", "Washington"), ("'Washington'", "Washington"), ("New York", "New York"), ("O'Hara", "O'Hara"),
        ("1", "1"), ("-2.5", "-2.5E0"), ("DECIMAL '-2.5'", "-2.5"),
        ("DATE '2020-01-01'", "2020-01-01"), ("null", None), ("true", "true"),
        ("upper('a')", "A"),
    ],
)  # fmt: skip
def test_parameters_are_constants_or_texts(world: World, value: str, shown: str | None) -> None:
    execution = run(world, "SELECT CAST(? AS varchar) AS a", ExecutionParameters=[value])

    assert rows(world, execution["QueryExecutionId"])[1] == [shown]


def test_what_athena_has_and_the_engine_has_not_is_refused_in_its_words(world: World) -> None:
    with pytest.raises(ClientError, match="NOT_SUPPORTED: the local engine does not know athena's operation") as caught:
        world.athena.start_session(WorkGroup="primary", EngineConfiguration={"MaxConcurrentDpus": 2})
    assert caught.value.response["Error"]["Code"] == INVALID
    assert world.athena.list_capacity_reservations()["CapacityReservations"] == []
    assert refused(world.athena.get_capacity_reservation, Name="x") == INVALID
    versions = world.athena.list_engine_versions()["EngineVersions"]
    assert {entry["EffectiveEngineVersion"] for entry in versions} == {"Athena engine version 3"}


def test_a_query_that_is_stopped_while_its_rows_come_is_cancelled(world: World) -> None:
    numbers = "UNNEST(sequence(1, 9000))"
    query_id = world.start_query(f"SELECT a * rand(), b * rand() FROM {numbers} AS t(a) CROSS JOIN {numbers} AS u(b)")  # noqa: S608 # a fixed text

    until(lambda: state(world, query_id) == "RUNNING")
    world.athena.stop_query_execution(QueryExecutionId=query_id)

    assert world.ended(query_id)["Status"]["State"] == "CANCELLED"


def state(world: World, query_id: str) -> str:
    return str(world.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"])
