"""The process: settings, the port, the end."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engine.helpers import ROOT, Engine, free_port, start_engine, until


def put_settings(engine: Engine, body: bytes) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(  # noqa: S310 # a fixed http address
        f"{engine.url}/_landfall/settings", data=body, method="PUT"
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 # as above
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_settings_change_while_it_runs(engine: Engine) -> None:
    assert put_settings(engine, b'{"query_seconds": 0.5}')[1]["query_seconds"] == 0.5
    assert put_settings(engine, b'{"query_seconds": 0}')[0] == 200


@pytest.mark.parametrize(
    "body",
    [b'{"nope": 1}', b'{"crawl_seconds": "1"}', b'{"crawl_seconds": -1}', b'{"crawl_seconds": true}', b"[]", b"{",
     b'{"crawl_seconds": NaN}', b'{"drop_events": 1}', b'{"kill_at": 1}', b'{"query_seconds": 9, "nope": 1}',
     b'{"job_ending": "FAILED"}'],
)  # fmt: skip
def test_a_wrong_setting_is_refused_and_changes_nothing(engine: Engine, body: bytes) -> None:
    status, answer = put_settings(engine, body)

    assert status == 400
    assert answer["error"]
    assert put_settings(engine, b"{}")[1] == {
        "crawl_seconds": 0.0, "stopping_seconds": 0.0, "query_seconds": 0.0, "job_minute_seconds": 60.0,
        "job_ending": "", "drop_events": False, "kill_at": "",
    }  # fmt: skip


def test_pages_are_taken_as_pagerduty_takes_them_and_shown_again(engine: Engine) -> None:
    page = {"routing_key": "k", "event_action": "trigger", "dedup_key": "person/stale/1", "payload": {"summary": "s"}}

    assert pagerduty(engine, page) == (
        202, {"status": "success", "message": "Event processed", "dedup_key": "person/stale/1"}
    )  # fmt: skip
    assert pagerduty(engine, page | {"event_action": "shout"})[0] == 400
    assert pagerduty(engine, {"event_action": "resolve"})[0] == 400
    assert pagerduty(engine)[1]["events"] == [{name: page[name] for name in page if name != "routing_key"}]


def pagerduty(engine: Engine, event: Mapping[str, object] | None = None) -> tuple[int, dict[str, object]]:
    body = None if event is None else json.dumps(event).encode()
    request = urllib.request.Request(f"{engine.url}/_landfall/pagerduty", data=body)  # noqa: S310 # a fixed http address
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 # as above
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("environment", [{"LANDFALL_PORT": "x"}, {"LANDFALL_CRAWL_SECONDS": "soon"}])
def test_a_wrong_environment_is_told_in_a_line(environment: dict[str, str]) -> None:
    ended = run_to_end(**{"LANDFALL_PORT": str(free_port()), **environment})

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1


def test_a_port_in_use_is_told_in_a_line(engine: Engine) -> None:
    ended = run_to_end(LANDFALL_PORT=str(engine.port))

    assert ended.returncode == 1
    assert ended.stderr.splitlines() == [
        f"local engine: cannot use 127.0.0.1:{engine.port}: Address already in use; set LANDFALL_PORT to another one"
    ]


def run_to_end(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.engine"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


HANDLER = """
import os
import pathlib
import time

def handler(event, context):
    pathlib.Path(event["report"]).write_text(str(os.getpid()))
    time.sleep(event["seconds"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("kind", "seconds"), [("RequestResponse", 0), ("Event", 60)])
def test_a_signal_ends_it_and_the_processes_of_its_functions(
    tmp_path: Path, number: signal.Signals, kind: str, seconds: int
) -> None:
    engine = start_engine(free_port())
    functions = engine.client("lambda")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("app.py", HANDLER)
    functions.create_function(
        FunctionName="pid",
        Runtime=f"python3.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/function",
        Handler="app.handler",
        Timeout=120,
        Code={"ZipFile": archive.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="pid", WaiterConfig={"Delay": 1})
    report = tmp_path / "pid"
    payload = json.dumps({"report": str(report), "seconds": seconds})
    functions.invoke(FunctionName="pid", InvocationType=kind, Payload=payload)
    worker = until(lambda: report.exists() and report.read_text())
    assert Path(f"/proc/{worker}").exists()

    started = time.monotonic()
    code = engine.end(number)

    assert code == 0
    assert time.monotonic() - started < 3
    until(lambda: not Path(f"/proc/{worker}").exists(), seconds=2)
