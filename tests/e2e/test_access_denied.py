"""A role that lacks a right fails here as it would on AWS: with the incident that names the right."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.stack.polling import until
from tests.e2e.conftest import Landfall
from tests.e2e.judgements import judgements

pytestmark = pytest.mark.engine
Statement = dict[str, Any]


class Narrowed:
    """A role of the stack without some of its rights, for as long as a `with` lasts."""

    def __init__(self, landfall: Landfall, role: str, keep: Callable[[Statement], Statement | None]) -> None:
        self._iam, self._role = landfall.clients.iam, role
        self._name = self._iam.list_role_policies(RoleName=role)["PolicyNames"][0]
        found: Any = self._iam.get_role_policy(RoleName=role, PolicyName=self._name)
        self._before = found["PolicyDocument"]
        changed = [keep(statement) for statement in self._before["Statement"]]
        self._after: Any = {**self._before, "Statement": [statement for statement in changed if statement]}

    def __enter__(self) -> None:
        assert self._after != self._before
        self._put(self._after)

    def __exit__(self, *_: object) -> None:
        self._put(self._before)

    def _put(self, document: Any) -> None:
        self._iam.put_role_policy(RoleName=self._role, PolicyName=self._name, PolicyDocument=json.dumps(document))


def without(action: str) -> Callable[[Statement], Statement | None]:
    """A statement without the action, if anything is left of it."""

    def keep(statement: Statement) -> Statement | None:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        left = [one for one in actions if one != action]
        return {**statement, "Action": left} if left else None

    return keep


def incidents(landfall: Landfall) -> dict[str, Any]:
    state = landfall.state()  # nothing yet before the first upload
    return {incident["kind"]: incident for incident in state["incidents"]} if state else {}


def denials(landfall: Landfall, role: str) -> list[dict[str, Any]]:
    """What the engine's log has of a role."""
    return [line for line in judgements(landfall.stack)["denied"] if line["role"] == role]


def test_a_function_that_may_not_start_its_crawler_says_so(landfall: Landfall) -> None:
    role = landfall.clients.physical_id("OnUploadRole")
    with Narrowed(landfall, role, without("glue:StartCrawler")):
        landfall.upload("people.csv", "Amara,31,Lagos")
        until(lambda: "access denied" in incidents(landfall), 60, "the incident")

    assert "glue:StartCrawler" in json.dumps(incidents(landfall)["access denied"])
    (line,) = [line for line in denials(landfall, role) if line["action"] == "glue:StartCrawler"]
    assert line["resource"].endswith(":crawler/person-crawler")
    assert line["missing"]["Action"] == "glue:StartCrawler"

    # with the right again, all goes on
    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1)
    assert "access denied" not in incidents(landfall)


def test_a_query_role_that_lost_the_default_database_fails_its_checks(landfall: Landfall) -> None:
    """Fault A1 of the audit: every check would have failed on AWS, and none did here."""
    definition = landfall.clients.ssm.get_parameter(Name="/landfall/dev/pipelines/person")["Parameter"]["Value"]
    role = str(json.loads(definition)["query_role"]).rpartition("/")[2]

    def keep(statement: Statement) -> Statement | None:
        return None if statement.get("Sid") == "DefaultDatabase" else statement

    with Narrowed(landfall, role, keep):
        landfall.upload("people.csv", "Amara,31,Lagos")
        until(lambda: "query failed" in incidents(landfall) or "check failed" in incidents(landfall), 90, "an incident")
        assert "database/default" in json.dumps(landfall.state()["incidents"])
    assert any(line["action"] == "glue:GetDatabase" for line in denials(landfall, role))

    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1)
