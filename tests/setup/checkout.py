"""A small checkout whose environments are made as ours are: its own wheels, no network, and uv or nothing but pip."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from shutil import copytree, ignore_patterns

from local.setup.environment import MARK, ROOT

BACKEND = """
import os, time, zipfile
from pathlib import Path

NAME = "sample-1.0-py3-none-any.whl"

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    root = Path(__file__).parent
    with (root / "builds.txt").open("a") as log:
        log.write("built\\n")
    while (root / "hold").exists():
        time.sleep(0.02)
    with zipfile.ZipFile(Path(wheel_directory, NAME), "w") as wheel:
        wheel.writestr("sample.pth", str(root / "source"))
        wheel.writestr("sample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: 1.0\\n")
        wheel.writestr("sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("sample-1.0.dist-info/RECORD", "sample.pth,,\\n")
    return NAME
"""
SLOW_BACKEND = """
import time
from pathlib import Path

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    Path({started!r}).touch()
    time.sleep(600)
"""
PYPROJECT = """
[project]
name = "sample"
version = "1.0"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[tool.hatch.build]
"""


class Checkout:
    """Its folder, and the package index that it installs from, a folder of wheels."""

    def __init__(self, place: Path, index: Path, *, has_uv: bool) -> None:
        self.place, self.index = place, index
        copytree(ROOT / "local" / "setup", place / "local" / "setup", ignore=ignore_patterns("__pycache__"))
        (place / "local" / "__init__.py").touch()
        (place / "source").mkdir()
        (place / "source" / "sample.py").write_text("VALUE = 'as it is'\n")
        (place / "pyproject.toml").write_text(PYPROJECT)
        (place / "backend.py").write_text(BACKEND)
        index.mkdir()
        self.lock("requirements-tools.txt", alpha="1.0")
        self.lock("requirements-dev.txt", alpha="1.0", beta="1.0")
        if has_uv:
            self._take_uv()

    @property
    def dev(self) -> Path:
        return self.place / ".venv" / "dev"

    def lock(self, file: str, **versions: str) -> None:
        """Publish these packages, and lock them."""
        hashes = {name: _publish(self.index, name, version) for name, version in versions.items()}
        (self.place / file).write_text(
            "".join(f"{name}=={version} \\\n    --hash=sha256:{hashes[name]}\n" for name, version in versions.items())
        )

    def lock_what_is_built_for_ever(self, file: str, started: Path) -> None:
        """Add a package to a lock that comes as source; `started` appears when its build begins."""
        path = self.index / "slow-1.0.tar.gz"
        files = {
            "PKG-INFO": "Metadata-Version: 2.2\nName: slow\nVersion: 1.0\n",
            "pyproject.toml": PYPROJECT.replace("sample", "slow"),
            "backend.py": SLOW_BACKEND.format(started=str(started)),
        }
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"slow-1.0/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content.encode()))
        with (self.place / file).open("a") as lock:
            lock.write(f"slow==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n")

    def start(self, *names: str, module: str = "local.setup") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", module, *names], cwd=self.place, env=self._environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def make(self, *names: str, module: str = "local.setup") -> subprocess.CompletedProcess[str]:
        process = self.start(*names, module=module)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(names, process.returncode, output, errors)

    def run(self, script: str) -> str:
        """What a command of the environment prints."""
        return _output([self.dev / "bin" / script])

    def evaluate(self, module: str, expression: str) -> str:
        """What an expression on an imported module is in the environment."""
        return _output([self.dev / "bin" / "python", "-c", f"import {module}; print({module}.{expression})"])

    def installed(self, name: str) -> list[Path]:
        return list(self.dev.glob(f"lib/python*/site-packages/{name}"))

    def builds(self) -> int:
        return len((self.place / "builds.txt").read_text().splitlines())

    def _environment(self) -> dict[str, str]:
        """An index of ours only, whatever this machine's settings name."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "PYTHON"))
        }
        pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.index)}
        uv = {"UV_NO_CONFIG": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.index), "UV_OFFLINE": "1"}
        return inherited | pip | uv | {"UV_CACHE_DIR": f"{self.index}-cache", "UV_LINK_MODE": "copy"}

    def _take_uv(self) -> None:
        """The uv that has made the environments of these tests."""
        bin_folder = self.place / ".venv" / "uv" / "bin"
        bin_folder.mkdir(parents=True)
        for program in ("uv", "python"):
            (bin_folder / program).symlink_to(ROOT / ".venv" / "uv" / "bin" / program)
        (bin_folder.parent / MARK).write_text((ROOT / ".venv" / "uv" / MARK).read_text())


def _output(command: list[str | Path]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout.strip()


def _publish(index: Path, name: str, version: str) -> str:
    """A wheel with a module and a command that prints its version; the wheel's hash."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = '{version}'\n\n\ndef main():\n    print('{name} {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = index / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, content in (files | {f"{info}/RECORD": record}).items():
            wheel.writestr(zipfile.ZipInfo(file, (2026, 1, 1, 0, 0, 0)), content)
    return hashlib.sha256(path.read_bytes()).hexdigest()
