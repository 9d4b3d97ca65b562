"""One folder of .venv: who made it, of what, and that only one process at a time works on it.

A folder is ours from the moment it has the mark, which is empty until everything is in. So one that was left half-made
is made again, and one that someone else made is refused and never removed.
"""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "landfall-ready"
_LINK = "is a symbolic link, and what it leads to may be in use elsewhere"


class RefusedError(Exception):
    """Something of the user's is where an environment belongs, with the way out."""


class Environment:
    """`.venv/<name>` of a checkout."""

    def __init__(self, name: str, root: Path = ROOT) -> None:
        self.name = name
        self.folder = root / ".venv"
        self.path = self.folder / name
        self.python = self.path / "bin" / "python"
        self.log = self.path / "install.log"
        self._mark = self.path / MARK

    def made_of(self) -> str:
        """What `finish` was last given; empty if it is not there, half-made, or its Python is gone."""
        try:
            return self._mark.read_text() if self.python.exists() else ""
        except FileNotFoundError:
            return ""

    def is_ready(self, wanted: str) -> bool:
        """Whether it was made of this, and perhaps of more on top."""
        return self.made_of().startswith(wanted)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process works on it, and keep the others waiting. Raises RefusedError."""
        if self.folder.is_symlink():
            raise RefusedError(_refusal(self.folder, _LINK))
        self.folder.mkdir(exist_ok=True)
        with (self.folder / f"{self.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"{self.name} environment: another process makes it; waiting …", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            self._check_ours()
            yield

    def claim(self) -> None:
        """Make the folder, if it is not there, and have our mark in it."""
        self.path.mkdir(exist_ok=True)
        self._mark.touch()

    def begin_log(self) -> None:
        """A new log: what was made before is of no interest."""
        self.claim()
        self.log.write_text("")

    def empty(self) -> None:
        """Start from nothing; the mark stays, or an interruption would leave a folder that is not known as ours."""
        self.claim()
        self.unmark()
        for entry in self.path.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry not in (self._mark, self.log):  # the log has what another installer said just now
                entry.unlink()

    def unmark(self) -> None:
        """It is ours and not ready."""
        self._mark.write_text("")

    def finish(self, made_of: str) -> None:
        """Mark it as ready; the last step."""
        # in one step, and never into a file that a copy of this checkout may share with it
        new = self._mark.with_suffix(".new")
        new.write_text(made_of)
        new.replace(self._mark)

    def run(self, *command: str | Path) -> bool:
        """Run a command of its making in the checkout; what it prints goes to the log."""
        with self.log.open("a") as log:
            ended = subprocess.run(command, cwd=self.folder.parent, stdout=log, stderr=log, check=False)
        return ended.returncode == 0

    def remove(self) -> bool:
        """Remove it if it is ours; false if it is not."""
        if self.path.is_symlink() or not self._mark.exists():
            return False
        with self.locked():
            self.empty()
            self.log.unlink(missing_ok=True)
            self._mark.unlink()
            self.path.rmdir()
        return True

    def _check_ours(self) -> None:
        if self.path.is_symlink():
            raise RefusedError(_refusal(self.path, _LINK))
        if self.path.exists() and not self.path.is_dir():
            raise RefusedError(_refusal(self.path, "is not a folder"))
        if self.path.is_dir() and not self._mark.exists() and any(self.path.iterdir()):
            raise RefusedError(_refusal(self.path, "was not made by Landfall's set-up"))


def fingerprint(*files: Path) -> str:
    """What an environment is made of: this Python, and a line for each lock. Where the checkout is does not count."""
    return "".join([f"{sys.version}\n", *(f"{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)])


def remove_all(root: Path = ROOT) -> list[Path]:
    """Remove every environment of ours, and .venv if nothing else is in it; what is left there."""
    folder = root / ".venv"
    if folder.is_symlink() or not folder.is_dir():
        return [folder] if folder.is_symlink() else []
    left = [path for path in folder.iterdir() if path.suffix != ".lock" and not Environment(path.name, root).remove()]
    if not left:
        for lock in folder.glob("*.lock"):
            lock.unlink()
        folder.rmdir()
    return left


def _refusal(path: Path, what: str) -> str:
    return (
        f"{path} {what}, and stays as it is. Move it away, or remove it if nothing needs it, and try again: "
        f"mv {path} {path}.old"
    )
