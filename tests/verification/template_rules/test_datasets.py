"""The datasets of the template, and the examples of the documentation: complete, and named apart where stages share."""

import re
from typing import Any

import pytest
from samcli.yamlhelper import parse_yaml_file, yaml_parse

from local.stack.stack import ROOT

ACCOUNT_WIDE = ("DatabaseName", "CrawlerName", "CuratedCrawlerName", "JobName")
BLOCK = re.compile(r"^```yaml\n(  TripsPipeline:\n.*?)^```$", re.DOTALL | re.MULTILINE)


def parameters_of(module: str) -> dict[str, Any]:
    found: dict[str, Any] = parse_yaml_file(str(ROOT / module))["Parameters"]
    return found


def datasets(template: dict[str, Any], module: str) -> dict[str, dict[str, Any]]:
    """The parameters that each instance of a module gets."""
    instances = {
        name: found["Properties"]
        for name, found in template["Resources"].items()
        if found["Type"] == "AWS::Serverless::Application"
    }
    return {name: found["Parameters"] for name, found in instances.items() if found["Location"] == module}


def deployed() -> dict[str, Any]:
    found: dict[str, Any] = parse_yaml_file(str(ROOT / "template.yaml"))
    return found


def with_example(document: str) -> dict[str, Any]:
    """The template with the dataset that a document shows."""
    match = BLOCK.search((ROOT / document).read_text())
    assert match is not None
    text = (ROOT / "template.yaml").read_text().replace("\nOutputs:\n", f"\n{match[1]}\nOutputs:\n")
    found: dict[str, Any] = yaml_parse(text)
    assert "TripsPipeline" in found["Resources"]
    return found


@pytest.mark.parametrize(
    "template",
    [deployed(), with_example("README.md"), with_example("docs/add-a-dataset.md")],
    ids=["template.yaml", "README.md", "docs/add-a-dataset.md"],
)
@pytest.mark.parametrize("module", ["pipelines/pipeline.yaml", "pipelines/job-role.yaml", "pipelines/stream.yaml"])
def test_every_instance_gives_what_its_module_needs_and_nothing_else(template: dict[str, Any], module: str) -> None:
    known = parameters_of(module)
    needed = {name for name, found in known.items() if "Default" not in found}

    instances = datasets(template, module)

    assert instances
    for name, given in instances.items():
        assert needed <= set(given) <= set(known), name


def test_what_is_known_in_the_whole_account_carries_the_suffix_of_the_stage() -> None:
    template = deployed()
    resources = template["Resources"]

    for given in datasets(template, "pipelines/pipeline.yaml").values():
        names = {name: given[name] for name in ACCOUNT_WIDE if name in given}
        if "JobName" in names:
            names["JobName"] = resources[names["JobName"]["Ref"]]["Properties"]["Name"]
        for name, value in names.items():
            assert value["Fn::Sub"].endswith("${NameSuffix}"), (given["Name"], name)


def test_a_job_and_its_role_are_of_one_dataset() -> None:
    """The folders that the role opens are those that the job is told, and those of the pipeline."""
    template = deployed()
    pipelines, roles = datasets(template, "pipelines/pipeline.yaml"), datasets(template, "pipelines/job-role.yaml")
    with_jobs = [given for given in pipelines.values() if "JobName" in given]

    assert len(roles) == len(with_jobs) == 2
    for given in with_jobs:
        job = template["Resources"][given["JobName"]["Ref"]]["Properties"]
        role = roles[job["Role"]["Fn::GetAtt"][0]]
        told = {name: value["Fn::Sub"] for name, value in job["DefaultArguments"].items() if isinstance(value, dict)}
        same = ("Prefix", "DatabaseName", "TargetPrefix", "RejectedPrefix")
        assert [role[name] for name in same] == [given[name] for name in same]
        assert told == {
            "--TempDir": f"s3://${{ResultsBucket}}/{role['TempPrefix']}",
            "--SOURCE_DB": given["DatabaseName"]["Fn::Sub"],
            "--SOURCE_S3": f"s3://${{LakeBucket}}/{given['Prefix']}",
            "--TARGET_S3": f"s3://${{CuratedBucket}}/{given['TargetPrefix']}",
            "--REJECTED_S3": f"s3://${{CuratedBucket}}/{given['RejectedPrefix']}",
        }
