"""Runs after everything else here: in containers, too, no function does what its role could not allow.

They run as another stage, whose definitions and roles are not deployed; so only the actions are judged here. Resources
and tags are, in tests/e2e.
"""

from local.engine.iam.evaluator import matches_action
from tests.e2e.conftest import Landfall
from verification.iam import recording
from verification.template_rules import policies
from verification.template_rules.application import application


def test_no_call_of_a_container_is_beyond_its_role(deployed: Landfall) -> None:
    file = deployed.stack.directory / "calls.jsonl"
    whole = application(all_conditions=True)
    seen = list(recording.asked(whole, recording.read(file) if file.exists() else []))

    beyond = {
        f"{item.role.id}: {item.request.action}"
        for item in seen
        if not any(matches_action(action, item.request.action) for _, action in policies.grants(whole, item.role))
    }

    assert beyond == set()
    assert seen, "no container has called"
