"""The one place that reaches into MiniStack; tests/engine/test_seams.py fails when an upgrade moves a seam.

MiniStack scopes its stores by account and region through context variables that it sets per request, so whatever runs
later runs in a copy of the request's context.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime, responses
from ministack.services import athena, cloudwatch_logs, eventbridge, glue, lambda_svc, s3

from local.engine.errors import ApiError

Handler = Callable[[dict[str, Any]], dict[str, Any]]
Response = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class S3Object:
    """One object of a bucket."""

    key: str
    size: int


# --- who asks -------------------------------------------------------------------------------------------------


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


# --- operations -----------------------------------------------------------------------------------------------


def add_glue_actions(actions: Mapping[str, Handler]) -> None:
    """Answer these Glue operations ourselves; all others stay MiniStack's."""
    original = glue._handle_request_sync

    def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        handler = _handler(actions, headers)
        return _answer(handler, body) if handler else original(method, path, headers, body, query)

    glue._handle_request_sync = handle


def add_athena_actions(actions: Mapping[str, Handler]) -> None:
    """Answer these Athena operations ourselves; all others stay MiniStack's."""
    original = athena.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        handler = _handler(actions, headers)
        if handler is None:
            response: Response = await original(method, path, headers, body, query)
            return response
        athena._ensure_default_workgroup()
        return _answer(handler, body)

    athena.handle_request = handle


def guard_crawler_update(guard: Callable[[str], None]) -> None:
    """Ask the guard before a crawler changes, over the API or by CloudFormation, which calls the function itself."""
    original = glue._update_crawler

    def update(data: dict[str, Any]) -> Response:
        try:
            guard(str(data.get("Name")))
        except ApiError as error:
            return _refusal(error)
        response: Response = original(data)
        return response

    glue._update_crawler = update


def on_crawler_deleted(tell: Callable[[str], None]) -> None:
    """Hear of every deleted crawler: CloudFormation deletes without asking whether it runs."""
    original = glue._delete_crawler

    def delete(data: dict[str, Any]) -> Response:
        response: Response = original(data)
        if response[0] < 300:
            tell(str(data.get("Name")))
        return response

    glue._delete_crawler = delete


def on_reset(clear: Callable[[], None]) -> None:
    """Also clear our own state when MiniStack's is reset."""
    original = glue.reset

    def reset() -> None:
        original()
        clear()

    glue.reset = reset


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


def _handler(actions: Mapping[str, Handler], headers: Mapping[str, str]) -> Handler | None:
    return actions.get(headers.get("x-amz-target", "").rpartition(".")[2])


def _answer(handler: Handler, body: bytes) -> Response:
    try:
        response: Response = responses.json_response(handler(json.loads(body or b"{}")))
        return response
    except ApiError as error:
        return _refusal(error)


def _refusal(error: ApiError) -> Response:
    response: Response = responses.error_response_json(error.code, error.message, 400, extra=dict(error.members))
    return response


# --- Glue -----------------------------------------------------------------------------------------------------


def crawlers() -> MutableMapping[str, dict[str, Any]]:
    """Crawlers by name."""
    return glue._crawlers  # type: ignore[no-any-return]


def create_crawler(definition: dict[str, Any], tags: dict[str, str]) -> None:
    """Create a crawler."""
    _checked(glue._create_crawler(definition))
    if tags:
        glue._tags[glue._arn("crawler", definition["Name"])] = dict(tags)


def delete_crawler(name: str) -> None:
    """Delete a crawler that exists."""
    _checked(glue._delete_crawler({"Name": name}))


def crawler_tags(name: str) -> dict[str, str]:
    """A crawler's tags."""
    return dict(glue._tags.get(glue._arn("crawler", name), {}))


def database_name(name: str) -> str | None:
    """A database as the catalog writes it; Glue folds names to lower case, MiniStack keeps them."""
    return _folded(glue._databases, name)


def table(database: str, name: str) -> dict[str, Any] | None:
    """A table of the catalog."""
    key = _folded(glue._tables, f"{database}/{name}")
    found: dict[str, Any] | None = glue._tables.get(key)
    return found


def _folded(names: Any, wanted: str) -> str | None:
    if wanted in names:
        return wanted
    return next((str(name) for name in names if name.lower() == wanted.lower()), None)


def create_table(database: str, table_input: dict[str, Any]) -> None:
    """Add a table to the catalog."""
    _checked(glue._create_table({"DatabaseName": database, "TableInput": table_input}))


def update_table(database: str, table_input: dict[str, Any]) -> None:
    """Replace a table of the catalog."""
    _checked(glue._update_table({"DatabaseName": database, "TableInput": table_input}))


# --- Athena ---------------------------------------------------------------------------------------------------


def executions() -> MutableMapping[str, dict[str, Any]]:
    """Query executions by id; members with a leading underscore are not shown to clients."""
    return athena._executions  # type: ignore[no-any-return]


def workgroup(name: str) -> dict[str, Any] | None:
    """A workgroup of Athena."""
    found: dict[str, Any] | None = athena._workgroups.get(name)
    return found


def run_ddl(query: str, database: str) -> bool:
    """Run CREATE EXTERNAL TABLE or DROP TABLE; false if the statement is neither. ValueError says why it failed."""
    statement = athena._parse_ddl(query)
    if statement is None:
        return False
    athena._run_ddl(statement, database)
    return True


# --- S3 -------------------------------------------------------------------------------------------------------


def bucket_exists(bucket: str) -> bool:
    """Whether the account has the bucket."""
    return bucket in s3._buckets


def list_objects(bucket: str, prefix: str) -> list[S3Object]:
    """Objects whose key begins with the prefix, in the order of their keys."""
    objects = s3._buckets[bucket]["objects"]
    # list(): uploads go on while we look
    found = [S3Object(key, int(entry["size"])) for key, entry in list(objects.items()) if key.startswith(prefix)]
    return sorted(found, key=lambda item: item.key.encode())


def read_object(bucket: str, key: str) -> bytes | None:
    """An object's bytes; None if it is gone."""
    data: bytes | None = s3._get_object_data(bucket, key)
    return data


def put_object(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Write an object."""
    headers = {"content-type": content_type, "content-length": str(len(body))}
    status, _, answer = s3._put_object(bucket, key, body, headers)
    if status >= 300:
        raise RuntimeError(f"S3 refused s3://{bucket}/{key}: {answer!r}")


# --- EventBridge and CloudWatch Logs --------------------------------------------------------------------------


def put_event(source: str, detail_type: str, detail: Mapping[str, Any]) -> None:
    """Put an event of an AWS service on the default bus. Targets may run in this thread: never call it on the loop."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": []}
    _checked(eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True))


def write_log(group: str, stream: str, messages: Iterable[str]) -> None:
    """Append to a log stream, which is made if it is missing."""
    # a second creation is refused, which is all that we want of it
    cloudwatch_logs._create_log_group({"logGroupName": group})
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": message} for message in messages]
    _checked(cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": lines}))


def _checked(response: Response) -> None:
    status, _, body = response
    if status >= 300:
        answer = json.loads(body)
        raise ApiError(str(answer.get("__type", "InternalFailure")), str(answer.get("message", answer)))


# --- the process ----------------------------------------------------------------------------------------------


def stop_workers() -> None:
    """End the processes that Lambda functions run in."""
    lambda_svc._pool_clear_all()
    lambda_runtime.reset()
