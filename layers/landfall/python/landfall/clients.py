"""boto3's clients: one configuration, each made on first use."""

import time
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


class Clients:
    """The clients of one function, each made on first use. A call may take some seconds, never the whole lease."""

    _config = Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=3,
        read_timeout=10,
        max_pool_connections=4,
    )

    def __init__(self) -> None:
        self._by_role: dict[str, tuple[AthenaClient, float]] = {}

    @cached_property
    def glue(self) -> "GlueClient":
        """Crawlers."""
        return boto3.client("glue", config=self._config)

    @cached_property
    def athena(self) -> "AthenaClient":
        """Athena with the function's own rights: to ask how a query goes, never to read data."""
        return boto3.client("athena", config=self._config)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The state table."""
        return boto3.client("dynamodb", config=self._config)

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Landfall's own bus."""
        return boto3.client("events", config=self._config)

    @cached_property
    def sqs(self) -> "SQSClient":
        """The queue that hints go back to."""
        return boto3.client("sqs", config=self._config)

    @cached_property
    def ssm(self) -> "SSMClient":
        """Pipeline definitions."""
        return boto3.client("ssm", config=self._config)

    @cached_property
    def sts(self) -> "STSClient":
        """Query roles."""
        return boto3.client("sts", config=self._config)

    @cached_property
    def sns(self) -> "SNSClient":
        """The on-call topic."""
        return boto3.client("sns", config=self._config)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """PagerDuty's routing key."""
        return boto3.client("secretsmanager", config=self._config)

    def athena_as(self, role: str) -> "AthenaClient":
        """Athena with the rights of a pipeline's query role, assumed anew five minutes before they end."""
        client, renew_at = self._by_role.get(role, (None, 0.0))
        if client is None or time.time() > renew_at:
            keys = self.sts.assume_role(RoleArn=role, RoleSessionName="landfall")["Credentials"]
            client = boto3.client(
                "athena",
                config=self._config,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
            self._by_role[role] = client, keys["Expiration"].timestamp() - 300
        return client
