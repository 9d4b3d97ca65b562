"""AWS clients: one configuration, each created on first use.

They come from botocore, on which boto3 is built: loading boto3's resources, which Landfall does not use, would take a
tenth of a cold start.
"""

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session

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
    """The clients of one function, each created on first use. A call takes seconds at most, never the whole lease."""

    _config = Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        connect_timeout=3,
        read_timeout=10,
        max_pool_connections=4,
    )

    def __init__(self) -> None:
        self._session = Session()
        self._by_role: dict[tuple[str, str], tuple[Any, float]] = {}

    def _create(self, service: str, config: Config = _config, **credentials: Any) -> Any:
        return self._session.create_client(service, config=config, **credentials)

    @cached_property
    def glue(self) -> "GlueClient":
        """Crawlers and job runs."""
        return self._create("glue")

    @cached_property
    def glue_once(self) -> "GlueClient":
        """Glue without the SDK's retries, for StartCrawler and StartJobRun: they have no client token."""
        once = self._config.merge(Config(retries={"total_max_attempts": 1}))
        return self._create("glue", once)

    @cached_property
    def athena(self) -> "AthenaClient":
        """Athena with the function's own rights: for the status of queries, never for data."""
        return self._create("athena")

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The state table."""
        return self._create("dynamodb")

    @cached_property
    def events(self) -> "EventBridgeClient":
        """Landfall's own bus."""
        return self._create("events")

    @cached_property
    def sqs(self) -> "SQSClient":
        """The queue of rechecks."""
        return self._create("sqs")

    @cached_property
    def ssm(self) -> "SSMClient":
        """Pipeline definitions."""
        return self._create("ssm")

    @cached_property
    def sts(self) -> "STSClient":
        """Query roles."""
        return self._create("sts")

    @cached_property
    def sns(self) -> "SNSClient":
        """The on-call topic."""
        return self._create("sns")

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        """PagerDuty's routing key."""
        return self._create("secretsmanager")

    def athena_as(self, role: str) -> "AthenaClient":
        """Athena with the rights of a pipeline's query role."""
        client: AthenaClient = self._client_as("athena", role)
        return client

    def glue_as(self, role: str) -> "GlueClient":
        """The catalog with the rights of a pipeline's query role."""
        client: GlueClient = self._client_as("glue", role)
        return client

    def _client_as(self, service: str, role: str) -> Any:
        """A client with the rights of a role, which is assumed again five minutes before its credentials expire."""
        client, renew_at = self._by_role.get((service, role), (None, 0.0))
        if client is None or time.time() > renew_at:
            keys = self.sts.assume_role(RoleArn=role, RoleSessionName="landfall")["Credentials"]
            client = self._create(
                service,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
            )
            self._by_role[service, role] = client, keys["Expiration"].timestamp() - 300
        return client
