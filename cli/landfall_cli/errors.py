"""Errors of the command line: one line says what is wrong, the next one what to do."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

from botocore import exceptions as aws

from landfall.model.errors import LandfallError

FAILED, USAGE, NOT_YET = 1, 2, 3

_CREDENTIALS = (
    "Set AWS_PROFILE (or --profile), or log in with `aws sso login`; for the local engine export what `make up` prints."
)
_BAD_CREDENTIALS = {
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
    "SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestExpired", "AuthFailure",
}  # fmt: skip
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403"}
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}


class CommandError(Exception):
    """A command failed; `next_step` says what to do, `code` is the exit code."""

    def __init__(self, problem: str, next_step: str = "", code: int = FAILED) -> None:
        super().__init__(problem)
        self.problem, self.next_step, self.code = problem, next_step, code


def unknown_pipeline(name: str, known: Iterable[str]) -> CommandError:
    """The error for a name that no pipeline has; it suggests the closest name, else lists the known ones."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    if near:
        step = f"Did you mean {near[0]}?"
    elif names:
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        step = f"There are: {', '.join(names[:10])}{more}."
    else:
        step = "No pipeline is defined in this stage yet: see docs/add-a-dataset.md."
    return CommandError(f"There is no pipeline {name}.", step, USAGE)


def explain(error: Exception) -> CommandError | None:
    """Turn an error of AWS or Landfall into advice for the user; None for a bug in the command line."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, aws.ClientError):
        return _explain_refusal(error)
    for kinds, problem, step in _MEANINGS:
        if isinstance(error, kinds):
            return CommandError(problem or _sentence(str(error)), step)
    if isinstance(error, aws.BotoCoreError | LandfallError):
        return CommandError(_sentence(str(error)))
    return None


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


_MEANINGS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    ((aws.NoCredentialsError, aws.PartialCredentialsError), "There are no AWS credentials.", _CREDENTIALS),
    ((aws.ProfileNotFound,), "", "`aws configure list-profiles` shows those that there are."),
    (
        (aws.SSOError, aws.TokenRetrievalError, aws.CredentialRetrievalError),
        "",
        "Log in again, such as with `aws sso login`.",
    ),
    ((aws.NoRegionError,), "No AWS region is set.", "Set AWS_REGION, or use --region."),
)


def _explain_refusal(error: aws.ClientError) -> CommandError:
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in _BAD_CREDENTIALS:
        return CommandError(f"AWS does not accept the credentials: {_sentence(message or code)}", _CREDENTIALS)
    if code in _DENIED:
        return CommandError(
            f"Not allowed to call {error.operation_name}: {_sentence(message or code)}",
            "docs/operate.md lists the IAM actions that each command needs.",
        )
    if code in _THROTTLED:
        return CommandError(f"AWS throttles {error.operation_name}.", "Try again in a moment.")
    return CommandError(f"{error.operation_name}: {code}: {_sentence(message)}")


def explain_unreachable(error: Exception) -> CommandError | None:
    """Explain an endpoint that does not answer: usually the local engine is down, or there is no network."""
    if not isinstance(error, aws.EndpointConnectionError | aws.ConnectTimeoutError | aws.ConnectionClosedError):
        return None
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if endpoint:
        return CommandError(
            f"Nothing answers at {endpoint} (AWS_ENDPOINT_URL).",
            "`make up` brings the local engine up; unset AWS_ENDPOINT_URL to ask AWS.",
        )
    return CommandError(_sentence(str(error)), "Look at the network, the region and the proxy settings.")
