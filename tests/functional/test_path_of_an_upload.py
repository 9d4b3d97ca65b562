"""How many files a reader passes from the upload's event to the write of the state and to StartCrawler."""

import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.client import BaseClient

from landfall.rules import run_start, uploads
from local.stack.stack import ROOT
from tests.functional.account import Account, Handler
from verification.examples.payloads import payload

MOST = 8
# On the stack of every operation, and without a decision: it calls AWS, and makes a value of an error.
NOT_COUNTED = {"adapters/aws_errors.py"}
PRODUCT = (ROOT / "functions", ROOT / "layers/landfall/python/landfall")


def product_files(stack: traceback.StackSummary) -> set[str]:
    """The product's files of a call stack: `on_upload/app.py`, or `rules/uploads.py`."""
    found = (Path(frame.filename) for frame in stack)
    return {file.relative_to(folder).as_posix() for file in found for folder in PRODUCT if file.is_relative_to(folder)}


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Fills up with the files on the stack at each operation of AWS, and at the two rules that decide."""
    found: dict[str, set[str]] = {}
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def watched_call(client: BaseClient, operation: str, request: Any) -> Any:
        found.setdefault(operation, set()).update(product_files(traceback.extract_stack()))
        return call(client, operation, request)

    def watch(module: ModuleType, name: str) -> None:
        rule: Callable[..., Any] = getattr(module, name)

        def watched(*arguments: Any) -> Any:
            own = Path(rule.__code__.co_filename).relative_to(PRODUCT[1]).as_posix()
            found.setdefault(name, set()).update({own}, product_files(traceback.extract_stack()))
            return rule(*arguments)

        monkeypatch.setattr(module, name, watched)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched_call)
    watch(uploads, "record_uploads")
    watch(run_start, "start_if_due")
    return found


def test_from_the_event_to_the_write_and_the_crawl_a_reader_passes_eight_files(
    account: Account, on_upload: Handler, stacks: dict[str, set[str]]
) -> None:
    """Counted are the product's files on the call stack at the state's write, at StartCrawler and at the two rules.

    They are what the call passes through: the handler, the service, the reaction, the rules and the adapters. Not
    counted is what is called on the way and has returned: the event's parser, the definitions' registry, the state's
    codec, the log and the metrics; nor types, which are only imported.
    """
    on_upload(payload("on_upload/put_versioned"))

    writes = stacks.keys() & {"PutItem", "UpdateItem", "TransactWriteItems"}
    assert writes
    passed = set().union(*(stacks[name] for name in (*writes, "StartCrawler", "record_uploads", "start_if_due")))
    assert passed >= {"on_upload/app.py", "rules/reactions.py", "rules/uploads.py", "adapters/state_table.py"}
    assert len(passed - NOT_COUNTED) <= MOST, sorted(passed)
