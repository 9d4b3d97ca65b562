"""The names that a deployed stack gave its resources."""

from typing import TYPE_CHECKING

import boto3

from local.engine.iam.requests import Account
from local.stack.deploy import STACK
from local.stack.stack import REGION, Stack
from verification.template_rules.application import Application, Deployed, application

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_ACCOUNT = "000000000000"  # the local engine's


def deployed_application(stack: Stack) -> Application:
    """The application as it is deployed there: the templates with the stack's parameters and real names."""
    client = boto3.client(
        "cloudformation", endpoint_url=stack.endpoint, region_name=REGION,
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    return application(account=Account(_ACCOUNT, REGION), deployed=_stack(client, STACK))


def _stack(client: "CloudFormationClient", name: str) -> Deployed:
    found = client.describe_stacks(StackName=name)["Stacks"][0]
    parameters = {item["ParameterKey"]: item["ParameterValue"] for item in found.get("Parameters", [])}
    resources = client.describe_stack_resources(StackName=name)["StackResources"]
    ids = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources}
    nested = {
        item["LogicalResourceId"]: _stack(client, item["PhysicalResourceId"])
        for item in resources
        if item["ResourceType"] == "AWS::CloudFormation::Stack"
    }
    return Deployed(ids, nested, parameters)
