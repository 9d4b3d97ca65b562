"""Spark for the jobs' tests, from the Spark environment; where it or Java is missing they are skipped.

They run with the developer's Python: Spark's environment (pure Python) is put behind it on the path.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from local.spark import environment
from local.spark.java import find

_CONF = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "'-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    java = find(installed=environment.PLACE)
    if not environment.is_ready() or java is None:
        pytest.skip("Spark's environment, or Java 17 or 21, is not there: run `make setup-spark`")
    arguments = " ".join(f"--conf {name}={value}" for name, value in _CONF.items())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[2] {arguments} pyspark-shell")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("JAVA_HOME", str(java.resolve().parent.parent))
        patch.setenv("SPARK_HOME", str(environment.spark_home()))
        patch.setattr(sys, "path", [*sys.path, str(environment.spark_home().parent)])
        session = importlib.import_module("pyspark.sql").SparkSession.builder.getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def curate_person(spark: Any) -> ModuleType:
    return _job(spark, "jobs.curate_person")


@pytest.fixture(scope="session")
def curate_orders(spark: Any) -> ModuleType:
    return _job(spark, "jobs.curate_orders")


@pytest.fixture(scope="session")
def stream_person(spark: Any) -> ModuleType:
    return _job(spark, "jobs.stream_person")


def _job(spark: Any, name: str) -> ModuleType:
    """A job's module, and the session as the job sets it."""
    module = importlib.import_module(name)
    for setting, value in module.SETTINGS.items():
        spark.conf.set(setting, value)
    return module
