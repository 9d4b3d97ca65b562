"""AWS clients of the command line: those of the functions, and the ones that only an operator needs."""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from landfall.adapters.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client


class OperatorClients(Clients):
    """Creates each client on first use, from the usual AWS settings: profile, region, AWS_ENDPOINT_URL."""

    def __init__(self, profile: str | None, region: str | None) -> None:
        """Both default to the environment. Raises botocore's ProfileNotFound."""
        super().__init__()
        # The SDK reads AWS_DEFAULT_REGION only; AWS's other tools read AWS_REGION first.
        region = region or os.environ.get("AWS_REGION")
        for name, value in (("profile", profile), ("region", region)):
            if value:
                self._session.set_config_variable(name, value)

    @property
    def region(self) -> str:
        """The region of all clients."""
        return self.cloudformation.meta.region_name

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """The stack: where its table, bus and queues are."""
        return self._create("cloudformation")

    @cached_property
    def s3(self) -> "S3Client":
        """Objects: whether they exist and since when, never their content."""
        return self._create("s3")
