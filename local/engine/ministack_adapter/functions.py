"""Lambda: its event sources and its worker processes."""

from __future__ import annotations

from collections.abc import Callable
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


def guard_polls(may_poll: Callable[[str, str], bool]) -> None:
    """Let a queue be polled for a function only while its role may; it gets the function's name and the queue's ARN."""
    original = lambda_svc._sqs_esm_concurrency

    def concurrency(esm: dict[str, Any], *others: Any, **named: Any) -> int:
        if not may_poll(str(esm["FunctionName"]), str(esm["EventSourceArn"])):
            return 0
        return int(original(esm, *others, **named))

    lambda_svc._sqs_esm_concurrency = concurrency


def guard_logs(may_log: Callable[[str, str], bool]) -> None:
    """Keep what a function prints only while its role may; it gets the function's name and the log group."""
    original = lambda_svc._emit_lambda_logs

    def emit(func: dict[str, Any], *others: Any, **named: Any) -> None:
        config = func.get("config") or func
        name = str(config.get("FunctionName"))
        if may_log(name, str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}")):
            original(func, *others, **named)

    lambda_svc._emit_lambda_logs = emit


def keep_functions_here() -> None:
    """A function's own AWS_ENDPOINT_URL does not count: what is deployed here works here.

    The template declares it empty, which would lead the functions to AWS; `sam local` fills it in.
    """
    lambda_runtime._RESERVED_RUNTIME_ENV_VARS.add("AWS_ENDPOINT_URL")


def stop_workers() -> None:
    """End the processes that Lambda functions run in."""
    lambda_svc._pool_clear_all()
    lambda_runtime.reset()
