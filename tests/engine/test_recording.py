"""The recorder notes who called what, and changes nothing of the call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from ministack.core import lambda_runtime, responses
from ministack.services import glue, lambda_svc, sts

from local.engine import ministack_adapter
from local.engine.recording import Recorder

ACCOUNT, REGION = "123456789012", "eu-central-1"
SOMEBODY = "/".join(("landfall-function", "f"))  # in one piece, the scanner for secrets takes it for one
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:on-upload"


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    with responses.request_scope(ACCOUNT, REGION):
        yield
        glue.reset()
        sts._sessions.clear()


def call(
    file: Path,
    service: str,
    target: str,
    body: bytes,
    *,
    token: str = "",
    key: str = ACCOUNT,
    form: bool = False,
    path: str = "/",
) -> bytes:
    """Send a request through the recorder, in two pieces; what the engine behind it has read."""
    read = bytearray()

    async def engine(_: Any, receive: Any, __: Any) -> None:
        while True:
            message = await receive()
            read.extend(message.get("body", b""))
            if not message.get("more_body"):
                return

    headers = [
        (b"authorization", f"AWS4-HMAC-SHA256 Credential={key}/20261121/{REGION}/{service}/aws4_request".encode())
    ]
    headers += [(b"x-amz-security-token", token.encode())] if token else []
    headers += (
        [(b"content-type", b"application/x-www-form-urlencoded")] if form else [(b"x-amz-target", target.encode())]
    )
    pieces = [{"type": "http.request", "body": body[:5], "more_body": True}, {"type": "http.request", "body": body[5:]}]

    async def receive() -> Any:
        return pieces.pop(0)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(Recorder(engine, file)(scope, receive, None))
    return bytes(read)


def noted(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_function_s_call_is_noted_with_its_name_and_the_crawler_s_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_runtime, "execution_credentials", lambda_runtime.execution_credentials)
    monkeypatch.setattr(lambda_svc, "execution_credentials", lambda_svc.execution_credentials)
    ministack_adapter.create_crawler({"Name": "c", "Role": "", "Targets": {}}, {"landfall:stage": "dev"})
    ministack_adapter.mark_functions()
    token = lambda_runtime.execution_credentials({"FunctionArn": FUNCTION, "FunctionName": "on-upload"})
    body = b'{"Name": "c"}'

    read = call(tmp_path / "calls", "glue", "AWSGlue.StartCrawler", body, token=token["AWS_SESSION_TOKEN"])

    assert read == body
    assert noted(tmp_path / "calls") == [
        {
            "function": "on-upload",
            "service": "glue",
            "operation": "StartCrawler",
            "parameters": {"Name": "c"},
            "resource": {"crawler/c": {"landfall:stage": "dev"}},
        }
    ]


def test_what_does_not_exist_has_no_tags(tmp_path: Path) -> None:
    call(tmp_path / "calls", "glue", "AWSGlue.GetCrawler", b'{"Name": "gone"}', token=SOMEBODY)

    assert noted(tmp_path / "calls")[0]["resource"] == {"crawler/gone": None}


def test_a_call_under_an_assumed_role_is_noted_with_the_role(tmp_path: Path) -> None:
    sts.register_session("ASIAQUERY", {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/person-query/landfall"})

    call(tmp_path / "calls", "athena", "AmazonAthena.StartQueryExecution", b'{"WorkGroup": "w"}', key="ASIAQUERY")

    assert noted(tmp_path / "calls")[0]["role"] == "person-query"


def test_forms_are_read_and_contents_are_not_kept(tmp_path: Path) -> None:
    form = urlencode({"Action": "AssumeRole", "RoleArn": "arn", "RoleSessionName": "landfall"}).encode()
    call(tmp_path / "calls", "sts", "", form, token=SOMEBODY, form=True)
    item = b'{"TableName": "t", "Item": {"pk": {"S": "secret"}}}'
    call(tmp_path / "calls", "dynamodb", "DynamoDB_20120810.PutItem", item, token=SOMEBODY)

    assume, put = noted(tmp_path / "calls")
    assert (assume["operation"], assume["parameters"]["RoleArn"]) == ("AssumeRole", "arn")
    assert put["parameters"] == {"TableName": "t"}


def test_anybody_else_s_call_is_passed_on_unnoted(tmp_path: Path) -> None:
    assert call(tmp_path / "calls", "glue", "AWSGlue.GetCrawler", b'{"Name": "c"}') == b'{"Name": "c"}'

    assert noted(tmp_path / "calls") == []


def test_a_function_in_a_container_is_told_by_its_endpoint(tmp_path: Path) -> None:
    call(tmp_path / "calls", "glue", "AWSGlue.GetCrawler", b'{"Name": "c"}', path="/_landfall/as/OnUpload/")

    assert noted(tmp_path / "calls")[0]["function"] == "OnUpload"
