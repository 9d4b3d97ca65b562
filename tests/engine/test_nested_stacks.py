"""What of a nested stack outlives a deploy that failed, and a delete: as CloudFormation's DeletionPolicy says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.helpers import until
from tests.engine.world import World

POLICIES = ("Delete", "Retain", "RetainExceptOnCreate")


def database(name: str, policy: str, **more: Any) -> dict[str, Any]:
    properties = {"CatalogId": "000000000000", "DatabaseInput": {"Name": name}}
    return {"Type": "AWS::Glue::Database", "DeletionPolicy": policy, "Properties": properties, **more}


class Nest:
    """A stack with a nested one, whose databases have every policy."""

    def __init__(self, world: World) -> None:
        self.world, self.client = world, world.engine.client("cloudformation")
        self.name = f"nest-{world.name}"

    def inner(self, **more: Any) -> None:
        resources = {policy: database(f"{self.name}-{policy.lower()}", policy) for policy in POLICIES}
        body = json.dumps({"Resources": resources | more})
        self.world.s3.put_object(Bucket=self.world.bucket, Key="inner.json", Body=body.encode())

    def create(self, **more: Any) -> str:
        url = f"{self.world.engine.url}/{self.world.bucket}/inner.json"
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        self.client.create_stack(
            StackName=self.name, TemplateBody=json.dumps({"Resources": {"Inner": nested} | more}), OnFailure="ROLLBACK"
        )
        return self.ended()

    def ended(self) -> str:
        def status() -> str:
            found = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return "" if found.endswith("_PROGRESS") else str(found)

        return until(status)

    def left(self) -> set[str]:
        """The policies of the databases that are there."""
        pages = self.world.glue.get_paginator("get_databases").paginate()
        names = {found["Name"] for page in pages for found in page["DatabaseList"]}
        return {policy for policy in POLICIES if f"{self.name}-{policy.lower()}" in names}


@pytest.fixture
def nest(world: World) -> Nest:
    return Nest(world)


def test_a_nested_stack_that_fails_takes_back_what_it_made(nest: Nest) -> None:
    nest.inner(Taken=database(nest.world.database, "Delete", DependsOn=list(POLICIES)))

    assert nest.create() == "ROLLBACK_COMPLETE"
    assert nest.left() == {"Retain"}


def test_a_nested_stack_goes_when_its_parent_fails_after_it(nest: Nest) -> None:
    nest.inner()

    assert nest.create(Taken=database(nest.world.database, "Delete", DependsOn="Inner")) == "ROLLBACK_COMPLETE"
    assert nest.left() == {"Retain"}


def test_a_delete_leaves_what_is_to_be_kept(nest: Nest) -> None:
    nest.inner()
    assert nest.create() == "CREATE_COMPLETE"
    assert nest.left() == set(POLICIES)

    nest.client.delete_stack(StackName=nest.name)

    assert until(lambda: nest.left() == {"Retain", "RetainExceptOnCreate"})


def test_a_deploy_that_failed_can_be_repeated(nest: Nest) -> None:
    taken = database(nest.world.database, "Delete", DependsOn=list(POLICIES))
    nest.inner(Taken=taken)
    nest.create()
    nest.world.glue.delete_database(Name=f"{nest.name}-retain")  # what plain Retain left in the way
    nest.client.delete_stack(StackName=nest.name)
    until(lambda: nest.name not in {found["StackName"] for found in nest.client.describe_stacks()["Stacks"]})
    nest.inner()

    assert nest.create() == "CREATE_COMPLETE"
