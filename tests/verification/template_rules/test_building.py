"""The templates build with the Python that runs this, whatever the runtime, and pack in no other way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from awscli.customizations.cloudformation.artifact_exporter import zip_folder as pack_for_aws
from samcli.lib.package.utils import make_zip_with_lambda_permissions
from samcli.lib.package.utils import zip_folder as pack_for_sam

from local.stack.stack import ROOT, TOOLS

LIBRARIES = ROOT / "layers" / "dependencies"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `sam build` makes of the defaults, on a machine where no other Python than this one is found."""
    folder = tmp_path_factory.mktemp("build")
    only = folder / "bin"
    only.mkdir()
    for name in ("make", "sh", "cp", "rm"):
        (only / name).symlink_to(
            next(place / name for place in (Path("/usr/bin"), Path("/bin")) if (place / name).exists())
        )
    (only / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')  # a link would leave its environment
    (only / "python3").chmod(0o755)
    if not subprocess.run([only / "python3", "-m", "pip", "--version"], capture_output=True, check=False).stdout:
        uv = next(place for place in (ROOT / ".venv" / "uv" / "bin" / "uv", TOOLS / "uv") if place.exists())
        (only / "uv").symlink_to(uv)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "AWS_"))}
    environment |= {"PATH": str(only), "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-east-1"}
    ended = subprocess.run(
        [sys.executable, "-m", "samcli", "build", "--no-cached", "--build-dir", folder / "built"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    return folder / "built"


def test_any_python_builds_for_the_default_runtime(built: Path) -> None:
    packages = {path.name for path in (built / "DependenciesLayer" / "python").iterdir()}

    assert {"aws_lambda_powertools", "jmespath", "typing_extensions.py"} <= packages
    assert not any((built / "DependenciesLayer").rglob("*.so"))


def test_a_function_is_built_as_its_one_file(built: Path) -> None:
    for function in ("OnUpload", "Watchdog", "Page"):
        assert [path.name for path in (built / function).iterdir()] == ["app.py"]


def test_what_is_built_can_be_packed(built: Path) -> None:
    with pack_for_sam(str(built / "DependenciesLayer"), make_zip_with_lambda_permissions) as (file, _):
        assert Path(file).stat().st_size > 100_000


def test_what_is_not_built_cannot_be_packed() -> None:
    sam, aws = pack_for_sam(str(LIBRARIES), make_zip_with_lambda_permissions), pack_for_aws(str(LIBRARIES))
    for packed in (sam, aws):
        with pytest.raises(OSError, match=r"\.aws-sam"), packed:  # entering is what fails
            pass
