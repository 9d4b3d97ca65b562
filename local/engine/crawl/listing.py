"""Which objects of a target a crawl reads."""

from __future__ import annotations

from dataclasses import dataclass

from local.engine import seams
from local.engine.errors import CrawlError


@dataclass(frozen=True)
class Target:
    """An S3 target: a folder, or one object."""

    bucket: str
    path: str

    @property
    def location(self) -> str:
        """The table's location."""
        return f"s3://{self.bucket}/{self.path}"


def parse_target(path: str) -> Target:
    """The target of a crawler's S3 path; a folder ends in a slash, an object does not."""
    bucket, _, key = path.removeprefix("s3://").partition("/")
    if not seams.bucket_exists(bucket):
        raise CrawlError(
            "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; "
            f"Bucket: {bucket})"
        )
    is_object = key and not key.endswith("/") and any(item.key == key for item in seams.list_objects(bucket, key))
    return Target(bucket, key if is_object or not key else key.rstrip("/") + "/")


def data_files(target: Target) -> list[seams.S3Object]:
    """The objects with data. Athena skips hidden names, so a table must not be made of them."""
    objects = seams.list_objects(target.bucket, target.path)
    if not target.path.endswith("/") and target.path:
        return [item for item in objects if item.key == target.path and item.size]
    return [item for item in objects if item.size and not is_hidden(item.key[len(target.path) :])]


def is_hidden(relative_key: str) -> bool:
    """Whether a folder or the name begins with `_` or `.`, or the key is a folder marker."""
    return relative_key.endswith("/") or any(part.startswith(("_", ".")) for part in relative_key.split("/"))
