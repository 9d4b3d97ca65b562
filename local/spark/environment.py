"""Make the environment that Glue jobs run in: `python -m local.spark.environment`.

Like local.setup it runs before anything is installed. Whatever is fetched is locked, with hashes, and what has to be
built of it is kept by uv: PySpark and the package with the jars come as source.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from local.setup.environment import ROOT, Environment, RefusedError, fingerprint
from local.setup.installers import Installer
from local.setup.make import attempt
from local.setup.progress import Progress
from local.spark import jars, java

PLACE = (ROOT / ".venv").resolve() / "spark"
PYTHON = PLACE / "bin" / "python"
S3_JARS = PLACE / "s3-jars"
ARCHIVE = PLACE / "classes.jsa"
_ARCHIVE_MARK = PLACE / "landfall-archive"
_LOCKS = Path(__file__).parent


def is_ready() -> bool:
    """Whether jobs can run."""
    return _has_packages() and java.find(installed=PLACE) is not None


def spark_home() -> Path:
    """Where PySpark keeps Spark's jars."""
    return next(PLACE.glob("lib/python*/site-packages/pyspark"))


def main() -> int:
    """Make what is missing of it; the exit code."""
    environment = Environment("spark")
    try:
        # a running engine may make it just now
        with environment.locked():
            return _make(environment, Progress("spark"))
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1


def _make(environment: Environment, progress: Progress) -> int:
    if not _has_packages():
        progress.begin("Spark, 0.5 GB")
        environment.begin_log()
        if not attempt(environment, progress, lambda installer: _install_packages(environment, progress, installer)):
            return 1
    chosen = java.find(installed=PLACE)
    if chosen is None:
        progress.begin("Java")
        if not attempt(environment, progress, lambda installer: installer.install(_LOCKS / "java.txt")):
            return 1
        chosen = java.find(installed=PLACE)
    if chosen is None:
        progress.finish("no Java")
        print("Glue jobs need Java 17 or 21, and the package index has none that runs here.", file=sys.stderr)
        return 1
    _make_archive(environment, progress, chosen)
    progress.finish()
    return 0


def _install_packages(environment: Environment, progress: Progress, installer: Installer) -> None:
    environment.empty()
    installer.create()
    installer.install(_LOCKS / "build.txt")
    installer.install(_LOCKS / "requirements.txt", "--no-build-isolation")
    # on the same disk, so that uv links the files of its cache
    with tempfile.TemporaryDirectory(dir=environment.path) as folder:
        installer.install(_LOCKS / "jars.txt", "--no-build-isolation", "--target", folder)
        progress.show("its S3 client")
        jars.take_out(Path(folder), S3_JARS)
    environment.finish(_wanted())


def _make_archive(environment: Environment, progress: Progress, chosen: Path) -> None:
    """Jobs run without it, too: it is not tried again where it could not be made."""
    wanted = _archive_wanted(chosen)
    if _ARCHIVE_MARK.exists() and _ARCHIVE_MARK.read_text() == wanted:
        return
    progress.begin("an archive of Spark's classes")
    if PLACE in chosen.parents:
        # this Java comes without the archive of its own classes that ours builds on
        environment.run(chosen, "-Xshare:dump")
    is_made = environment.run(sys.executable, "-m", "local.spark.archive")
    _ARCHIVE_MARK.write_text(wanted)
    if not is_made:
        progress.note(f"no archive of Spark's classes could be made, so jobs take twice as long ({environment.log})")


def _has_packages() -> bool:
    return Environment("spark").is_ready(_wanted())


def _wanted() -> str:
    return fingerprint(*(_LOCKS / f"{name}.txt" for name in ("build", "requirements", "jars")), Path(jars.__file__))


def _archive_wanted(chosen: Path) -> str:
    """It is good for one Java and for jars at one place: Java compares the class path."""
    parts = [java.description(chosen), str(PLACE), hashlib.sha256((_LOCKS / "training.py").read_bytes()).hexdigest()]
    return "\n".join(parts)


if __name__ == "__main__":
    raise SystemExit(main())
