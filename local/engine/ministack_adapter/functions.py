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


def keep_functions_here() -> None:
    """A function's own AWS_ENDPOINT_URL does not count: what is deployed here works here.

    The template declares it empty, which would lead the functions to AWS; `sam local` fills it in.
    """
    lambda_runtime._RESERVED_RUNTIME_ENV_VARS.add("AWS_ENDPOINT_URL")


def stop_workers() -> None:
    """End the processes that Lambda functions run in."""
    lambda_svc._pool_clear_all()
    lambda_runtime.reset()
