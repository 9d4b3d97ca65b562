"""What SAM prints becomes a verdict. The outputs are those of SAM CLI 1.170.0, cut short."""

import json

import pytest

from local.sam.invocation import Invocation, readable

END = "END RequestId: 1\nREPORT RequestId: 1\tInit Duration: 0.02 ms\tDuration: 290.49 ms\tBilled Duration: 291 ms\t\n"
TIMED_OUT = f"START RequestId: 1 Version: $LATEST\nFunction 'OnUpload' timed out after 2 seconds\n{END}"
RAISED = {
    "errorMessage": "boom", "errorType": "RuntimeError", "requestId": "1",
    "stackTrace": ['  File "/var/task/app.py", line 1, in handler\n    raise RuntimeError("boom")\n'],
}  # fmt: skip
KILLED = {
    "errorType": "Runtime.ExitError",
    "errorMessage": "RequestId: 1 Error: Runtime exited with error: signal: killed",
}
NO_MODULE = {
    "errorMessage": "Unable to import module 'app': No module named 'x'", "errorType": "Runtime.ImportModuleError",
    "requestId": "", "stackTrace": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("output", "log", "exit_code", "reason"),
    [
        ('{"batchItemFailures": []}', END, 0, ""),
        ("null", END, 0, ""),
        ('"text"', END, 0, ""),
        ('{"errorMessage": "a field of the answer"}', END, 0, ""),
        (json.dumps(RAISED), END, 1, "raised RuntimeError"),
        (json.dumps(NO_MODULE), "", 1, "raised Runtime.ImportModuleError"),
        ("", TIMED_OUT, 2, "timed out after 2 s"),
        ("", "No response from invoke container for OnUpload\n", 2, "gave no answer"),
        (json.dumps(KILLED), "", 2, "died: Runtime exited with error: signal: killed"),
    ],
)
def test_an_exit_code_tells_how_an_invocation_ended(output: str, log: str, exit_code: int, reason: str) -> None:
    invocation = Invocation.read(output, log)

    assert (invocation.exit_code, invocation.reason) == (exit_code, reason)


def test_an_error_is_shown_as_python_shows_it() -> None:
    invocation = Invocation.read(json.dumps(RAISED), END)

    assert invocation.traceback.splitlines() == [
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 1, in handler',
        '    raise RuntimeError("boom")',
        "RuntimeError: boom",
    ]


def test_the_messages_that_would_go_back_are_named_and_the_time_is_the_function_s_own() -> None:
    invocation = Invocation.read('{"batchItemFailures": [{"itemIdentifier": "2"}]}', END)

    assert (invocation.handed_back, invocation.milliseconds) == (["2"], 290.49)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Mounting /home/amara/landfall/build/OnUpload as /var/task:ro,delegated, inside runtime container", None),
        ("SAM_CONTAINER_ID: a5b5433d", None),
        ('{"level": "INFO", "logger": "botocore.credentials", "message": "Found credentials"}', None),
        ('{"level": "ERROR", "errorType": "E", "errorMessage": "boom", "stackTrace": []}', None),
        (
            '{"_aws": {"CloudWatchMetrics": []}, "Pipeline": "person", "Uploads": 1}',
            f"{'':8} METRIC Pipeline=person Uploads=1",
        ),
        ("a line that the function printed", "a line that the function printed"),
        ('["not", "a", "log", "line"]', '["not", "a", "log", "line"]'),
        (
            '{"level":"INFO","location":"_arrived:54","message":"Uploads arrived",'
            '"timestamp":"2026-11-21 16:17:37,528+0000","service":"landfall-dev",'
            '"request_id":"0593","pipeline":"person","uploads":1}',
            "16:17:37 INFO  Uploads arrived  pipeline=person uploads=1",
        ),
        (
            '{"level":"ERROR","message":"It failed","timestamp":"2026-11-21 16:17:37,528+0000",'
            '"exception":"Traceback:\\n  File x"}',
            "16:17:37 ERROR It failed\n           Traceback:\n             File x",
        ),
    ],
)
def test_only_what_tells_of_the_function_is_shown(line: str, shown: str | None) -> None:
    assert readable(line) == shown
