"""Make an environment with uv, or with pip where uv cannot be had or does not get through."""

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from local.setup.bootstrap import bootstrap
from local.setup.environment import ROOT, Environment, fingerprint
from local.setup.installers import Installer, InstallError, Pip, Uv
from local.setup.progress import Progress

_PROJECT_MARK = "landfall-project"


def make(name: str, locks: Sequence[Path], project: Path | None = None, root: Path = ROOT) -> bool:
    """Have `.venv/<name>` with what the locks name, one on top of the other, and with the project's own package.

    What is there already stays. False, with the reason on stderr, if it could not be made. Raises RefusedError where
    something that is not ours is in the way.
    """
    environment = Environment(name, root)
    with environment.locked():
        progress = Progress(name)
        is_made = install_locks(environment, locks, progress)
        if is_made and project is not None:
            is_made = _install_project(environment, project, progress)
        if is_made:
            progress.finish()
        return is_made


def install_locks(environment: Environment, locks: Sequence[Path], progress: Progress) -> bool:
    """Install what is missing: an environment of the first locks is added to, one of other locks is made again."""
    if is_made(environment, locks):
        return True
    wanted = fingerprint(*locks)

    def install(installer: Installer) -> None:
        is_tied, there = _state(environment)
        missing = locks
        if there and wanted.startswith(there):
            missing = locks[len(there.splitlines()) - 1 :]
            environment.unmark()
        else:
            is_tied = False
            environment.empty()
            installer.create()
        for lock in missing:
            installer.install(lock)
        is_tied = is_tied or not installer.is_relocatable
        environment.finish((_tie(environment) if is_tied else "") + wanted)

    lines = [line for lock in locks for line in lock.read_text().splitlines() if "==" in line]
    progress.begin(f"{len({line.partition('==')[0] for line in lines})} packages")
    environment.begin_log()
    return attempt(environment, progress, install)


def is_made(environment: Environment, locks: Sequence[Path]) -> bool:
    """Whether it has what the locks name, and runs where it is now."""
    return _state(environment)[1].startswith(fingerprint(*locks))


def attempt(environment: Environment, progress: Progress, install: Callable[[Installer], None]) -> bool:
    """Install with uv, and if that does not work with pip. False after both, with the reason on stderr."""
    environment.claim()
    try:
        found = bootstrap(environment.folder.parent)
        if found.uv is not None:
            try:
                install(Uv(environment, progress, found.uv))
            except InstallError as error:
                progress.note(f"uv does not get through ({error}); pip tries the same, which takes longer")
            else:
                return True
        install(Pip(environment, progress, found.python))
    except InstallError as error:
        progress.fail(str(error), environment.log)
        return False
    return True


def _state(environment: Environment) -> tuple[bool, str]:
    """Whether it is tied to its place, and what it is made of: nothing that counts when it was tied to another."""
    made_of, tie = environment.made_of(), _tie(environment)
    return made_of.startswith(tie), made_of.removeprefix(tie)


def _tie(environment: Environment) -> str:
    """Begins the mark of one that cannot be moved: the scripts that pip writes name the folder of their Python."""
    return f"{environment.path}\n"


def _install_project(environment: Environment, project: Path, progress: Progress) -> bool:
    mark, wanted = environment.path / _PROJECT_MARK, _project_fingerprint(project)
    if mark.exists() and mark.read_text() == wanted:
        return True
    progress.begin("the project")

    def install(installer: Installer) -> None:
        installer.install_project(project)
        mark.write_text(wanted)

    return attempt(environment, progress, install)


def _project_fingerprint(project: Path) -> str:
    """What an editable installation depends on: where it is, and what its pyproject.toml says of the package."""
    document = tomllib.loads((project / "pyproject.toml").read_text())
    parts = [str(project), document["project"], document["build-system"], document["tool"]["hatch"]]
    return f"{hashlib.sha256(repr(parts).encode()).hexdigest()}\n"
