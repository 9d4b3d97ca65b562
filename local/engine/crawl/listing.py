"""Which objects of a target a crawl reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine import ministack_adapter
from local.engine.crawl import globs
from local.engine.errors import CrawlError

_LARGEST_SAMPLE = 249


@dataclass(frozen=True)
class Target:
    """An S3 target: a folder, or one object."""

    bucket: str
    path: str
    exclusions: tuple[str, ...] = ()
    sample_size: int | None = None
    """How many files of each leaf folder are read; all are listed and counted."""

    @property
    def location(self) -> str:
        """The target as a location of the catalog."""
        return f"s3://{self.bucket}/{self.path}"


def parse_target(target: Mapping[str, Any]) -> Target:
    """The target of a crawler's S3Target; a folder ends in a slash, an object does not."""
    bucket, _, key = str(target["Path"]).removeprefix("s3://").partition("/")
    if not ministack_adapter.bucket_exists(bucket):
        raise CrawlError(
            "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; "
            f"Bucket: {bucket})"
        )
    sample_size = target.get("SampleSize")
    if sample_size is not None and not 1 <= sample_size <= _LARGEST_SAMPLE:
        raise CrawlError(f"SampleSize must be a number from 1 to {_LARGEST_SAMPLE}, not {sample_size}")
    is_object = (
        key and not key.endswith("/") and any(item.key == key for item in ministack_adapter.list_objects(bucket, key))
    )
    return Target(
        bucket,
        key if is_object or not key else key.rstrip("/") + "/",
        tuple(target.get("Exclusions") or ()),
        sample_size,
    )


def data_files(target: Target) -> list[ministack_adapter.S3Object]:
    """The objects with data. Athena skips hidden names, so a table must not be made of them."""
    objects = ministack_adapter.list_objects(target.bucket, target.path)
    if not target.path.endswith("/") and target.path:
        return [item for item in objects if item.key == target.path and item.size]
    excluded, start = globs.matcher(list(target.exclusions)), len(target.path)
    return [
        item
        for item in objects
        if item.size and not is_hidden(item.key[start:]) and not (excluded and excluded.fullmatch(item.key, pos=start))
    ]


def sampled(files: Sequence[ministack_adapter.S3Object], sample_size: int | None) -> set[str]:
    """The keys to read. Of each folder the first ones by name (chosen: Glue does not say which it takes)."""
    if sample_size is None:
        return {item.key for item in files}
    taken: dict[str, int] = defaultdict(int)
    keys = set()
    for item in files:
        folder = folder_of(item.key)
        if taken[folder] < sample_size:
            taken[folder] += 1
            keys.add(item.key)
    return keys


def folder_of(key: str) -> str:
    """The folder of a key, with its slash; empty at the bucket's root."""
    return key[: key.rfind("/") + 1]


def is_hidden(relative_key: str) -> bool:
    """Whether a folder or the name begins with `_` or `.`, or the key is a folder marker."""
    return relative_key.endswith("/") or any(part.startswith(("_", ".")) for part in relative_key.split("/"))
