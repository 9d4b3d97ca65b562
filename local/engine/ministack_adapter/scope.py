"""Who asks. MiniStack scopes its stores by account and region, in context variables that it sets per request."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from ministack.core import responses


def account_id() -> str:
    """The account of the request that this code runs for."""
    return str(responses.get_account_id())


def region() -> str:
    """The region of the request that this code runs for."""
    return str(responses.get_region())


def scoped_dict() -> Any:
    """A mapping whose keys are apart for each account and region."""
    return responses.AccountRegionScopedDict()


def run_in_context(work: Callable[[], None], name: str) -> threading.Thread:
    """Run the work in a thread that keeps the request's account and region."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
    thread.start()
    return thread
