"""Databases, tables and their versions, search, and what else clients ask of Glue."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.helpers import refused
from tests.engine.world import World

FIELDS = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
MISSING, REFUSED = "EntityNotFoundException", "OperationNotSupportedException"


def create(world: World, name: str, **more: Any) -> None:
    world.glue.create_table(DatabaseName=world.database, TableInput={"Name": name, **more})


def table(world: World, name: str) -> dict[str, Any]:
    return dict(world.glue.get_table(DatabaseName=world.database, Name=name)["Table"])


def test_there_is_a_default_database_until_it_is_deleted(world: World) -> None:
    assert world.glue.get_database(Name="default")["Database"]["Description"] == "Default Hive database"
    pages = world.glue.get_paginator("get_databases").paginate()
    assert "default" in [entry["Name"] for page in pages for entry in page["DatabaseList"]]

    world.glue.delete_database(Name="default")
    try:
        assert refused(world.glue.get_database, Name="default") == MISSING
    finally:
        world.glue.create_database(DatabaseInput={"Name": "default", "Description": "Default Hive database"})


def test_names_are_folded_to_lower_case(world: World) -> None:
    world.glue.create_database(DatabaseInput={"Name": f"Big-{world.name}"})
    world.glue.create_table(DatabaseName=f"BIG-{world.name}", TableInput={"Name": "Orders"})

    found = world.glue.get_table(DatabaseName=f"big-{world.name}", Name="ORDERS")["Table"]

    assert (found["DatabaseName"], found["Name"]) == (f"big-{world.name}", "orders")
    again = {"DatabaseInput": {"Name": f"big-{world.name}"}}
    assert refused(world.glue.create_database, **again) == "AlreadyExistsException"


def test_an_update_of_a_database_replaces_it(world: World) -> None:
    name = f"updated-{world.name}"
    world.glue.create_database(DatabaseInput={"Name": name, "Description": "a", "Parameters": {"k": "v"}})

    world.glue.update_database(Name=name, DatabaseInput={"Name": name, "LocationUri": "s3://x/y"})

    found = world.glue.get_database(Name=name)["Database"]
    assert (found.get("Description"), found["LocationUri"], found.get("Parameters", {})) == (None, "s3://x/y", {})
    renamed = {"Name": name, "DatabaseInput": {"Name": "other"}}
    assert refused(world.glue.update_database, **renamed) == "InvalidInputException"


def test_what_was_not_given_is_not_shown(world: World) -> None:
    create(world, "plain")

    found = table(world, "plain")

    assert {"Owner", "Description", "ViewOriginalText", "TableType"}.isdisjoint(found)
    assert (found["VersionId"], found["Retention"], found["PartitionKeys"]) == ("0", 0, [])


def test_what_get_table_gives_can_be_handed_back(world: World) -> None:
    create(world, "plain", Description="d", Owner="o", Parameters={"a": "b"})
    before = table(world, "plain")

    world.glue.update_table(
        DatabaseName=world.database, TableInput={name: value for name, value in before.items() if name in FIELDS}
    )

    after = table(world, "plain")
    assert {name: after.get(name) for name in FIELDS} == {name: before.get(name) for name in FIELDS}
    assert after["CreateTime"] == before["CreateTime"]


def test_an_update_drops_what_it_leaves_out(world: World) -> None:
    create(world, "plain", Description="d", Parameters={"a": "b"})

    world.glue.update_table(DatabaseName=world.database, TableInput={"Name": "plain"})

    found = table(world, "plain")
    assert (found.get("Description"), found["Parameters"]) == (None, {})


def update(world: World, step: int, **more: Any) -> None:
    wanted = {"Name": "plain", "Parameters": {"step": str(step)}}
    world.glue.update_table(DatabaseName=world.database, TableInput=wanted, **more)


def versions(world: World) -> list[tuple[str, str]]:
    pages = world.glue.get_paginator("get_table_versions").paginate(
        DatabaseName=world.database, TableName="plain", PaginationConfig={"PageSize": 2}
    )
    return [
        (v["VersionId"], v["Table"]["Parameters"].get("step", "-")) for page in pages for v in page["TableVersions"]
    ]


def test_each_update_keeps_the_version_before(world: World) -> None:
    create(world, "plain")
    names = {"DatabaseName": world.database, "TableName": "plain"}
    for step in range(1, 5):
        update(world, step, SkipArchive=step == 3)

    assert versions(world) == [("4", "4"), ("3", "3"), ("1", "1"), ("0", "-")]
    assert world.glue.get_table_version(**names)["TableVersion"]["VersionId"] == "4"
    one = world.glue.get_table_version(**names, VersionId="1")["TableVersion"]
    assert (one["Table"]["VersionId"], one["Table"]["Parameters"]) == ("1", {"step": "1"})
    assert refused(world.glue.get_table_version, **names, VersionId="2") == MISSING


def test_versions_are_deleted_but_the_current_one_is_not(world: World) -> None:
    create(world, "plain")
    names = {"DatabaseName": world.database, "TableName": "plain"}
    for step in range(1, 5):
        update(world, step)

    errors = world.glue.batch_delete_table_version(**names, VersionIds=["0", "7", "4"])["Errors"]
    world.glue.delete_table_version(**names, VersionId="2")

    assert [(e["VersionId"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        ("7", MISSING), ("4", "InvalidInputException"),
    ]  # fmt: skip
    assert versions(world) == [("4", "4"), ("3", "3"), ("1", "1")]
    assert refused(world.glue.delete_table_version, **names, VersionId="2") == MISSING
    assert refused(world.glue.get_table_versions, DatabaseName=world.database, TableName="nope") == MISSING


def test_a_table_that_is_made_again_begins_anew(world: World) -> None:
    create(world, "plain")
    update(world, 1)
    world.glue.delete_table(DatabaseName=world.database, Name="plain")
    create(world, "plain")

    assert versions(world) == [("0", "-")]


def test_a_stale_update_is_refused(world: World) -> None:
    create(world, "plain")
    update(world, 1, VersionId="0")

    with pytest.raises(ClientError, match="concurrent modifications") as caught:
        update(world, 2, VersionId="0")

    assert caught.value.response["Error"]["Code"] == "ConcurrentModificationException"


def test_tables_are_chosen_by_a_regular_expression_and_paged(world: World) -> None:
    for name in ("orders", "orders_old", "customers"):
        create(world, name)

    def names(**request: Any) -> list[str]:
        pages = world.glue.get_paginator("get_tables").paginate(DatabaseName=world.database, **request)
        return [entry["Name"] for page in pages for entry in page["TableList"]]

    assert names(Expression="orders.*", PaginationConfig={"PageSize": 1}) == ["orders", "orders_old"]
    assert names(Expression="order") == []
    assert names(Expression="(orders|customers)") == ["customers", "orders"]
    assert names(Expression="*") == ["customers", "orders", "orders_old"]
    assert names(Expression="*der*") == ["orders", "orders_old"]
    assert names(Expression="ord*") == ["orders", "orders_old"]
    assert names(Expression="[a-z]*_old") == ["orders_old"]
    assert refused(world.glue.get_tables, DatabaseName=world.database, Expression="(") == "InvalidInputException"
    assert refused(world.glue.get_tables, DatabaseName="nope") == MISSING


def test_tables_are_searched_in_all_databases(world: World) -> None:
    mark = f"needle{world.name}"
    create(world, "customer-link", Description=f"who {mark} it is")
    column = {"StorageDescriptor": {"Columns": [{"Name": mark, "Type": "int"}]}}
    create(world, "xxlinkyy", **column, Parameters={"classification": "csv"})
    create(world, "other")

    def names(**request: Any) -> list[str]:
        found = world.glue.search_tables(**request)["TableList"]
        return sorted(entry["Name"] for entry in found if entry["DatabaseName"] == world.database)

    here = {"Key": "DatabaseName", "Value": world.database}
    assert names(SearchText=mark) == ["customer-link", "xxlinkyy"]
    assert names(SearchText=f'"{mark}"') == ["xxlinkyy"]
    assert names(SearchText="csv", Filters=[here]) == ["xxlinkyy"]
    assert names(SearchText=mark.upper(), Filters=[{"Key": "Name", "Value": "link"}]) == ["customer-link"]
    assert names(Filters=[here]) == ["customer-link", "other", "xxlinkyy"]
    assert names(Filters=[here, {"Key": "classification", "Value": "csv"}]) == ["xxlinkyy"]
    later = {"Key": "CreateTime", "Value": "2000-01-01T00:00:00+00:00", "Comparator": "GREATER_THAN"}
    assert len(names(Filters=[here, later])) == 3
    assert names(Filters=[here], ResourceShareType="FOREIGN") == []
    by_name = world.glue.search_tables(Filters=[here], SortCriteria=[{"FieldName": "Name", "Sort": "DESC"}])
    assert [entry["Name"] for entry in by_name["TableList"]] == ["xxlinkyy", "other", "customer-link"]


def test_partition_indexes_are_kept(world: World) -> None:
    create(world, "days", PartitionKeys=[{"Name": "day", "Type": "date"}, {"Name": "hour", "Type": "int"}])
    names, glue = {"DatabaseName": world.database, "TableName": "days"}, world.glue
    index = {"IndexName": "by_hour", "Keys": ["hour", "day"]}

    glue.create_partition_index(**names, PartitionIndex=index)

    [found] = glue.get_partition_indexes(**names)["PartitionIndexDescriptorList"]
    keys = [{"Name": "hour", "Type": "int"}, {"Name": "day", "Type": "date"}]
    assert (found["IndexName"], found["Keys"], found["IndexStatus"]) == ("by_hour", keys, "ACTIVE")
    assert refused(glue.create_partition_index, **names, PartitionIndex=index) == "AlreadyExistsException"
    other = {"IndexName": "x", "Keys": ["nope"]}
    assert refused(glue.create_partition_index, **names, PartitionIndex=other) == "InvalidInputException"
    glue.delete_partition_index(**names, IndexName="by_hour")
    assert refused(glue.delete_partition_index, **names, IndexName="by_hour") == MISSING
    assert refused(glue.get_partition_indexes, DatabaseName=world.database, TableName="nope") == MISSING


def test_batches_of_tables_name_what_is_not_there(world: World) -> None:
    create(world, "a")

    answer = world.glue.batch_delete_table(DatabaseName=world.database, TablesToDelete=["a", "b"])

    assert [(e["TableName"], e["ErrorDetail"]["ErrorCode"]) for e in answer["Errors"]] == [("b", MISSING)]
    assert refused(world.glue.get_table, DatabaseName=world.database, Name="a") == MISSING
    assert refused(world.glue.delete_table, DatabaseName=world.database, Name="a") == MISSING


def test_jobs_and_workflows_are_listed_by_name_and_tag(world: World) -> None:
    command = {"Name": "pythonshell", "ScriptLocation": "s3://x/y.py"}
    name = f"job-{world.name}"
    world.glue.create_job(Name=name, Role="crawler", Command=command, Tags={"team": world.name})
    world.glue.create_workflow(Name=f"flow-{world.name}")

    assert name in world.glue.list_jobs()["JobNames"]
    assert world.glue.list_jobs(Tags={"team": world.name})["JobNames"] == [name]
    batch = world.glue.batch_get_jobs(JobNames=[name, "nope"])
    assert ([job["Name"] for job in batch["Jobs"]], batch["JobsNotFound"]) == ([name], ["nope"])
    assert f"flow-{world.name}" in world.glue.list_workflows()["Workflows"]
    flows = world.glue.batch_get_workflows(Names=[f"flow-{world.name}", "nope"])
    assert flows["MissingWorkflows"] == ["nope"]


def test_a_plan_is_a_script_that_maps_the_columns(world: World) -> None:
    create(world, "raw")
    source = {"DatabaseName": world.database, "TableName": "raw"}
    mapping = [{"SourcePath": "a", "SourceType": "int", "TargetPath": "b", "TargetType": "bigint"}]

    script = world.glue.get_plan(Mapping=mapping, Source=source, Sinks=[source])["PythonScript"]

    ast.parse(script)
    assert "('a', 'int', 'b', 'bigint')" in script
    assert refused(world.glue.get_plan, Mapping=mapping, Source=source, Language="SCALA") == REFUSED
    nowhere = {**source, "TableName": "nope"}
    assert refused(world.glue.get_plan, Mapping=mapping, Source=nowhere) == MISSING


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("list_dev_endpoints", "DevEndpointNames"),
        ("list_registries", "Registries"),
        ("list_blueprints", "Blueprints"),
        ("get_ml_transforms", "Transforms"),
        ("list_data_quality_rulesets", "Rulesets"),
        ("get_resource_policies", "GetResourcePoliciesResponseList"),
    ],
)
def test_what_cannot_be_made_here_is_an_empty_list(world: World, operation: str, member: str) -> None:
    assert getattr(world.glue, operation)()[member] == []


def test_settings_of_the_account_and_functions(world: World) -> None:
    glue = world.glue
    names = {"DatabaseName": world.database}
    glue.create_user_defined_function(
        **names, FunctionInput={"FunctionName": "trino__add_1", "ClassName": "C", "OwnerName": "o"}
    )

    def functions(pattern: str) -> list[str]:
        found = glue.get_user_defined_functions(**names, Pattern=pattern)["UserDefinedFunctions"]
        return [entry["FunctionName"] for entry in found]

    assert functions("*") == functions(r"trino__\Qadd_1\E") == functions("add.*") == ["trino__add_1"]
    assert functions("sub.*") == []
    assert glue.get_catalog_import_status()["ImportStatus"]["ImportCompleted"] is True
    assert refused(glue.get_resource_policy) == MISSING
    settings = glue.get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    assert settings["EncryptionAtRest"]["CatalogEncryptionMode"] == "DISABLED"


def test_operations_that_are_not_here_say_so_in_the_service_s_words(world: World) -> None:
    glue = world.glue

    assert refused(glue.get_registry, RegistryId={"RegistryName": "x"}) == MISSING
    assert refused(glue.get_dev_endpoint, EndpointName="x") == MISSING
    assert refused(glue.get_job_bookmark, JobName="x") == MISSING
    assert refused(glue.create_dev_endpoint, EndpointName="x", RoleArn="arn:aws:iam::000000000000:role/x") == REFUSED
    with pytest.raises(ClientError, match="NOT_SUPPORTED: the local engine does not know glue's operation GetMapping"):
        glue.get_mapping(Source={"DatabaseName": "x", "TableName": "y"})
