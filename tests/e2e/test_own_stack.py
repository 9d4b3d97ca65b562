"""A dataset in a stack of its own: the template and the commands of docs/add-a-dataset.md, as a new user takes them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.demo.observer import Observer
from local.demo.queries import ask
from local.stack.polling import until
from local.stack.stack import REGION, ROOT
from tests.e2e.conftest import Landfall

pytestmark = [pytest.mark.engine, pytest.mark.fresh("it deploys a stack next to Landfall's")]

SECTION = re.compile(r"^## In a stack of its own$(.*?)^## ", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def stacks(landfall: Landfall) -> Iterator[Any]:
    """CloudFormation; the stack of the test goes with it."""
    client = boto3.client(
        "cloudformation", endpoint_url=landfall.stack.endpoint, region_name=REGION,
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    yield client
    client.delete_stack(StackName="trips")
    until(lambda: not deployed(client, "trips"), 60, "the stack to be deleted")


def deployed(stacks: Any, prefix: str) -> dict[str, tuple[Any, Any]]:
    """The state of each stack whose name starts so, and when it was touched last."""
    return {
        stack["StackName"]: (stack["StackStatus"], stack.get("LastUpdatedTime", stack["CreationTime"]))
        for page in stacks.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
        if stack["StackName"].startswith(prefix) and stack["StackStatus"] != "DELETE_COMPLETE"
    }


def blocks(language: str) -> list[str]:
    """The documentation's blocks of a language, in their order."""
    section = SECTION.search((ROOT / "docs" / "add-a-dataset.md").read_text())
    assert section is not None
    return [text for found, text in BLOCK.findall(section[1]) if found == language]


def follow_the_documentation(landfall: Landfall, folder: Path) -> None:
    copy, *deploy_and_upload = blocks("sh")
    (template,) = blocks("yaml")
    (folder / "template.yaml").write_text(template)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join((copy, *deploy_and_upload))],
        cwd=folder, env=landfall.stack.environment() | {"LANDFALL": str(ROOT)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_dataset_in_a_stack_of_its_own_leaves_landfall_s_untouched(
    landfall: Landfall, stacks: Any, tmp_path: Path
) -> None:
    before, observer = deployed(stacks, "landfall"), Observer(landfall.clients)

    follow_the_documentation(landfall, tmp_path)
    # Where a sweep sees it before the upload, a first run finds nothing; the upload's then follows at once.
    until(lambda: [run["outcome"] for run in landfall.runs("trips")][-1:] == ["succeeded"], 60, "the run to end")

    _, rows = ask(landfall.clients, 'SELECT id, km FROM "trips-db"."trips" ORDER BY id')
    assert rows == [("1", "4.5"), ("2", "12.0")]
    run = landfall.runs("trips")[-1]
    assert [step["step"] for step in run["log"]] == ["crawl trips-crawler", "checks"]
    assert landfall.state("trips")["incidents"] == []
    heard = until(lambda: [event for event in observer.hear() if is_ready(event)], 30, "Dataset Ready")
    assert heard[0]["detail"]["run"] == run["sk"].removeprefix("run#")
    assert deployed(stacks, "landfall") == before


def is_ready(event: dict[str, Any]) -> bool:
    return bool(event["detail-type"] == "Dataset Ready" and event["detail"]["pipeline"] == "trips")
