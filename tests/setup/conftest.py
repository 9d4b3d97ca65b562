"""Checkouts with uv, and without it."""

from pathlib import Path

import pytest

from local.setup.environment import ROOT
from tests.setup.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that has uv."""
    if not (ROOT / ".venv" / "uv" / "bin" / "uv").exists():
        pytest.skip("uv cannot be had on this machine: pip has made its environments")
    return Checkout(tmp_path / "checkout", tmp_path / "index", has_uv=True)


@pytest.fixture(scope="module")
def pip_only(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout on a machine that cannot have uv."""
    folder = tmp_path_factory.mktemp("pip")
    return Checkout(folder / "checkout", folder / "index", has_uv=False)
