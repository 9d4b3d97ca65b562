"""boto3 clients of the local engine, and the deployed stack's outputs."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.stack.deploy import STACK
from local.stack.stack import REGION, Stack

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient


class Clients:
    """One client per service, made on first use."""

    def __init__(self, place: Stack) -> None:
        self._session = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION  # noqa: S106  # any will do
        )  # fmt: skip
        self._endpoint = place.endpoint
        self._config = Config(s3={"addressing_style": "path"}, max_pool_connections=32)

    @cached_property
    def s3(self) -> "S3Client":
        """Buckets."""
        return self._session.client("s3", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def glue(self) -> "GlueClient":
        """Catalog and crawlers."""
        return self._session.client("glue", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def athena(self) -> "AthenaClient":
        """Queries."""
        return self._session.client("athena", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The state table."""
        return self._session.client("dynamodb", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Buses and rules."""
        return self._session.client("events", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def iam(self) -> "IAMClient":
        """Roles."""
        return self._session.client("iam", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def sqs(self) -> "SQSClient":
        """Queues."""
        return self._session.client("sqs", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Pipeline definitions."""
        return self._session.client("ssm", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def functions(self) -> "LambdaClient":
        """Functions."""
        return self._session.client("lambda", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def kinesis(self) -> Any:
        """Data streams."""
        return self._session.client("kinesis", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def sns(self) -> "SNSClient":
        """Topics."""
        return self._session.client("sns", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets."""
        return self._session.client("secretsmanager", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """Log groups."""
        return self._session.client("logs", endpoint_url=self._endpoint, config=self._config)

    def physical_id(self, logical_id: str) -> str:
        """What CloudFormation named a resource of the deployed stack."""
        found = self._cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=logical_id)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def deployed_functions(self) -> dict[str, str]:
        """The stack's functions: their physical names by their logical ids."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources
            if resource["ResourceType"] == "AWS::Lambda::Function"
        }

    @cached_property
    def _cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self._endpoint, config=self._config)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the deployed stack, such as LakeBucketName."""
        stack = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
