"""The head of one file of a table, read with the pipeline's query role: decision 21."""

import zlib
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from landfall.adapters.clients import Clients

_HEAD = 64 * 1024  # bytes of a file, and of what a compressed one expands to
_LISTED = 100  # keys of one page, of which the newest file is taken
_GZIP = b"\x1f\x8b"


class DataFiles:
    """Files in S3, of which a failure to read costs nothing but the finding: `log` gets a line."""

    def __init__(self, clients: Clients, log: Any) -> None:
        self._clients, self._log = clients, log

    def read_head(self, role: str, location: str, keys: Iterable[str]) -> str | None:
        """The whole lines at the start of a file at `location` (s3://bucket/folder/), decompressed; None for none.

        The file is the last of `keys` that is at the location, else the newest of the location's first hundred. None,
        too, where AWS gives no answer, and where the file is not text, or packed with something else than gzip.
        """
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        try:
            client = self._clients.s3_as(role)
            own = [key for key in keys if key.startswith(prefix)]
            key = own[-1] if own else _find_newest(client, bucket, prefix)
            if not key:
                return None
            body = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD - 1}")["Body"].read()
        except (ClientError, BotoCoreError) as error:
            self._log.info("No file could be sampled", location=location, cause=str(error))
            return None
        return _to_lines(body)


def _find_newest(client: Any, bucket: str, prefix: str) -> str:
    """The key of the newest file that Athena reads: it skips names that begin with an underscore or a point."""
    listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=_LISTED).get("Contents", [])
    files = [item for item in listed if item["Size"] and item["Key"].rsplit("/", 1)[-1][:1] not in ("", "_", ".")]
    return max(files, key=lambda item: item["LastModified"])["Key"] if files else ""


def _to_lines(body: bytes) -> str | None:
    head = body
    if body.startswith(_GZIP):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _HEAD)
        except zlib.error:
            return None
    if b"\0" in head:  # not text, or not in an encoding that Athena reads
        return None
    is_whole = head is body and len(body) < _HEAD
    return (head if is_whole else head[: head.rfind(b"\n") + 1]).decode("utf-8", errors="replace")
