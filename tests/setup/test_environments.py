"""How environments are made: once, of exactly what is locked, together or moved or interrupted."""

import os
import signal
import time
from pathlib import Path

from local.setup.environment import MARK
from tests.setup.checkout import Checkout


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_tools_have_what_is_locked_and_the_project_as_it_is(checkout: Checkout) -> None:
    made = checkout.make("tools")

    assert made.returncode == 0, made.stderr
    assert checkout.run("alpha") == "alpha 1.0"
    assert checkout.evaluate("sample", "__file__") == str(checkout.place / "source" / "sample.py")
    assert not checkout.installed("beta.py")


def test_what_is_there_is_not_made_again(checkout: Checkout) -> None:
    checkout.make("tools")
    before = {path: path.stat().st_mtime_ns for path in checkout.dev.rglob("*.py")}

    again = checkout.make("tools")

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert checkout.builds() == 1


def test_what_tests_need_is_added_to_the_tools(checkout: Checkout) -> None:
    checkout.make("tools")
    (kept,) = checkout.installed("alpha.py")
    inode = kept.stat().st_ino

    made = checkout.make("dev")

    assert made.returncode == 0, made.stderr
    assert checkout.run("beta") == "beta 1.0"
    assert kept.stat().st_ino == inode
    assert checkout.make("tools", "dev").stdout == ""


def test_another_lock_is_another_environment(checkout: Checkout) -> None:
    checkout.make("dev")
    checkout.lock("requirements-tools.txt", alpha="2.0")
    checkout.lock("requirements-dev.txt", alpha="2.0", gamma="1.0")

    made = checkout.make("dev")

    assert made.returncode == 0, made.stderr
    assert (checkout.run("alpha"), checkout.run("gamma")) == ("alpha 2.0", "gamma 1.0")
    assert not checkout.installed("beta.py")
    assert checkout.evaluate("sample", "VALUE") == "as it is"


def test_a_change_of_what_only_tests_need_leaves_the_tools_usable(checkout: Checkout) -> None:
    checkout.make("dev")
    checkout.lock("requirements-dev.txt", alpha="1.0", gamma="1.0")

    assert checkout.make("tools").stdout == ""
    assert checkout.make("dev").returncode == 0

    assert checkout.run("gamma") == "gamma 1.0"
    assert not checkout.installed("beta.py")


def test_a_checkout_that_moved_installs_its_project_again_and_nothing_else(checkout: Checkout) -> None:
    checkout.make("dev")
    checkout.place = checkout.place.rename(checkout.place.with_name("moved"))
    (package,) = checkout.installed("alpha.py")
    inode = package.stat().st_ino

    made = checkout.make("dev")

    assert made.returncode == 0, made.stderr
    assert package.stat().st_ino == inode
    assert checkout.run("alpha") == "alpha 1.0"
    assert checkout.evaluate("sample", "__file__") == str(checkout.place / "source" / "sample.py")


def test_a_file_whose_hash_is_not_the_locked_one_is_not_installed(checkout: Checkout) -> None:
    lock = checkout.place / "requirements-tools.txt"
    lock.write_text(lock.read_text().split("sha256:")[0] + f"sha256:{'0' * 64}\n")

    failed = checkout.make("tools")

    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("The dev environment could not be installed. ERROR: ")
    assert str(checkout.dev / "install.log") in last
    assert "Hash mismatch" in failed.stdout
    assert not checkout.installed("alpha.py")


def test_a_lock_without_hashes_is_not_installed(checkout: Checkout) -> None:
    (checkout.place / "requirements-tools.txt").write_text("alpha==1.0\n")

    failed = checkout.make("tools")

    assert failed.returncode == 1
    assert "hash" in failed.stderr.lower()
    assert not checkout.installed("alpha.py")


def test_a_lock_that_cannot_be_had_fails_with_its_reason_and_is_tried_again(checkout: Checkout) -> None:
    checkout.make("tools")
    checkout.lock("requirements-dev.txt", alpha="1.0", beta="1.0")
    wheel = checkout.index / "beta-1.0-py3-none-any.whl"
    content = wheel.read_bytes()
    wheel.unlink()

    failed = checkout.make("dev")

    assert failed.returncode == 1
    assert "No matching distribution found for beta==1.0" in failed.stderr.splitlines()[-1]
    wheel.write_bytes(content)
    assert checkout.make("dev").returncode == 0
    assert checkout.run("beta") == "beta 1.0"


def test_one_that_was_killed_half_way_is_made_again(checkout: Checkout) -> None:
    checkout.make("tools")
    checkout.lock("requirements-tools.txt", alpha="2.0")
    (checkout.place / "builds.txt").unlink()
    (checkout.place / "hold").touch()
    killed = checkout.start("tools")
    wait_for(checkout.place / "builds.txt")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (checkout.place / "hold").unlink()

    made = checkout.make("tools")

    assert made.returncode == 0, made.stderr
    assert checkout.run("alpha") == "alpha 2.0"
    assert checkout.evaluate("sample", "VALUE") == "as it is"


def test_one_that_was_killed_while_something_was_added_is_not_trusted(checkout: Checkout) -> None:
    checkout.make("tools")
    right, building = (checkout.place / "requirements-dev.txt").read_text(), checkout.index / "building"
    checkout.lock_what_is_built_for_ever("requirements-dev.txt", building)
    killed = checkout.start("dev")
    wait_for(building)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    (checkout.place / "requirements-dev.txt").write_text(right)
    (package,) = checkout.installed("alpha.py")
    package.unlink()  # as an installation that was cut off may leave it

    made = checkout.make("tools")

    assert made.returncode == 0, made.stderr
    assert checkout.run("alpha") == "alpha 1.0"


def test_one_without_its_mark_of_readiness_is_known_as_ours_and_made_again(checkout: Checkout) -> None:
    checkout.make("tools")
    (checkout.dev / MARK).write_text("")  # as while it is made
    (package,) = checkout.installed("alpha.py")
    package.unlink()

    made = checkout.make("tools")

    assert made.returncode == 0, made.stderr
    assert checkout.run("alpha") == "alpha 1.0"


def test_two_at_once_wait_for_each_other(checkout: Checkout) -> None:
    (checkout.place / "hold").touch()
    first = checkout.start("tools")
    wait_for(checkout.place / "builds.txt")
    second = checkout.start("tools")
    assert second.stdout is not None
    assert "another process makes it; waiting" in second.stdout.readline()
    (checkout.place / "hold").unlink()

    assert (first.communicate(timeout=60), first.returncode)[1] == 0
    assert (second.communicate(timeout=60), second.returncode)[1] == 0
    assert checkout.builds() == 1


def test_where_packages_came_from_is_in_no_file_but_the_log(checkout: Checkout) -> None:
    checkout.make("dev")

    files = [path for path in checkout.place.rglob("*") if path.is_file() and path.name != "install.log"]
    assert len(files) > 20
    assert [path for path in files if str(checkout.index).encode() in path.read_bytes()] == []
