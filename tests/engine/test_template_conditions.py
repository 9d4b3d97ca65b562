"""Conditions of templates, where the emulator's own would be wrong."""

from __future__ import annotations

import json

import pytest

from tests.engine.helpers import Engine, until


@pytest.mark.parametrize(
    ("keys", "made"), [("", False), ("a", True), ("a,b", True)], ids=["no key", "one key", "two keys"]
)
def test_a_joined_list_in_a_condition_is_its_text(engine: Engine, keys: str, made: bool) -> None:
    stacks, name = engine.client("cloudformation"), f"joined-{len(keys)}"
    template = {
        "Parameters": {"Keys": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"HasKeys": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Keys"}]}, ""]}]}},
        "Resources": {
            "Always": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
            "Sometimes": {"Type": "AWS::SQS::Queue", "Condition": "HasKeys", "Properties": {"QueueName": f"{name}-s"}},
        },
    }

    stacks.create_stack(
        StackName=name, TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Keys", "ParameterValue": keys}],
    )  # fmt: skip
    until(lambda: stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")

    found = [item["LogicalResourceId"] for item in stacks.describe_stack_resources(StackName=name)["StackResources"]]
    assert ("Sometimes" in found) is made
