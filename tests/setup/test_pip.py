"""Where uv cannot be had, pip makes the same environments; a little slower, and tied to their place."""

from tests.setup.checkout import Checkout


def test_pip_makes_what_is_locked(pip_only: Checkout) -> None:
    made = pip_only.make("dev")

    assert made.returncode == 0, made.stderr
    assert "uv environment: cannot be had" in made.stdout
    assert (pip_only.run("alpha"), pip_only.run("beta")) == ("alpha 1.0", "beta 1.0")
    assert pip_only.evaluate("sample", "__file__") == str(pip_only.place / "source" / "sample.py")
    assert pip_only.make("tools", "dev").stdout == ""


def test_pip_checks_hashes_too(pip_only: Checkout) -> None:
    lock = pip_only.place / "requirements-dev.txt"
    right = lock.read_text()
    lock.write_text(right[:-65] + "0" * 64 + "\n")

    failed = pip_only.make("dev")
    lock.write_text(right)

    assert failed.returncode == 1
    assert "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" in failed.stderr


def test_what_pip_has_made_is_made_again_at_another_place(pip_only: Checkout) -> None:
    assert pip_only.make("dev").returncode == 0
    pip_only.place = pip_only.place.rename(pip_only.place.with_name("moved"))

    made = pip_only.make("dev")

    assert made.returncode == 0, made.stderr
    assert pip_only.run("alpha") == "alpha 1.0"
    assert pip_only.evaluate("sample", "__file__") == str(pip_only.place / "source" / "sample.py")
