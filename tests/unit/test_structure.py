"""The tree: no circle of imports anywhere, and files that fit a head. `make lint` keeps the import contracts."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Where modules are imported from, and what is below.
SOURCES = {
    ROOT / "layers/landfall/python": ["landfall"],
    ROOT / "cli": ["landfall_cli"],
    ROOT: ["benchmarks", "functions", "jobs", "local", "tests", "verification"],
}
LONGEST = 300  # lines of a file in functions/, layers/ and local/engine; Glue scripts are single files by nature
LONGER: dict[str, str] = {}  # by path: the reason


def modules(sources: dict[Path, list[str]]) -> dict[str, Path]:
    """Every module of the tree by its dotted name."""
    found = {}
    for root, folders in sources.items():
        for file in (file for folder in folders for file in (root / folder).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(name: str, file: Path, known: dict[str, Path]) -> set[str]:
    """The modules of the tree that a module imports anywhere in it, in functions as well.

    What is imported under TYPE_CHECKING never runs, and does not count: a part of the simulation names the type of the
    world that holds it.
    """
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for module, members in _statements(ast.parse(file.read_bytes()), package):
        submodules = {f"{module}.{member}" for member in members} & known.keys()
        own = {module} if len(submodules) < len(members) or not members else set()
        found |= submodules | (own & known.keys())
    return found - {name}


def _statements(tree: ast.AST, package: str) -> Iterator[tuple[str, list[str]]]:
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield ".".join([*above, *filter(None, [node.module])]), [alias.name for alias in node.names]


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield from _running(child)


def circle(sources: dict[Path, list[str]]) -> list[str]:
    """A circle of imports, if there is one."""
    known = modules(sources)
    try:
        TopologicalSorter({name: imports(name, file, known) for name, file in known.items()}).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_import_goes_round() -> None:
    assert len(modules(SOURCES)) > 500
    assert circle(SOURCES) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("import house.second", "from house import first"),
        ("from house.second import x", "def f():\n    from house.first import y"),
        ("from .second import x", "from . import first"),
    ],
)
def test_a_circle_is_found_however_it_is_written(first: str, second: str, tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    for name, text in (("__init__", ""), ("first", first), ("second", second), ("third", "import house.first")):
        (house / f"{name}.py").write_text(text)

    assert set(circle({tmp_path: ["house"]})) == {"house.first", "house.second"}

    (house / "second.py").write_text("import typing\nif typing.TYPE_CHECKING:\n    from house.first import y")
    assert circle({tmp_path: ["house"]}) == []


def test_no_file_is_longer_than_it_may_be() -> None:
    files = [file for folder in ("functions", "layers", "local/engine") for file in (ROOT / folder).rglob("*.py")]
    lines = {file.relative_to(ROOT).as_posix(): len(file.read_text().splitlines()) for file in files}

    assert len(lines) > 150
    assert {name: count for name, count in lines.items() if count > LONGEST and name not in LONGER} == {}
    assert [name for name in LONGER if lines.get(name, 0) <= LONGEST] == [], "no exception any more"
