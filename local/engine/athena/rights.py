"""Athena works with its caller's rights: catalog, data and results; what lacks fails the query in Athena's words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from local.engine import ministack_adapter
from local.engine.athena.failures import QueryFailedError
from local.engine.errors import ApiError
from local.engine.iam import acting
from local.engine.iam.watch import DeniedError


@contextlib.contextmanager
def of_caller() -> Iterator[None]:
    """Within, objects and catalog are reached as the query's caller; QueryFailedError where it lacks a right."""
    try:
        with acting.in_name_of(acting.caller()):
            yield
    except DeniedError as denied:
        raise _failure(denied) from denied


def require_default_database() -> None:
    """Every query asks for the catalog and the database `default`, whatever it names.

    The Athena guide, "Mandatory: Access policy to the default database and catalog per AWS Region".
    """
    ministack_adapter.require_glue("glue:GetDatabase", "default")


@contextlib.contextmanager
def writing_results() -> Iterator[None]:
    """Within, what cannot be written is a result."""
    try:
        yield
    except DeniedError as denied:
        place = f"s3://{denied.resource.removeprefix('arn:aws:s3:::')}"
        raise QueryFailedError(
            "", f"Access denied when writing output to url: {place} . Please ensure you are allowed to access the S3 "
            "bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access your "
            "KMS key",
        ) from denied  # fmt: skip


def require_output(location: str) -> None:
    """Refuse a query before it starts when its caller may not find the bucket of its results."""
    bucket = location.removeprefix("s3://").partition("/")[0]
    try:
        acting.require(acting.caller(), "s3:GetBucketLocation", f"arn:aws:s3:::{bucket}")
    except DeniedError as denied:
        raise ApiError("InvalidRequestException", f"Unable to verify/create output bucket {bucket}") from denied


def require_result(location: str) -> None:
    """Refuse the rows of a result that the caller may not read (chosen: the words are S3's)."""
    place = location.removeprefix("s3://")
    bucket, _, key = place.partition("/")
    if not ministack_adapter.object_exists(bucket, key):
        return  # statements that leave no file have rows of their own
    try:
        acting.require(acting.caller(), "s3:GetObject", f"arn:aws:s3:::{place}")
    except DeniedError as denied:
        raise ApiError("AccessDeniedException", str(denied)) from denied


def _failure(denied: DeniedError) -> QueryFailedError:
    if denied.action.startswith("glue:"):
        words = (
            f"Insufficient permissions to execute the query. {denied} (Service: AmazonDataCatalog; Status Code: 400; "
            "Error Code: AccessDeniedException)"
        )
        return QueryFailedError("", words)
    place = f"s3://{denied.resource.removeprefix('arn:aws:s3:::')}"
    if denied.action == "s3:ListBucket":
        return QueryFailedError("PERMISSION_DENIED", f"Permission denied on S3 path: {place}")
    return QueryFailedError(
        "HIVE_CANNOT_OPEN_SPLIT",
        f"Error opening Hive split {place}: {denied} (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)",
    )
