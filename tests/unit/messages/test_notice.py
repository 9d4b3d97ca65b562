"""Incidents' events become typed values, or one clear error."""

from typing import Any

import pytest

from landfall.messages.notice import parse_notice
from landfall.model.errors import MalformedEventError
from landfall.model.state import Uploads
from verification.examples.incidents import KINDS, incident
from verification.examples.payloads import names, payload

REQUIRED = ("id", "incident", "pipeline", "kind", "severity", "openedAt")


@pytest.mark.parametrize("name", [name for name in (*names("notify"), *names("page")) if "/batch" not in name])
def test_a_payload_is_read(name: str) -> None:
    read = parse_notice(payload(name))

    assert (read.pipeline, read.kind, read.check) == ("person", "check failed", "no empty names")
    assert read.incident == "person/check-failed/20261121T133233.480Z"
    assert read.phase == name.split("/")[1]
    assert read.id.startswith(f"{read.incident}/{read.phase}")
    assert read.uploads == Uploads(
        2, 1795267918.0, 1795267924.0, ("data/dataprofile/a.csv", "data/dataprofile/b.csv")
    )  # fmt: skip
    assert (read.account, read.region) == ("123456789012", "us-east-1")


@pytest.mark.parametrize("name", ["notify", "page"])
def test_the_payloads_are_what_the_samples_make(name: str) -> None:
    repeated = {"count": 14, "lastAt": "2026-11-21T15:41:10.112Z"}
    made = {
        "opened": incident("check failed"),
        "reminder": incident("check failed", "reminder", **repeated),
        "resolved": incident("check failed", "resolved", **repeated),
    }

    for path in names(name):
        if "/batch" not in path:
            assert payload(path) == made[path.split("/")[1]]


def test_every_kind_is_read() -> None:
    for phase in ("opened", "reminder", "resolved"):
        assert [parse_notice(incident(kind, phase)).kind for kind in KINDS] == list(KINDS)


def test_what_is_missing_or_null_is_empty() -> None:
    event = incident("crawl failed")
    event["detail"] = {name: event["detail"][name] for name in REQUIRED} | {"uploads": None, "cause": None}

    read = parse_notice(event)

    assert (read.uploads, read.cause, read.rows, read.count, read.retry) == (Uploads(), "", (), 1, False)
    assert read.last_at == read.opened_at


def test_a_kind_of_a_newer_landfall_is_taken() -> None:
    assert parse_notice(incident("eaten by a whale")).kind == "eaten by a whale"


def test_nulls_in_rows_are_shown_as_athena_does() -> None:
    assert parse_notice(incident("check failed", rows=[[None, 3]])).rows == (("NULL", "3"),)


@pytest.mark.parametrize("field", REQUIRED)
def test_what_every_message_needs_is_required(field: str) -> None:
    for value in ("", None, 7, "  "):
        with pytest.raises(MalformedEventError, match=field):
            parse_notice(incident("crawl failed", **{field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("severity", "urgent"),
        ("openedAt", "yesterday"),
        ("openedAt", "2026-11-21T13:32:33"),
        ("count", "many"),
        ("count", True),
        ("rows", [["a"], "b"]),
        ("rows", "a"),
        ("uploads", [1]),
        ("incident", "\ud800"),
    ],
)
def test_what_is_not_of_its_kind_is_an_error_that_names_it(field: str, value: Any) -> None:
    with pytest.raises(MalformedEventError, match=field):
        parse_notice(incident("crawl failed", **{field: value}))


@pytest.mark.parametrize("event", [[], "x", {}, incident("stale") | {"source": "me"}, {"detail-type": "Run Failed"}])
def test_another_event_is_an_error(event: Any) -> None:
    with pytest.raises(MalformedEventError, match="expected"):
        parse_notice(event)
