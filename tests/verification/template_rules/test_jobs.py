"""Jobs in the templates: who may start them, how they are limited, and that they carry what Landfall knows them by."""

from typing import Any

import pytest

from tests.verification.template_rules.conftest import resources

# on_upload only ever starts a first step, which is a crawl.
STARTERS = ("OnCrawlerStateRole", "OnJobStateRole", "OnQueryStateRole", "WatchdogRole")


def statements(role: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The statements of a role's policies, by their ids."""
    policies = role["Properties"]["Policies"]
    raw = [found for policy in policies for found in policy["PolicyDocument"]["Statement"]]
    made = [found["Fn::If"][1] if "Fn::If" in found else found for found in raw]
    return {found["Sid"]: found for found in made}


@pytest.mark.parametrize("role", STARTERS)
def test_who_may_start_the_next_step_may_start_any_kind_of_step(role: str, application: dict[str, Any]) -> None:
    allowed = statements(application[role])

    assert {"StartCrawlers", "StartJobs", "QueryRoles"} <= set(allowed)
    assert allowed["StartJobs"]["Action"] == "glue:StartJobRun"


@pytest.mark.parametrize("role", STARTERS)
def test_only_jobs_with_the_stage_s_tag_may_be_used(role: str, application: dict[str, Any]) -> None:
    of_jobs = [found for found in statements(application[role]).values() if "JobRun" in str(found["Action"])]

    assert of_jobs
    for found in of_jobs:
        assert found["Condition"] == {"StringEquals": {"aws:ResourceTag/landfall:stage": "dev"}}


def test_who_may_start_checks_may_assume_query_roles(application: dict[str, Any]) -> None:
    roles = str(application["PersonPipeline"]["Properties"]["Parameters"]["QueryingRoles"])

    assert all(role in roles for role in STARTERS)


def test_every_job_carries_the_tag_and_leaves_retries_to_landfall(application: dict[str, Any]) -> None:
    jobs = [found["Properties"] for found in application.values() if found["Type"] == "AWS::Glue::Job"]

    assert jobs
    for job in jobs:
        assert job["Tags"] == {"landfall:stage": "dev"}
        assert (job["MaxRetries"], job["ExecutionProperty"]) == (0, {"MaxConcurrentRuns": 1})
        assert job["GlueVersion"] == "5.1"
        assert job["DefaultArguments"]["--job-language"] == "python"


def test_a_job_s_role_reaches_its_own_folders_only() -> None:
    allowed = statements(resources("pipelines/job-role.yaml")["Role"])

    assert set(allowed) == {
        "Script", "ReadUploads", "WriteRows", "List", "ReadCatalog", "LakeFormation", "BucketKeys", "CatalogKey",
        "Logs", "Metrics",
    }  # fmt: skip
    assert [sid for sid, found in allowed.items() if found["Resource"] == "*"] == ["LakeFormation", "Metrics"]
    assert [sid for sid, found in allowed.items() if "s3:PutObject" in found["Action"]] == ["WriteRows"]
    assert "${Bucket}" not in str(allowed["WriteRows"]["Resource"])
