"""Everything that the seeds describe for S3, the catalog and crawlers works against the endpoint."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from local.stack.polling import until
from local.stack.stack import ROOT, TOOLS
from tests.e2e.conftest import Landfall

pytestmark = [pytest.mark.engine, pytest.mark.fresh("what it creates by the AWS CLI stays")]

BUCKET = "dataset-glue-bucket-2025"
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLE = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SAMPLE = ROOT / "local" / "data" / "profile_data.csv"


def aws(landfall: Landfall, command: str) -> str:
    """Run an AWS CLI command as somebody would type it."""
    ended = subprocess.run(
        [TOOLS / "aws", *shlex.split(command)],
        env=landfall.stack.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, f"aws {command}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def role_arn(landfall: Landfall, name: str) -> str:
    made = aws(landfall, f"iam create-role --role-name {name} --assume-role-policy-document '{json.dumps(ROLE)}'")
    # an account's own role would have less; the engine refuses what it has not
    aws(landfall, f"iam put-role-policy --role-name {name} --policy-name all --policy-document '{json.dumps(ALL)}'")
    return str(json.loads(made)["Role"]["Arn"])


def test_the_steps_of_the_seeds_by_the_aws_cli(landfall: Landfall, tmp_path: Path) -> None:
    aws(landfall, f"s3 mb s3://{BUCKET}")
    assert BUCKET in aws(landfall, "s3 ls")
    aws(landfall, f"s3api put-object --bucket {BUCKET} --key data/dataprofile/")
    aws(landfall, f"s3 cp {SAMPLE} s3://{BUCKET}/data/dataprofile/profile_data.csv")
    assert "profile_data.csv" in aws(landfall, f"s3 ls s3://{BUCKET}/data/ --recursive")

    role = role_arn(landfall, "glue-crawler-role")
    aws(landfall, "iam create-user --user-name project")
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    aws(landfall, f"iam attach-user-policy --user-name project --policy-arn {policy}")
    aws(landfall, 'glue create-database --database-input \'{"Name": "seeds-db"}\'')
    targets = json.dumps({"S3Targets": [{"Path": f"s3://{BUCKET}/data/dataprofile/"}]})
    aws(
        landfall,
        f"glue create-crawler --name seeds-crawler --role {role} --database-name seeds-db --table-prefix _ "
        f"--targets '{targets}'",
    )
    aws(landfall, "glue start-crawler --name seeds-crawler")
    get_state = "glue get-crawler --name seeds-crawler --query Crawler.State --output text"
    until(lambda: aws(landfall, get_state).strip() == "READY", 30, "the crawler to be READY", every=0.5)

    table = json.loads(aws(landfall, "glue get-table --database-name seeds-db --name _dataprofile"))["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["name", "age", "city"]
    assert table["Parameters"]["classification"] == "csv"
    assert table["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/data/dataprofile/"
    assert json.loads(aws(landfall, "glue get-tables --database-name seeds-db"))["TableList"]
    assert json.loads(aws(landfall, "glue get-databases"))["DatabaseList"]
    assert json.loads(aws(landfall, "glue list-crawls --crawler-name seeds-crawler"))["Crawls"]

    copy = tmp_path / "copy.csv"
    aws(landfall, f"s3 cp s3://{BUCKET}/data/dataprofile/profile_data.csv {copy}")
    assert copy.read_bytes() == SAMPLE.read_bytes()
