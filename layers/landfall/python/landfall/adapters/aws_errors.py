"""Classify AWS's errors: busy, unknown, refused.

Control flow depends on error codes, never on message text. The codes are those of botocore's service models, and those
of throttling, which the models leave out (Glue answers ThrottlingException in practice).
"""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from landfall.model.observations import Busy, Refused, Unknown

_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
_FULL = {"ResourceNumberLimitExceededException"}  # the account's limit of job runs or capacity, freed by other runs
_BUSY = {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"} | _FULL | _THROTTLED
_UNKNOWN = {"OperationTimeoutException", "InternalServiceException", "InternalServerException", "ServiceUnavailable"}
_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}

_CAUSE = 2_000  # characters of AWS's message that go into the state, an event and an on-call message

_T = TypeVar("_T")


def attempt_call(call: Callable[[], _T]) -> _T | Busy | Unknown | Refused:
    """Make a call that starts or stops something; an error becomes Busy, Unknown or Refused."""
    try:
        return call()
    except (HTTPClientError, NoConnectionError) as error:
        # No answer in time, or the connection broke: the call may have taken effect.
        return Unknown(str(error))
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _BUSY:
            return Busy()
        if code in _UNKNOWN or status >= 500:
            return Unknown(str(error))
        return to_refusal(error)


def to_refusal(error: ClientError) -> Refused:
    """What AWS refused, in its own words, for the user who has to fix it."""
    code = error.response["Error"]["Code"]
    kind = "access denied" if code in _DENIED else "refused"
    return Refused(kind, shorten(f"{error.operation_name}: {code}: {error.response['Error'].get('Message', '')}"))


def shorten(text: str, limit: int = _CAUSE) -> str:
    """The text, cut to `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def error_to_result(error: ClientError) -> Busy | Refused:
    """The result of a query that AWS throttles or refuses for good; raises the error if a retry may succeed."""
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _THROTTLED:
        return Busy()
    if code in _UNKNOWN or status >= 500:
        raise error
    return to_refusal(error)
