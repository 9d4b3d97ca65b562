"""Kinesis's side of the feeder: PutRecords until everything is stored."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  # botocore's own name

from local.source.batches import Waiting
from local.stack.stack import REGION

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
_HOPELESS = {"ResourceNotFoundException", "AccessDeniedException", "InvalidArgumentException", "ValidationException"}


class StreamError(Exception):
    """Kinesis will not take the records; the text is its reason."""


class Stream:
    """A data stream.

    `pause` waits some seconds and says whether to go on, `report` hears after each call how many records are stored.
    """

    def __init__(
        self, name: str, endpoint: str, pause: Callable[[float], bool], report: Callable[[int], None]
    ) -> None:  # fmt: skip
        self._name, self._pause, self._report = name, pause, report
        self._client: Any = boto3.client(
            "kinesis", endpoint_url=endpoint, region_name=REGION,
            aws_access_key_id="test", aws_secret_access_key="test",  # noqa: S106  # the emulator takes any
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20),
        )  # fmt: skip
        self.stored = 0

    def put(self, waiting: Waiting, until: int = 0) -> bool:
        """Store records until no more than `until` wait; False if the feeder has to end before. Raises StreamError."""
        pause = _FIRST_PAUSE
        while len(waiting) > until:
            call = waiting.call()
            stored = self._put(call)
            waiting.stored(stored)
            self.stored += len(stored)
            self._report(self.stored)
            if len(stored) == len(call):
                pause = _FIRST_PAUSE
            elif not self._pause(pause):
                return False
            else:
                pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    def _put(self, call: dict[int, Any]) -> list[int]:
        """The numbers of the records that Kinesis stored; none after an unclear failure, so some may come twice."""
        records = [{"PartitionKey": record.partition_key, "Data": record.data} for record in call.values()]
        try:
            answer = self._client.put_records(StreamName=self._name, Records=records)
        except (ConnectionError, HTTPClientError):
            return []
        except ClientError as error:
            if error.response["Error"]["Code"] in _HOPELESS:
                raise StreamError(f"Kinesis refuses records for {self._name}: {error}") from error
            return []
        results = zip(call, answer["Records"], strict=True)
        return [number for number, result in results if "ErrorCode" not in result]
