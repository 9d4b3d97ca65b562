"""What an operator installs: one wheel with the command line and the layer's package, and nothing of the rest."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_both_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0].split("-")[0] for name in names} == {"landfall", "landfall_cli"}
    assert {"landfall/adapters/state_table.py", "landfall_cli/main.py", "landfall_cli/commands/status.py"} <= set(names)


def test_the_command_of_the_wheel_works(wheel: Path) -> None:
    start = "from landfall_cli.main import main; import landfall_cli; assert '.whl' in landfall_cli.__file__; main()"
    command = [sys.executable, "-c", start, "--version"]
    ended = subprocess.run(
        command, cwd=wheel.parent, env={"PYTHONPATH": str(wheel)}, capture_output=True, text=True, check=True
    )

    assert ended.stdout.startswith("landfall 0.")
    entry_points = zipfile.ZipFile(wheel).read(f"{wheel.name.rsplit('-', 3)[0]}.dist-info/entry_points.txt").decode()
    assert "landfall = landfall_cli.main:main" in entry_points
