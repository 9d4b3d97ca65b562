"""Each rule delivers the payloads meant for its function, and no other: EventBridge matches exact case."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.payloads import names, payload

RULES = {
    "on_upload": "UploadRule",
    "on_upload/run_requested": "RequestRule",
    "on_upload/pause_requested": "RequestRule",
    "on_upload/resume_requested": "RequestRule",
    "on_upload/acknowledgement_requested": "RequestRule",
    "on_crawler_state": "CrawlerStateRule",
    "on_job_state": "JobStateRule",
    "on_query_state": "QueryStateRule",
}
NOT_DELIVERED = {
    "on_upload/key_outside_every_pipeline",  # no rule of ours: a bad definition could still bring it about
    "on_upload/deleted_permanently", "on_upload/deleted_by_marker", "on_upload/deleted_by_lifecycle",
    "on_crawler_state/started",  # tells nothing that we did not know
    "on_job_state/running",  # no end of a job run
    "on_crawler_state/hint",  # our own message, straight to the queue
}  # fmt: skip
FOLDERS = ("on_upload", "on_crawler_state", "on_job_state", "on_query_state")
BARE = [name for folder in FOLDERS for name in names(folder) if "/batch" not in name]


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize("name", BARE)
def test_a_rule_delivers_what_is_meant_for_it_and_no_other(
    name: str, rule: str, application: dict[str, Any], pipeline: dict[str, Any]
) -> None:
    pattern = (application | pipeline)[rule]["Properties"]["EventPattern"]
    meant = RULES.get(name, RULES[name.split("/")[0]]) == rule and name not in NOT_DELIVERED

    event: Any = payload(name)

    assert EventPattern.load(json.dumps(pattern)).matches_event(event) == meant
