"""The environment of Glue jobs: what is taken out of the package with the jars, and what is in its way."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.setup.environment import ROOT
from local.spark import environment, jars
from tests.setup.checkout import Checkout

KEPT = ("com/amazonaws/auth/Signer.class", "com/amazonaws/services/s3/Client.class", "META-INF/MANIFEST.MF")
LEFT = ("com/amazonaws/services/ec2/Client.class", "models/s3.json", "META-INF/maven/pom.xml")


def set_up(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    shutil.copytree(ROOT / "local" / "spark", checkout.place / "local" / "spark", dirs_exist_ok=True)
    return checkout.make(module="local.spark.environment")


def test_only_the_part_of_the_sdk_that_the_s3_client_needs_is_taken(tmp_path: Path) -> None:
    package, place = tmp_path / "package" / "jars", tmp_path / "place"
    package.mkdir(parents=True)
    (package / "hadoop-aws-3.3.1.jar").write_bytes(b"client")
    (package / "hadoop-common-3.3.1.jar").write_bytes(b"another")
    with zipfile.ZipFile(package / "aws-java-sdk-bundle-1.11.901.jar", "w") as bundle:
        for name in (*KEPT, *LEFT):
            bundle.writestr(name, name)

    jars.take_out(package.parent, place)

    assert (place / "hadoop-aws-3.3.1.jar").read_bytes() == b"client"
    assert sorted(path.name for path in place.iterdir()) == [
        "aws-java-sdk-s3-part-1.11.901.jar", "hadoop-aws-3.3.1.jar",
    ]  # fmt: skip
    with zipfile.ZipFile(place / "aws-java-sdk-s3-part-1.11.901.jar") as part:
        assert sorted(part.namelist()) == sorted(KEPT)


def test_spark_that_cannot_be_had_is_one_clear_line(checkout: Checkout) -> None:
    failed = set_up(checkout)

    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("The spark environment could not be installed. ERROR: No matching distribution found for ")
    assert str(checkout.place / ".venv" / "spark" / "install.log") in last


def test_spark_of_someone_else_is_refused(checkout: Checkout) -> None:
    other = checkout.place / ".venv" / "spark"
    other.mkdir()
    (other / "mine").touch()

    failed = set_up(checkout)

    assert failed.returncode == 1
    (line,) = failed.stderr.splitlines()
    assert line.startswith(f"{other} was not made by Landfall's set-up")
    assert list(other.iterdir()) == [other / "mine"]


@pytest.mark.skipif(not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`")
def test_spark_that_is_there_is_not_made_again() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.spark.environment"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
