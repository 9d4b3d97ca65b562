"""S3's objects, as MiniStack keeps them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ministack.services import s3


@dataclass(frozen=True)
class S3Object:
    """One object of a bucket."""

    key: str
    size: int
    etag: str = field(default="", compare=False)


def bucket_exists(bucket: str) -> bool:
    """Whether the account has the bucket."""
    return bucket in s3._buckets


def list_objects(bucket: str, prefix: str) -> list[S3Object]:
    """Objects whose key begins with the prefix, in the order of their keys."""
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
    data: bytes | None = s3._get_object_data(bucket, key)
    return data


def put_object(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Write an object."""
    headers = {"content-type": content_type, "content-length": str(len(body))}
    status, _, answer = s3._put_object(bucket, key, body, headers)
    if status >= 300:
        raise RuntimeError(f"S3 refused s3://{bucket}/{key}: {answer!r}")
