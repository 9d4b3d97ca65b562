"""boto3's errors, as the fakes raise them."""

from botocore.exceptions import ClientError, HTTPClientError


def refused(operation: str, code: str, message: str, status: int = 400) -> ClientError:
    """An answer of AWS that is an error."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )


def cancelled(operation: str, reason: str) -> ClientError:
    """A transaction that DynamoDB did not carry out."""
    error = refused(operation, "TransactionCanceledException", f"Transaction cancelled: [{reason}]")
    error.response["CancellationReasons"] = [{"Code": reason}]
    return error


def no_answer(operation: str) -> HTTPClientError:
    """The connection broke, or no answer came in time."""
    return HTTPClientError(error=f"{operation}: no answer in time")
