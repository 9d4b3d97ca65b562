"""A job's runs over the API. The scripts are plain Python, which takes the same way as Spark and is quick."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.helpers import free_port, refused, start_engine, until
from tests.engine.jobs import SPIN, Job
from tests.engine.world import World

Settings = Callable[..., None]


@pytest.fixture
def job(world: World) -> Job:
    return Job(world)


def states(received: Callable[[], list[dict[str, Any]]], count: int) -> list[str]:
    return [event["detail"]["state"] for event in until(lambda: received() if len(received()) >= count else [])]


def test_a_run_ends_in_glues_record_log_and_event(job: Job) -> None:
    received = job.world.listen("aws.glue")
    job.create("import sys\nprint('one\\n\\ntwo')\nprint('three', file=sys.stderr)\n")

    run = job.run(Arguments={"--RUN_ID": "2026-01-06"})

    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Id"].startswith("jr_")
    assert len(run["Id"]) == 67
    assert (run["Attempt"], run["JobName"], run["LogGroupName"]) == (0, job.name, "/aws-glue/jobs")
    assert (run["Arguments"], run["PredecessorRuns"]) == ({"--RUN_ID": "2026-01-06"}, [])
    assert (run["Timeout"], run["GlueVersion"], run["MaxCapacity"]) == (480, "5.1", 0.0625)
    assert run["CompletedOn"] >= run["StartedOn"]
    assert "ErrorMessage" not in run
    assert "PreviousRunId" not in run
    assert (job.output(run["Id"]), job.output(run["Id"], "error")) == (["one", "two"], ["three"])
    event = until(received)[0]
    assert (event["source"], event["detail-type"], event["resources"]) == ("aws.glue", "Glue Job State Change", [])
    assert event["detail"] == {
        "jobName": job.name,
        "severity": "INFO",
        "state": "SUCCEEDED",
        "jobRunId": run["Id"],
        "message": "Job run succeeded",
    }


def test_the_runs_arguments_come_before_the_jobs_and_the_fixed_ones_before_both(job: Job) -> None:
    job.create(
        "import json, os, sys\nprint(json.dumps([sys.argv[1:], __name__, os.path.basename(__file__)]))\n",
        DefaultArguments={"--a": "job", "--b": "job", "--TempDir": "s3://t/"},
        NonOverridableArguments={"--b": "fixed"},
    )

    run = job.run(Arguments={"--a": "run", "--b": "run", "--c": "two words"})

    argv, name, file = job.printed(run["Id"])
    assert dict(zip(argv[::2], argv[1::2], strict=True)) == {
        "--a": "run", "--b": "fixed", "--TempDir": "s3://t/", "--c": "two words",
    }  # fmt: skip
    assert (name, file) == ("__main__", "job.py")


def test_a_script_sees_the_endpoint_as_its_account_and_nothing_of_the_engine(job: Job) -> None:
    script = """
        import boto3, json, os, sys
        sts = boto3.client("sts").get_caller_identity()["Account"]
        foreign = [name for name in os.environ if name.startswith(("LANDFALL", "MINISTACK"))]
        print(json.dumps([sts, os.environ["AWS_DEFAULT_REGION"], foreign, sys.stdin.read(), os.listdir()]))
    """
    job.create("\n".join(line.strip() for line in script.splitlines()))

    run = job.run()

    assert job.printed(run["Id"]) == ["000000000000", "eu-west-1", [], "", []]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def f():\n    raise ValueError('no such day')\nf()\n", "ValueError: no such day"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("import sys\nsys.exit('bad input')\n", "SystemExit: bad input"),
        ("def f(:\n", "SyntaxError: invalid syntax (job.py, line 1)"),
        ("import os\nos._exit(7)\n", "Command failed with exit code 7"),
        ("import os\nos.kill(os.getpid(), 9)\n", "Command failed with exit code 137 (SIGKILL)"),
    ],
)
def test_a_script_that_fails_fails_the_run_and_says_how(job: Job, script: str, message: str) -> None:
    received = job.world.listen("aws.glue")
    job.create(script)

    run = job.run()

    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", message)
    detail = until(received)[0]["detail"]
    assert (detail["state"], detail["severity"]) == ("FAILED", "ERROR")
    assert detail["message"].endswith(f"JobRunId:{run['Id']} failed to execute with exception {message}")


def test_a_traceback_is_in_the_error_log_and_begins_in_the_script(job: Job) -> None:
    job.create("def f():\n    raise ValueError('no such day')\nf()\n")

    lines = job.output(job.run()["Id"], "error")

    assert lines[0].startswith("Traceback")
    assert 'job.py", line 3, in <module>' in lines[1]
    assert lines[-1] == "ValueError: no such day"


def test_sys_exit_zero_threads_and_exit_handlers_end_well(job: Job) -> None:
    job.create(
        "import atexit, sys, threading, time\n"
        "atexit.register(print, 'last')\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), print('thread'))).start()\n"
        "sys.exit(0)\n"
    )

    run = job.run()

    assert (run["JobRunState"], job.output(run["Id"])) == ("SUCCEEDED", ["thread", "last"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"Command": {"Name": "pythonshell", "ScriptLocation": "s3://nowhere/x.py"}},
            "LAUNCH ERROR | s3://nowhere/x.py",
        ),
        ({"Role": "arn:aws:iam::000000000000:role/nobody"}, "role/nobody should be given assume role permissions"),
        ({"Command": {"Name": "glueray", "ScriptLocation": "s3://a/b"}}, "glueetl, gluestreaming, pythonshell"),
        ({"DefaultArguments": {"--job-language": "scala"}}, "Python scripts only"),
    ],
)
def test_what_cannot_start_fails_with_the_reason(job: Job, changes: dict[str, Any], message: str) -> None:
    run = job.create("", **changes).run()

    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]
    assert message in "\n".join(job.output(run["Id"], "error"))


def test_concurrent_runs_are_bounded_by_the_job(job: Job) -> None:
    job.create(SPIN, ExecutionProperty={"MaxConcurrentRuns": 2})
    first, second = job.start(), job.start()

    assert refused(job.start) == "ConcurrentRunsExceededException"

    job.stop(first)
    job.ended(first)
    third = job.start()
    job.stop(second, third)
    assert {job.ended(run_id)["JobRunState"] for run_id in (second, third)} == {"STOPPED"}
    assert [run["Id"] for run in job.runs()] == [third, second, first]


def test_one_run_at_a_time_is_the_default_and_starting_counts(job: Job) -> None:
    job.create(SPIN)
    run_id = job.start()

    assert refused(job.start) == "ConcurrentRunsExceededException"
    job.stop(run_id)
    job.ended(run_id)


def test_a_stopped_run_goes_over_stopping_to_stopped(job: Job, set_times: Settings) -> None:
    received = job.world.listen("aws.glue")
    set_times(stopping_seconds=1)
    job.create(SPIN)
    run_id = job.start()
    job.is_in(run_id, "RUNNING")

    answer = job.stop(run_id, "jr_nobody")

    assert answer["SuccessfulSubmissions"] == [{"JobName": job.name, "JobRunId": run_id}]
    assert [(error["JobRunId"], error["ErrorDetail"]["ErrorCode"]) for error in answer["Errors"]] == [
        ("jr_nobody", "EntityNotFoundException")
    ]
    assert job.get(run_id)["JobRunState"] == "STOPPING"
    assert job.ended(run_id)["JobRunState"] == "STOPPED"
    detail = until(received)[0]["detail"]
    assert (detail["state"], detail["severity"], detail["message"]) == ("STOPPED", "INFO", "Job run stopped")
    assert job.stop(run_id)["Errors"][0]["ErrorDetail"]["ErrorCode"] == "InvalidInputException"


def test_stopping_ends_whatever_the_script_has_started(job: Job) -> None:
    child = "import subprocess, time; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); time.sleep(600)"
    job.create(child)
    run_id = job.start()
    pid = int(until(lambda: job.output(run_id) if job.get(run_id)["JobRunState"] == "RUNNING" else [])[0])

    job.stop(run_id)
    job.ended(run_id)

    until(lambda: not Path(f"/proc/{pid}").exists(), 2)


def test_a_run_longer_than_its_timeout_ends_as_timeout(job: Job, set_times: Settings) -> None:
    received = job.world.listen("aws.glue")
    set_times(job_minute_seconds=0.5)
    job.create(SPIN, Timeout=9000, MaxRetries=1)

    run = job.run(Timeout=2)

    assert (run["JobRunState"], run["Timeout"], run["ExecutionTime"]) == ("TIMEOUT", 2, 1)
    detail = until(received)[0]["detail"]
    assert (detail["state"], detail["severity"], detail["message"]) == ("TIMEOUT", "WARN", "Job run timed out")
    assert job.output(run["Id"], "error") == ["Job run timed out after 2 minutes"]
    assert len(job.runs()) == 1


def test_a_run_that_takes_long_is_told_once_where_its_owner_asked(job: Job, set_times: Settings) -> None:
    received = job.world.listen("aws.glue")
    set_times(job_minute_seconds=0.3)
    job.create(SPIN, NotificationProperty={"NotifyDelayAfter": 1})
    run_id = job.start()

    event = until(received)[0]
    job.stop(run_id)
    job.ended(run_id)

    assert event["detail-type"] == "Glue Job Run Status"
    assert (event["detail"]["state"], event["detail"]["notificationCondition"]) == (
        "RUNNING",
        {"NotifyDelayAfter": 1.0},
    )
    assert states(received, 2) == ["RUNNING", "STOPPED"]


def test_a_failed_run_is_tried_again_as_a_run_of_its_own(job: Job) -> None:
    received = job.world.listen("aws.glue")
    job.create("raise ValueError('again')", MaxRetries=2)

    first = job.start(Arguments={"--a": "b"})

    runs = until(lambda: job.runs() if len(job.runs()) == 3 and "CompletedOn" in job.runs()[0] else [])[::-1]
    assert [run["Id"] for run in runs] == [first, f"{first}_attempt_1", f"{first}_attempt_2"]
    assert [run["Attempt"] for run in runs] == [0, 1, 2]
    assert [run.get("PreviousRunId") for run in runs] == [None, first, f"{first}_attempt_1"]
    assert {run["JobRunState"] for run in runs} == {"FAILED"}
    assert runs[2]["Arguments"] == {"--a": "b"}
    assert states(received, 3) == ["FAILED"] * 3


@pytest.mark.parametrize("ending", ["ERROR", "EXPIRED"])
def test_a_run_can_be_made_to_end_by_itself_with_no_event(job: Job, set_times: Settings, ending: str) -> None:
    received = job.world.listen("aws.glue")
    job.create("print('ran')")
    set_times(job_ending=ending)

    silent, usual = job.run(), job.run()

    assert (silent["JobRunState"], usual["JobRunState"]) == (ending, "SUCCEEDED")
    assert job.output(silent["Id"]) == []
    assert [event["detail"]["jobRunId"] for event in until(received)] == [usual["Id"]]


def test_lost_events_are_lost_and_the_run_ends_all_the_same(job: Job, set_times: Settings) -> None:
    received = job.world.listen("aws.glue")
    job.create("")
    set_times(drop_events=True)
    lost = job.run()
    set_times(drop_events=False)

    seen = job.run()

    assert lost["JobRunState"] == "SUCCEEDED"
    assert [event["detail"]["jobRunId"] for event in until(received)] == [seen["Id"]]


def test_runs_are_paged_newest_first(job: Job) -> None:
    job.create("")
    ids = [job.run()["Id"] for _ in range(3)][::-1]

    first = job.glue.get_job_runs(JobName=job.name, MaxResults=2)
    second = job.glue.get_job_runs(JobName=job.name, MaxResults=2, NextToken=first["NextToken"])

    assert [run["Id"] for run in first["JobRuns"] + second["JobRuns"]] == ids
    assert "NextToken" not in second
    pages = job.glue.get_paginator("get_job_runs").paginate(JobName=job.name, PaginationConfig={"PageSize": 1})
    assert [run["Id"] for page in pages for run in page["JobRuns"]] == ids


def test_what_does_not_exist_or_cannot_be_is_refused(job: Job) -> None:
    glue = job.glue
    for call in (glue.start_job_run, glue.get_job_runs):
        assert refused(call, JobName="nobody") == "EntityNotFoundException"
    assert refused(glue.get_job_run, JobName="nobody", RunId="jr_1") == "EntityNotFoundException"
    assert glue.batch_stop_job_run(JobName="nobody", JobRunIds=["jr_1"])["Errors"]
    job.create("")
    assert refused(glue.get_job_run, JobName=job.name, RunId="jr_1") == "EntityNotFoundException"
    assert refused(glue.batch_stop_job_run, JobName=job.name, JobRunIds=["jr_1"] * 26) == "InvalidInputException"
    assert refused(glue.get_job_runs, JobName=job.name, MaxResults=201) == "InvalidInputException"
    assert refused(glue.start_job_run, JobName=job.name, JobRunId="jr_1") == "InvalidInputException"


def test_a_job_of_a_stack_keeps_its_properties_and_ends_with_it(job: Job) -> None:
    job.put("scripts/job.py", SPIN)
    template = {
        "Resources": {
            "Job": {
                "Type": "AWS::Glue::Job",
                "Properties": {
                    "Name": job.name,
                    "Role": "arn:aws:iam::000000000000:role/crawler",
                    "Command": {"Name": "pythonshell", "ScriptLocation": job.script},
                    "ExecutionProperty": {"MaxConcurrentRuns": 2},
                    "GlueVersion": "5.1",
                },
            }
        }
    }
    cloudformation, stack = job.world.engine.client("cloudformation"), {"StackName": f"stack-{job.world.name}"}
    cloudformation.create_stack(TemplateBody=json.dumps(template), **stack)
    cloudformation.get_waiter("stack_create_complete").wait(**stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})
    pids = []
    for run_id in (job.start(), job.start()):
        job.is_in(run_id, "RUNNING")
        pids += drivers_of(job.world.engine.process.pid)
    assert len(set(pids)) == 2
    assert refused(job.start) == "ConcurrentRunsExceededException"

    cloudformation.delete_stack(**stack)
    cloudformation.get_waiter("stack_delete_complete").wait(**stack, WaiterConfig={"Delay": 1, "MaxAttempts": 15})

    assert refused(job.start) == "EntityNotFoundException"
    until(lambda: not drivers_of(job.world.engine.process.pid))


def drivers_of(engine: int) -> list[int]:
    """The processes of jobs that an engine runs."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == engine and b"driver.py" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_does_not_outlive_the_engine_and_leaves_no_folder(tmp_path: Path, number: signal.Signals) -> None:
    engine = start_engine(free_port(), TMPDIR=str(tmp_path))
    job = Job(World(engine, "end")).create(SPIN)
    run_id = job.start()
    until(lambda: job.get(run_id)["JobRunState"] == "RUNNING" and job.output(run_id))
    pids = drivers_of(engine.process.pid)
    assert len(pids) == 1
    assert list(tmp_path.glob("landfall-job-*"))

    engine.end(number)

    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 3)
    assert not list(tmp_path.glob("landfall-job-*"))


def test_resetting_the_emulator_ends_all_runs(world: World) -> None:
    engine = start_engine(free_port())
    try:
        job = Job(World(engine, "reset")).create(SPIN)
        job.is_in(job.start(), "RUNNING")
        pids = drivers_of(engine.process.pid)

        request = urllib.request.Request(f"{engine.url}/_ministack/reset", method="POST")  # noqa: S310 # a fixed http address
        with urllib.request.urlopen(request):  # noqa: S310 # as above
            pass

        until(lambda: not drivers_of(engine.process.pid))
        assert pids
        assert refused(job.start) == "EntityNotFoundException"
    finally:
        engine.end()
