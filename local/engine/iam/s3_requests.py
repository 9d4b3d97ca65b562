"""What a request to S3 asks of IAM, by its method, path and query.

After the service authorization reference, "Actions, resources, and condition keys for Amazon S3", whose API pages name
the action of each operation. What is not here is an UnknownOperationError; DeleteObjects is in s3_deletes.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from local.engine.iam.evaluator import Request
from local.engine.iam.requests import UnknownOperationError

Query = Mapping[str, str]

_OF_BUCKET = {
    ("GET", "location"): "GetBucketLocation",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versions"): "ListBucketVersions",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "acl"): "GetBucketAcl",
    ("GET", "encryption"): "GetEncryptionConfiguration",
    ("GET", "tagging"): "GetBucketTagging",
    ("GET", "notification"): "GetBucketNotification",
    ("GET", "lifecycle"): "GetLifecycleConfiguration",
}
_OF_OBJECT = {
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", "acl"): "GetObjectAcl",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("PUT", "tagging"): "PutObjectTagging",
    ("PUT", "acl"): "PutObjectAcl",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploads"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("DELETE", "versionId"): "DeleteObjectVersion",
}
_PLAIN = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
_NOT_ASKED = {
    "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "marker", "encoding-type",
    "fetch-owner", "partNumber", "x-id", "response-content-type", "response-content-disposition",
}  # fmt: skip
_SIGNATURE = ("x-amz-", "awsaccesskeyid", "signature", "expires")


def requests(method: str, path: str, query: Query, headers: Mapping[str, str]) -> Iterator[Request]:
    """What is asked; `path` is decoded, with the bucket in front."""
    bucket, _, key = path.lstrip("/").partition("/")
    asked = {name for name in query if name not in _NOT_ASKED and not name.lower().startswith(_SIGNATURE)}
    if not bucket:
        yield Request("s3:ListAllMyBuckets", "*")
    elif not key:
        yield from _of_bucket(method, bucket, query, asked)
    else:
        yield from _of_object(method, bucket, key, asked, headers)


def _of_bucket(method: str, bucket: str, query: Query, asked: set[str]) -> Iterator[Request]:
    arn = f"arn:aws:s3:::{bucket}"
    if method == "HEAD" and not asked:
        yield Request("s3:ListBucket", arn)
    elif method == "GET" and not asked:
        context = {"s3:prefix": query.get("prefix"), "s3:delimiter": query.get("delimiter")}
        yield Request("s3:ListBucket", arn, {name: value for name, value in context.items() if value is not None})
    else:
        action = next((_OF_BUCKET[method, name] for name in asked if (method, name) in _OF_BUCKET), None)
        if action is None:
            raise UnknownOperationError(f"s3: {method} of a bucket with {', '.join(sorted(asked)) or 'nothing'}")
        yield Request(f"s3:{action}", arn)


def _of_object(method: str, bucket: str, key: str, asked: set[str], headers: Mapping[str, str]) -> Iterator[Request]:
    arn = f"arn:aws:s3:::{bucket}/{key}"
    action = next((_OF_OBJECT[method, name] for name in sorted(asked) if (method, name) in _OF_OBJECT), None)
    if action is None and not asked:
        action = _PLAIN.get(method)
    if action is None:
        raise UnknownOperationError(f"s3: {method} of an object with {', '.join(sorted(asked)) or 'nothing'}")
    yield Request(f"s3:{action}", arn)
    source = headers.get("x-amz-copy-source")
    if source and method == "PUT":
        yield Request("s3:GetObject", f"arn:aws:s3:::{unquote(source.partition('?')[0]).lstrip('/')}")
