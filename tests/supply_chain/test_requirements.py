"""What is installed where: locked with hashes, apart for functions, engine, development and scanning, and small."""

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest
import yaml

from local.stack.stack import ROOT

LOCKS = (
    "layers/dependencies/requirements.txt",
    "local/requirements.txt",
    "local/setup/uv.txt",
    "local/source/requirements.txt",
    "local/spark/build.txt",
    "local/spark/jars.txt",
    "local/spark/java.txt",
    "local/spark/requirements.txt",
    "requirements-dev.txt",
    "requirements-scan.txt",
    "requirements-tools.txt",
    "tests/engine_clients/dbt.txt",
)
FUNCTIONS = LOCKS[0]
LAYER_BUDGET = 4_500_000
"""Bytes of the two layers, unpacked. Lambda takes 250 MB; each one is read at a cold start."""
LARGEST_MODULE = 60_000


def locked(file: str) -> dict[str, list[str]]:
    """The options of each requirement of a lock, by its name and version."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, *options = line.split(" --")
            found[name.split(";")[0].strip()] = [option.strip() for option in options]
    return found


def test_every_lock_is_judged_and_made_by_make_lock() -> None:
    everywhere = {path.relative_to(ROOT) for path in ROOT.rglob("*.in")}
    asked = {path for path in everywhere if not path.parts[0].startswith(".")}
    recipe = (ROOT / "Makefile").read_text().split("\nLOCKS :=")[1].split("\nclean:")[0]

    assert {str(path.with_suffix(".txt")) for path in asked} == set(LOCKS)
    assert [lock for lock in LOCKS if lock.removesuffix(".txt") not in re.split(r"[\s.]", recipe)] == []


def test_new_versions_are_proposed_wherever_something_is_locked() -> None:
    (updates,) = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]

    locked_in = {f"/{Path(lock).parent}".removesuffix(".") for lock in LOCKS}
    assert set(updates["directories"]) == locked_in


@pytest.mark.parametrize("file", LOCKS)
def test_every_requirement_is_pinned_with_hashes(file: str) -> None:
    assert locked(file)
    for requirement, options in locked(file).items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s,*]+", requirement), requirement
        assert options, requirement
        assert all(re.fullmatch(r"hash=sha256:[0-9a-f]{64}", option) for option in options), requirement


@pytest.mark.parametrize("file", LOCKS)
def test_no_lock_says_where_packages_come_from(file: str) -> None:
    text = (ROOT / file).read_text()

    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host|git\+", text)


@pytest.mark.parametrize("file", LOCKS)
def test_what_is_asked_for_is_locked(file: str) -> None:
    names = {requirement.split("==")[0].split("[")[0].lower() for requirement in locked(file)}
    for line in Path(ROOT / file).with_suffix(".in").read_text().splitlines():
        if line.strip() and not line.startswith(("#", "-r ")):
            asked = re.match(r"[A-Za-z0-9._-]+", line)
            assert asked, f"no requirement: {line}"
            assert asked[0].lower().replace("_", "-") in names, f"{asked[0]} is not in {file}: make lock"


def test_the_tools_are_a_part_of_what_development_installs() -> None:
    """What tests need is installed on top of the tools, in the same environment."""
    development = locked("requirements-dev.txt")

    tools = locked("requirements-tools.txt")
    assert len(tools) < len(development)
    assert {name: options for name, options in tools.items() if development.get(name) != options} == {}


def test_the_tools_have_nothing_that_only_tests_need() -> None:
    names = {requirement.partition("==")[0] for requirement in locked("requirements-tools.txt")}

    assert not names & {"awscli", "awswrangler", "debugpy", "moto", "mypy", "pandas", "pyarrow", "pytest", "ruff"}


def test_what_make_up_and_the_demos_import_is_in_the_tools() -> None:
    """Development has more, so nothing else would notice before someone's first `make demo`."""
    tools = {requirement.split("==")[0].split("[")[0] for requirement in locked("requirements-tools.txt")}
    distributions = importlib.metadata.packages_distributions()
    folders = [ROOT / "local" / room for room in ("commands", "demo", "sam", "stack")] + [ROOT / "cli"]
    imported = {name for folder in folders for file in folder.rglob("*.py") for name in imports_at_start(file)}
    foreign = imported - set(sys.stdlib_module_names) - {"local", "landfall", "landfall_cli"}

    assert {"boto3", "rich"} <= foreign
    for name in foreign:
        assert {distribution.lower() for distribution in distributions[name]} & tools, f"{name} is not in the tools"


def imports_at_start(file: Path) -> set[str]:
    """What a module imports when it is imported itself."""
    found = set()
    for statement in ast.parse(file.read_text()).body:
        if isinstance(statement, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            found.add(statement.module.partition(".")[0])
    return found


def test_the_functions_have_the_versions_that_are_tested() -> None:
    development = {requirement.split("[")[0] for requirement in locked("requirements-dev.txt")}

    assert set(locked(FUNCTIONS)) <= development


def test_the_layers_keep_their_budget() -> None:
    """The dependencies' files as they are installed here, from the same lock, and our own package."""
    size = 0
    for requirement in locked(FUNCTIONS):
        distribution = importlib.metadata.distribution(requirement.split("==")[0].split("[")[0])
        assert f"=={distribution.version}" in requirement
        size += sum(file.size or 0 for file in distribution.files or () if not str(file).endswith(".pyc"))
    own = [path for path in (ROOT / "layers" / "landfall").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    size += sum(path.stat().st_size for path in own)

    assert 100_000 < size < LAYER_BUDGET, f"{size:,} bytes"
    assert max(path.stat().st_size for path in own) < LARGEST_MODULE


def test_nothing_compiled_is_in_the_functions_layer() -> None:
    """The layer is built on one processor and runs on another."""
    for requirement in locked(FUNCTIONS):
        files = importlib.metadata.distribution(requirement.split("==")[0].split("[")[0]).files or ()
        assert not [file for file in files if Path(file).suffix in (".so", ".pyd", ".dylib")], requirement
