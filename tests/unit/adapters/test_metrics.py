"""Metrics: lines of CloudWatch's embedded metric format."""

import json
from typing import Any

import pytest

from landfall.adapters import metrics
from landfall.adapters.metrics import Metrics
from landfall.model.state import Failure, RunRecord, Uploads


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def emitting(lines: list[dict[str, Any]]) -> Metrics:
    return Metrics("dev", lambda: 1000.5, lambda line: lines.append(json.loads(line)))


def values(line: dict[str, Any]) -> dict[str, float]:
    return {name: line[name] for name in metrics.UNITS if name in line}


def record(outcome: Any = None, failure: str = "", oldest: float | None = 940.0, uploads: int = 3) -> RunRecord:
    failed = Failure(failure, "cause", "step") if failure else None
    ended = None if outcome is None else 1000.0
    return RunRecord("person", "r", 950.0, Uploads(uploads, oldest, 945.0, ()), ended, outcome, failed)


def test_a_line_is_of_the_embedded_metric_format(emitting: Metrics, lines: list[dict[str, Any]]) -> None:
    emitting.count_uploads("person", 7)

    assert lines == [
        {
            "_aws": {
                "Timestamp": 1000500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Landfall",
                        "Dimensions": [["Stage", "Pipeline"]],
                        "Metrics": [{"Name": "Uploads", "Unit": "Count"}],
                    }
                ],
            },
            "Stage": "dev",
            "Pipeline": "person",
            "Uploads": 7,
        }
    ]


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (record(), {"RunsStarted": 1, "CrawlsSaved": 2}),
        (record(uploads=0, oldest=None), {"RunsStarted": 1, "CrawlsSaved": 0}),
        (record("succeeded"), {"RunsSucceeded": 1, "SecondsToReady": 60.0}),
        (record("succeeded", oldest=None, uploads=0), {"RunsSucceeded": 1}),
        (record("succeeded", oldest=1003.0), {"RunsSucceeded": 1, "SecondsToReady": 0.0}),
        (record("failed", "crawl failed"), {"RunsFailed": 1, "ChecksFailed": 0}),
        (record("failed", "check failed"), {"RunsFailed": 1, "ChecksFailed": 1}),
    ],
)
def test_a_run_is_counted_as_it_starts_and_ends(
    ended: RunRecord, expected: dict[str, float], emitting: Metrics, lines: list[dict[str, Any]]
) -> None:
    emitting.count_runs([ended])

    assert [values(line) for line in lines] == [expected]
    named = [metric["Name"] for metric in lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert named == list(expected)


def test_a_run_that_found_nothing_is_no_success_and_no_failure(emitting: Metrics, lines: list[dict[str, Any]]) -> None:
    emitting.count_runs([record("empty")])

    assert lines == []


def test_open_incidents_are_told_for_all_and_for_those_that_have_some(
    emitting: Metrics, lines: list[dict[str, Any]]
) -> None:
    emitting.report_open_incidents({"person": 2, "orders": 0, "events": 1})

    told = [(line.get("Pipeline"), line["OpenIncidents"]) for line in lines]
    assert told == [(None, 3), ("person", 2), ("events", 1)]


def test_a_stream_that_is_started_again_is_counted(emitting: Metrics, lines: list[dict[str, Any]]) -> None:
    emitting.count_stream_restart("person")

    assert [(line["Pipeline"], line["StreamRestarts"]) for line in lines] == [("person", 1)]


def test_none_open_is_told_too(emitting: Metrics, lines: list[dict[str, Any]]) -> None:
    emitting.report_open_incidents({})

    assert [(line["Stage"], line["OpenIncidents"]) for line in lines] == [("dev", 0)]


def test_no_upload_is_no_line(emitting: Metrics, lines: list[dict[str, Any]]) -> None:
    emitting.count_uploads("person", 0)

    assert lines == []


def test_a_line_goes_to_standard_output_in_one_write(capsys: pytest.CaptureFixture[str]) -> None:
    Metrics("dev", lambda: 1.0).count_uploads("person", 1)

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["Uploads"] == 1
