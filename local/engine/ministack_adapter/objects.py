"""S3's objects, as MiniStack keeps them: in memory, or as files when it was told to (S3_PERSIST)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ministack.services import s3

from local.engine.ministack_adapter.access import require_s3


@dataclass(frozen=True)
class S3Object:
    """One object of a bucket."""

    key: str
    size: int
    etag: str = field(default="", compare=False)


def bucket_exists(bucket: str) -> bool:
    """Whether the account has the bucket."""
    require_s3("s3:GetBucketLocation", bucket)
    return bucket in s3._buckets


def list_objects(bucket: str, prefix: str) -> list[S3Object]:
    """Objects whose key begins with the prefix, in the order of their keys."""
    require_s3("s3:ListBucket", bucket, context={"s3:prefix": prefix})
    objects = s3._buckets[bucket]["objects"]
    # list(): uploads go on while we look
    found = [
        S3Object(key, int(entry["size"]), str(entry.get("etag", "")))
        for key, entry in list(objects.items())
        if key.startswith(prefix)
    ]
    return sorted(found, key=lambda item: item.key.encode())


def read_object(bucket: str, key: str) -> bytes | None:
    """An object's bytes; None if it is gone."""
    require_s3("s3:GetObject", bucket, key)
    data: bytes | None = s3._get_object_data(bucket, key)
    return data


def open_object(bucket: str, key: str) -> BinaryIO:
    """An object to read and seek in, with no copy of its bytes; empty if it is gone."""
    require_s3("s3:GetObject", bucket, key)
    entry = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    if entry is None:
        return io.BytesIO()
    if entry.get("body") is not None:
        return io.BytesIO(entry["body"])
    path = s3._object_disk_path(bucket, key) if s3.S3_PERSIST else None
    try:
        return Path(path).open("rb") if path else io.BytesIO()
    except OSError:
        return io.BytesIO()


def put_object(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Write an object."""
    require_s3("s3:PutObject", bucket, key)
    headers = {"content-type": content_type, "content-length": str(len(body))}
    status, _, answer = s3._put_object(bucket, key, body, headers)
    if status >= 300:
        raise RuntimeError(f"S3 refused s3://{bucket}/{key}: {answer!r}")
