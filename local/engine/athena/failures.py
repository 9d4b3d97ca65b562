"""Why a query failed, in Athena's words."""

from __future__ import annotations

from typing import Any

# Athena's error reference numbers the types; 1306 is in its own example event. Types that are not published for a
# code are given as 1100, the one for invalid arguments.
_TYPES = {"TABLE_NOT_FOUND": 1107, "BUCKET_NOT_FOUND": 1306}
_OTHER = 1100
_USER, _SYSTEM = 2, 1


class QueryFailedError(Exception):
    """A query that ends FAILED; some of Athena's refusals have no code before their words."""

    def __init__(self, code: str, message: str, *, category: int = _USER) -> None:
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code
        self.category = category

    def athena_error(self) -> dict[str, Any]:
        """The AthenaError of GetQueryExecution."""
        return {
            "ErrorCategory": self.category,
            "ErrorType": _TYPES.get(self.code, _OTHER if self.category == _USER else 100),
            "Retryable": False,
            "ErrorMessage": str(self),
        }


class QueryCancelledError(Exception):
    """A query that ends CANCELLED; the message is the reason."""


def not_supported(what: str) -> QueryFailedError:
    """The local engine says so rather than answer wrongly."""
    return QueryFailedError("NOT_SUPPORTED", f"the local engine does not know {what}")


def internal_error() -> QueryFailedError:
    """A fault of the engine, not of the query."""
    return QueryFailedError(
        "GENERIC_INTERNAL_ERROR", "Internal error in the local engine; see its log", category=_SYSTEM
    )
