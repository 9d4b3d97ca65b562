"""Lambda: its event sources and its worker processes."""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc


def read_event_source_numbers() -> None:
    """Take an event source's MaximumConcurrency as a number, as AWS does.

    CloudFormation's parameters are text; MiniStack 1.5.33 compares that text with a number and then polls no queue.
    """
    original = lambda_svc._sqs_esm_concurrency

    def concurrency(esm: dict[str, Any], *others: Any, **named: Any) -> int:
        scaling = esm.get("ScalingConfig") or {}
        if "MaximumConcurrency" in scaling:
            esm["ScalingConfig"] = {**scaling, "MaximumConcurrency": int(scaling["MaximumConcurrency"])}
        return int(original(esm, *others, **named))

    lambda_svc._sqs_esm_concurrency = concurrency


def stop_workers() -> None:
    """End the processes that Lambda functions run in."""
    lambda_svc._pool_clear_all()
    lambda_runtime.reset()
