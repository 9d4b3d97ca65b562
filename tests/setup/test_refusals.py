"""What is not ours is never used, changed or removed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.setup.checkout import Checkout


def a_link_to_elsewhere(path: Path) -> Path:
    """The file of the user's that has to survive."""
    elsewhere = path.parent.parent / "elsewhere"
    (elsewhere / "bin").mkdir(parents=True)
    (elsewhere / "kept").write_text("mine")
    path.symlink_to(elsewhere)
    return elsewhere / "kept"


def a_link_to_nothing(path: Path) -> Path:
    path.symlink_to(path.parent / "nothing")
    return path


def an_environment_of_someone_else(path: Path) -> Path:
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "python").write_text("mine")
    return path / "bin" / "python"


def a_file(path: Path) -> Path:
    path.write_text("mine")
    return path


def refused(checkout: Checkout, path: Path, kept: Path) -> None:
    was_there = kept.exists()
    ended = checkout.make("tools")

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"{path} ")
    assert f"mv {path} {path}.old" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not was_there or kept.read_text() == "mine"


@pytest.mark.parametrize(
    "place", [a_link_to_elsewhere, a_link_to_nothing, an_environment_of_someone_else, a_file]
)  # fmt: skip
def test_an_environment_that_is_not_ours_is_refused(checkout: Checkout, place: Callable[[Path], Path]) -> None:
    refused(checkout, checkout.dev, place(checkout.dev))

    checkout.dev.rename(f"{checkout.dev}.old")  # the way out
    assert checkout.make("tools").returncode == 0


def test_a_link_in_place_of_all_environments_is_refused(pip_only: Checkout) -> None:
    folder = pip_only.place / ".venv"
    refused(pip_only, folder, a_link_to_elsewhere(folder))
    assert [path.name for path in folder.iterdir() if path.name not in ("bin", "kept")] == []
    folder.unlink()


def test_an_empty_folder_is_no_reason_to_refuse(checkout: Checkout) -> None:
    checkout.dev.mkdir(parents=True)

    assert checkout.make("tools").returncode == 0
    assert checkout.run("alpha") == "alpha 1.0"


def test_a_python_that_is_too_old_is_one_clear_line(checkout: Checkout) -> None:
    old = "import runpy, sys; sys.version_info = (3, 10, 13); runpy.run_module('local.setup', run_name='__main__')"

    ended = subprocess.run([sys.executable, "-c", old], cwd=checkout.place, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Python 3.11 or later is needed")


def test_removal_removes_what_is_ours_and_names_the_rest(checkout: Checkout) -> None:
    checkout.make("tools")
    other = checkout.place / ".venv" / "other"
    an_environment_of_someone_else(other)

    removed = checkout.make("--remove")

    assert removed.returncode == 0
    assert [path.name for path in (checkout.place / ".venv").iterdir() if path.is_dir()] == ["other"]
    assert str(other) in removed.stdout


def test_removal_of_everything_leaves_nothing(checkout: Checkout) -> None:
    checkout.make("tools")

    assert checkout.make("--remove").stdout == ""
    assert not (checkout.place / ".venv").exists()
