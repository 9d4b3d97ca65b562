"""Runs after everything else here: each AWS call that the functions made is one that their roles allow."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SKIPPED, Landfall
from tests.e2e.judgements import judgements
from verification.iam import needs, recording
from verification.iam.deployed import deployed_application
from verification.iam.recording import Asked
from verification.template_rules.application import Application

pytestmark = pytest.mark.fresh("it judges what the functions asked of AWS since the engine started")

# test_access_denied.py takes these rights away
TAKEN = {("glue:StartCrawler", "crawler/person-crawler"), ("glue:GetDatabase", "database/default")}


@pytest.fixture(scope="module")
def application(deployed: Landfall) -> Application:
    return deployed_application(deployed.stack)


@pytest.fixture(scope="module")
def seen(deployed: Landfall, application: Application) -> list[Asked]:
    file = deployed.stack.directory / "calls.jsonl"
    if not file.exists():
        pytest.skip("no test ran before, so no function has called")
    return list(recording.asked(application, recording.read(file)))


@pytest.fixture
def everything_ran(request: pytest.FixtureRequest) -> None:
    """Skip unless every test of this folder ran and passed: else it is no wonder that something was not seen."""
    here = Path(__file__).parent
    wanted = {path.name for path in here.glob("test_*.py")}
    mine = [item for item in request.session.items if item.path.parent == here]
    config = request.config
    chosen = config.getoption("keyword") or config.getoption("markexpr") or any("::" in arg for arg in config.args)
    if chosen or {item.path.name for item in mine} != wanted:
        pytest.skip("only some of the end-to-end tests were asked for")
    if SKIPPED:
        pytest.skip(f"{len(SKIPPED)} end-to-end tests were skipped, such as {SKIPPED[0]}")
    if request.session.testsfailed and os.environ.get("LANDFALL_KEEP_CALLS") != "1":
        pytest.skip("a test failed before")


def test_no_call_would_be_denied(application: Application, seen: list[Asked]) -> None:
    denied = {
        f"{item.role.id}: {item.request.action} on {item.request.resource} {dict(item.request.context)}"
        for item in seen
        if not recording.judged(application, item)
    }

    assert sorted(denied) == []
    assert len({item.role.id for item in seen}) > 1  # the recorder works


def test_the_engine_denied_only_what_tests_took_away(deployed: Landfall) -> None:
    """And it judged every call: none was let through for want of knowing what it asks for."""
    report = judgements(deployed.stack)

    unwanted = [line for line in report["denied"] if (line["action"], line["resource"].rpartition(":")[2]) not in TAKEN]
    assert unwanted == []
    assert report["not_judged"] == []
    assert report["judged"] > 0


def test_the_calls_are_those_that_are_kept(application: Application, seen: list[Asked], everything_ran: None) -> None:
    fresh = recording.kept(application, seen)
    if os.environ.get("LANDFALL_KEEP_CALLS") == "1":
        recording.KEPT.write_text(json.dumps(fresh, indent=1) + "\n")

    def actions(entries: list[dict[str, Any]]) -> set[tuple[str, str]]:
        return {(entry["role"], entry["action"]) for entry in entries}

    # what is rare by its reason may be seen in one session and not in another
    by_chance = {(entry["role"], action) for entry in needs.rare() for action in entry["actions"]}
    assert actions(fresh) ^ actions(recording.entries()) <= by_chance, "record them anew: make least-privilege"
