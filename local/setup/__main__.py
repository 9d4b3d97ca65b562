"""`python -m local.setup NAME …` makes environments; `--remove` removes those that it made. Standard library only."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # what follows cannot be read by the Python that this is about
    raise SystemExit(f"Python 3.11 or later is needed, and this is {sys.version.split()[0]}: make PYTHON=python3.x …")

from dataclasses import dataclass
from pathlib import Path

from local.setup.bootstrap import bootstrap
from local.setup.environment import ROOT, RefusedError, remove_all
from local.setup.installers import InstallError
from local.setup.make import make


@dataclass(frozen=True, slots=True)
class _Kind:
    """What `.venv/<folder>` is made of."""

    folder: str
    locks: tuple[str, ...]
    has_project: bool = False


_TOOLS = "requirements-tools.txt"
_KINDS = {
    # one folder: `dev` is `tools` and more, so nothing is installed twice, and commands stay where they are
    "tools": _Kind("dev", (_TOOLS,), has_project=True),
    "dev": _Kind("dev", (_TOOLS, "requirements-dev.txt"), has_project=True),
    "engine": _Kind("engine", ("local/requirements.txt",)),
    "source": _Kind("source", ("local/source/requirements.txt",)),
    "dbt": _Kind("dbt", ("tests/engine_clients/dbt.txt",)),
    "scan": _Kind("scan", ("requirements-scan.txt",)),
}


def main(names: list[str]) -> int:
    """Make each one in turn, or remove all; the exit code."""
    try:
        if names == ["--remove"]:
            return _remove()
        return 0 if all(_make(name) for name in names) else 1
    except (InstallError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1


def _make(name: str) -> bool:
    if name == "uv":
        return bootstrap().uv is not None
    kind = _KINDS[name]
    return make(kind.folder, [ROOT / lock for lock in kind.locks], ROOT if kind.has_project else None)


def _remove() -> int:
    left: list[Path] = remove_all()
    for path in left:
        print(f"Left as it is, since the set-up did not make it: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
