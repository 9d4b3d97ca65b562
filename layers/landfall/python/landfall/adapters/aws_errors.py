"""What AWS's errors mean: busy, unknown, refused.

Control flow looks at error codes, never at message text. Codes: botocore's service models, and throttling, which
they leave out (aws-facts: Glue answers ThrottlingException in practice).
"""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from landfall.model.observations import Busy, Refused, Unknown

_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
_FULL = {"ResourceNumberLimitExceededException"}  # the account's job runs or capacity, which others will free
_BUSY = {"CrawlerRunningException", "CrawlerStoppingException", "ConcurrentRunsExceededException"} | _FULL | _THROTTLED
_UNKNOWN = {"OperationTimeoutException", "InternalServiceException", "InternalServerException", "ServiceUnavailable"}
_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}

_CAUSE = 2_000  # characters of AWS's words that go into the state, into an event and into a message

_T = TypeVar("_T")


def attempt_call(call: Callable[[], _T]) -> _T | Busy | Unknown | Refused:
    """Start or stop something, and say what came of it when AWS did not simply agree."""
    try:
        return call()
    except (HTTPClientError, NoConnectionError) as error:
        # No answer in time, or the connection broke: it may have been heard.
        return Unknown(str(error))
    except ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _BUSY:
            return Busy()
        if code in _UNKNOWN or status >= 500:
            return Unknown(str(error))
        return to_refusal(error)


def to_refusal(error: ClientError) -> Refused:
    """What AWS refused, in its own words, for the one who has to fix it."""
    code = error.response["Error"]["Code"]
    kind = "access denied" if code in _DENIED else "refused"
    return Refused(kind, shorten(f"{error.operation_name}: {code}: {error.response['Error'].get('Message', '')}"))


def shorten(text: str, limit: int = _CAUSE) -> str:
    """The text, cut to what a person reads."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def error_to_result(error: ClientError) -> Busy | Refused:
    """A look that AWS refuses for good is an answer; one that may succeed later is an error to be retried."""
    code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _THROTTLED:
        return Busy()
    if code in _UNKNOWN or status >= 500:
        raise error
    return to_refusal(error)
