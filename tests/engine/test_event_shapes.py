"""The details of our events have the keys and the types of AWS's published samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.engine import events

SAMPLES = Path(__file__).parent / "samples"

ERROR = {"ErrorCategory": 2, "ErrorType": 1306, "ErrorMessage": "Amazon S3 bucket not found", "Retryable": False}


def query(state: str, error: dict[str, Any] | None = None) -> dict[str, Any]:
    return events.query_state(
        query_id="q",
        workgroup="primary",
        statement_type="DML",
        state=state,
        previous="RUNNING",
        sequence=3,
        error=error,
    )


OURS = {
    "glue_crawler_started": events.crawler_started(account="1", crawler="c", started=0.0),
    "glue_crawler_succeeded": events.crawler_succeeded(
        account="1", region="eu-west-1", crawler="c", started=0.0, ended=7.9, counts={"tablesCreated": 2}
    ),
    "glue_crawler_failed": events.crawler_failed(account="1", region="eu-west-1", crawler="c", error="no"),
    "glue_job_succeeded": events.job_ended(job="j", run_id="jr_1", state="SUCCEEDED"),
    "glue_job_failed": events.job_ended(job="j", run_id="jr_1", state="FAILED", error="no"),
    "glue_job_timeout": events.job_ended(job="j", run_id="jr_1", state="TIMEOUT"),
    "glue_job_stopped": events.job_ended(job="j", run_id="jr_1", state="STOPPED"),
    **{
        f"glue_job_run_status_{state.lower()}": events.job_delayed(
            job="j", run_id="jr_1", state=state, started=1524603347.941, delay=1
        )
        for state in ("STARTING", "RUNNING", "STOPPING")
    },
    "athena_query_succeeded": query("SUCCEEDED"),
    "athena_query_failed": query("FAILED", ERROR),
}


def shape(value: Any) -> Any:
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("name", OURS)
def test_a_detail_has_the_keys_and_types_of_the_sample(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_text())

    assert shape(OURS[name]) == shape(sample["detail"])


def test_the_fixed_words_are_those_of_the_samples() -> None:
    for name in ("glue_crawler_started", "glue_crawler_succeeded", "glue_crawler_failed"):
        sample = json.loads((SAMPLES / f"{name}.json").read_text())
        assert sample["source"] == events.GLUE
        assert sample["detail-type"] == events.CRAWLER_STATE_CHANGE
        assert {key: OURS[name][key] for key in ("state", "message")} == {
            key: sample["detail"][key] for key in ("state", "message")
        }


def words(detail: dict[str, Any]) -> dict[str, Any]:
    """What is fixed; the sentence of a failure begins with names and ends with the failure."""
    message = detail["message"].replace(detail["jobRunId"], "R").replace(f":{detail['jobName']} ", ":J ")
    fixed = {key: detail[key] for key in ("state", "severity")}
    return fixed | {"message": message.partition(" failed to execute with exception ")[0]}


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("glue_job_")])
def test_the_words_of_a_job_s_events_are_those_of_the_samples(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_text())

    assert words(OURS[name]) == words(sample["detail"])
    assert sample["detail-type"] == (events.JOB_RUN_STATUS if "status" in name else events.JOB_STATE_CHANGE)
    if "status" in name:
        assert OURS[name]["startedOn"] == sample["detail"]["startedOn"]


def test_counts_and_times_are_true() -> None:
    detail = OURS["glue_crawler_succeeded"]

    assert (detail["tablesCreated"], detail["tablesUpdated"], detail["runningTime (sec)"]) == ("2", "0", "7")
    assert detail["completionDate"] == "1970-01-01T00:00:07Z"
    assert "region=eu-west-1#" in detail["cloudWatchLogLink"]
