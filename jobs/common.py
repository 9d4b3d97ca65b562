"""The common part of the jobs between two crawls: `make jobs` writes the text below the mark into each `curate_*.py`.

Glue runs single files, and `sam deploy` uploads nothing that a script imports, so each script contains the text:
docs/decisions/0018. The names that it uses from the job above it are declared here.
"""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

JOB: str
"""The job's name, as in its log."""
PARTITION: str
"""The column that its table is partitioned by."""
read: Callable[[SparkSession, str], DataFrame]
"""Reads all rows below a folder, as `transform` takes them."""
transform: Callable[[DataFrame], DataFrame]
"""Adds to each row its `outcome`, and a `reason` if it is rejected."""
curated: Callable[[DataFrame], DataFrame]
"""Selects the table's rows from judged rows."""
rejected: Callable[[DataFrame], DataFrame]
"""Selects the rejected rows from judged rows."""


# The same in every job, since Glue runs single files: made from jobs/common.py by `make jobs`, to be changed there.

ROWS_PER_FILE = 5_000_000  # a file is in memory while it is copied
SETTINGS: dict[str, bool | float | int | str | None] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # a failed cast is null, which gives the row its reason
    "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning": "true",  # few rows, few tasks, also when persisted
}


class JobError(Exception):
    """The input or an argument cannot be used; the message says what is wrong and what to do."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, judge and publish; print the counts as one line of JSON."""
    options = parse(arguments)
    spark = SparkSession.builder.appName(JOB).config(map=SETTINGS).getOrCreate()
    try:
        publish(spark, transform(read(spark, options.SOURCE_S3)).persist(), options)
    except Py4JJavaError as error:
        broken = unreadable(spark, options.SOURCE_S3)
        if not broken:
            raise
        raise JobError(f"Not readable to the end, so upload again or remove: {', '.join(broken)}") from error
    finally:
        spark.catalog.clearCache()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the job's arguments, which Glue mixes with its own; folders lose the slash at the end.

    Raises:
        JobError: a folder is inside another, or is a whole bucket: replacing it would remove other data.

    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--RUN_ID", default="by-hand", help="names this run, step and attempt")
    for name in ("SOURCE_DB", "SOURCE_TABLE"):
        parser.add_argument(f"--{name}", help="what the crawl before this job left; the files are read, not the table")
    folders = ("SOURCE_S3", "TARGET_S3", "REJECTED_S3", "TempDir")
    for name in folders:
        parser.add_argument(f"--{name}", required=True, type=lambda folder: folder.rstrip("/"))
    options, _ = parser.parse_known_args(arguments)
    for name in folders:
        place = getattr(options, name)
        if not re.match(r"[a-z0-9]+://[^/]*/.", place):
            raise JobError(f"{name} is {place!r}: give a folder of a bucket, such as s3://bucket/folder/.")
        for other in folders:
            if other != name and f"{getattr(options, other)}/".startswith(f"{place}/"):
                raise JobError(f"{other} lies in {name}, {place}: the folders must lie apart.")
    return options


def publish(spark: SparkSession, judged: DataFrame, options: argparse.Namespace) -> None:
    """Replace the rejected and the curated data, and print the counts of rows read and of their outcomes.

    Raises:
        JobError: no row is good; the rejected rows were replaced, the curated data was left as it is.

    """
    counts = {(row.outcome, row.reason): row["count"] for row in judged.groupBy("outcome", "reason").count().collect()}
    reasons = {reason: count for (outcome, reason), count in sorted(counts.items()) if outcome == "rejected"}
    kept, written = counts.get(("kept", None), 0), Observation()
    staging = f"{options.TempDir}/{JOB}/{re.sub('[^A-Za-z0-9._-]', '_', options.RUN_ID)}"
    bad = rejected(judged).repartition(1)
    bad = bad.sortWithinPartitions(*bad.columns)
    bad.write.mode("overwrite").option("maxRecordsPerFile", ROWS_PER_FILE).json(f"{staging}/rejected")
    if kept:
        good = curated(judged).observe(written, F.count(F.lit(1)).alias("rows")).repartition(PARTITION)
        good = good.sortWithinPartitions(PARTITION, *good.columns)
        good.write.mode("overwrite").option("maxRecordsPerFile", ROWS_PER_FILE).partitionBy(PARTITION).parquet(
            f"{staging}/curated"
        )
    # Rejected rows first: a row missing in the curated data can always be found there.
    replace(spark, f"{staging}/rejected", options.REJECTED_S3, ".json")
    if kept:
        replace(spark, f"{staging}/curated", options.TARGET_S3, ".snappy.parquet")
    _remove(spark, staging)
    summary = {"job": JOB, "run_id": options.RUN_ID, "read": sum(counts.values()), "kept": kept}
    summary |= {"duplicates": counts.get(("duplicate", None), 0), "rejected": sum(reasons.values())}
    summary |= {"rejected_because": reasons, "written": written.get["rows"] if kept else 0}
    print(json.dumps(summary))  # noqa: T201 # a job's output is its log
    if not kept:
        raise JobError(
            f"No row of {options.SOURCE_S3} is good ({summary['read']} read); the curated data was left as it is. "
            f"The rows, each with its reason: {options.REJECTED_S3}"
        )


def replace(spark: SparkSession, staged: str, target: str, suffix: str) -> None:
    """Make `target` contain exactly the staged files, under names that are the same in every run.

    Each object is replaced by one PUT; obsolete objects are removed when all new ones exist.
    """
    new: dict[str, Any] = {}
    folders: dict[str, int] = {}
    for name, path in sorted(_files(spark, staged).items()):
        folder = name.rpartition("/")[0]
        folders[folder] = number = folders.get(folder, -1) + 1
        new[f"{folder}/part-{number:05}{suffix}"] = path
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: _put(spark, new[name], target + name), new))
    for name in _files(spark, target).keys() - new.keys():
        folder = name.rpartition("/")[0]
        # A partition is removed as a whole, without remains; the target folder itself stays.
        _remove(spark, target + (name if folder in {*folders, ""} else folder))


def unreadable(spark: SparkSession, folder: str) -> list[str]:
    """Find compressed files that are truncated or invalid: Spark fails on them without naming the file."""

    def is_broken(file: str) -> bool:
        stream, java = _open(spark, _path(spark, file)), _java(spark)
        try:
            java.org.apache.hadoop.io.IOUtils.copyBytes(
                stream, java.java.io.OutputStream.nullOutputStream(), 65536, True
            )
        except Py4JJavaError:
            return True
        return False

    files = spark.read.text(folder, recursiveFileLookup=True).inputFiles()
    with ThreadPoolExecutor(8) as pool:
        return [file for file, broken in zip(files, pool.map(is_broken, files), strict=True) if broken]


def _put(spark: SparkSession, source: Any, target: str) -> None:
    """Copy a file in one PUT. It is read in full first, since closing a half-written object would publish it."""
    (system, path), java = _place(spark, target), _java(spark)
    held, settings = java.java.io.ByteArrayOutputStream(), system.getConf()
    java.org.apache.hadoop.io.IOUtils.copyBytes(source.getFileSystem(settings).open(source), held, settings, True)
    output = system.create(path, True)
    held.writeTo(output)
    output.close()


def _files(spark: SparkSession, folder: str) -> dict[str, Any]:
    """The data files below a folder, by their path relative to it, with a leading slash."""
    system, path = _place(spark, folder)
    found: dict[str, Any] = {}
    if not system.exists(path):
        return found
    start, files = len(system.makeQualified(path).toString()), system.listFiles(path, True)
    while files.hasNext():
        file = files.next()
        name = file.getPath().toString()[start:]
        if file.getLen() and not re.search(r"/[._]", name):
            found[name] = file.getPath()
    return found


def _remove(spark: SparkSession, place: str) -> None:
    system, path = _place(spark, place)
    system.delete(path, True)


def _open(spark: SparkSession, path: Any) -> Any:
    """Open a file as a stream, decompressed by its name, as Spark does."""
    system, _ = _place(spark, path.toString())
    codec = _java(spark).org.apache.hadoop.io.compress.CompressionCodecFactory(system.getConf()).getCodec(path)
    return system.open(path) if codec is None else codec.createInputStream(system.open(path))


def _path(spark: SparkSession, uri: str) -> Any:
    """The path of a file from Spark's list, which escapes names."""
    java = _java(spark)
    return java.org.apache.hadoop.fs.Path(java.java.net.URI(uri))


def _place(spark: SparkSession, place: str) -> tuple[Any, Any]:
    """The file system of a path, and the path, as Java objects: Spark has no Python API for them."""
    path = _java(spark).org.apache.hadoop.fs.Path(place)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()), path  # noqa: SLF001 # as above


def _java(spark: SparkSession) -> Any:
    return spark._jvm  # noqa: SLF001 # as above


if __name__ == "__main__":
    main()
