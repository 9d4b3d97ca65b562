"""Glue job: turn raw person profiles, CSV files with a header, into typed, de-duplicated Parquet by age group.

Every run reads all files below SOURCE_S3 and replaces TARGET_S3 and REJECTED_S3 by the results. So a repeated run gives
the same rows in the same objects, and the next run repairs one that crashed at any point.

What readers see during a run: all data is written below TempDir first, and the target changes only when it is complete.
Each partition is one object, replaced by one PUT, so readers see it either old or new, never partial, doubled or
missing; but the partitions do not change all at once, so a person who changes age group may be seen in both groups or
in none. Obsolete objects are removed last. A partition of more than `ROWS_PER_FILE` rows is several objects, and may be
seen partly old and partly new.

Runs of one job must not overlap (Glue's MaxConcurrentRuns is 1 by default). TARGET_S3 and REJECTED_S3 belong to this
job alone: any other objects in them are removed.

Plain Spark 3.5 and the standard library: the same file runs on Glue 5.1 and on the local engine.
"""

import argparse
import csv
import io
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

JOB, PARTITION = "curate_person", "age_group"
_COLUMNS = ("name", "age", "city")
_OLDEST = 130
_HEADER_BYTES = 65536


# The rules


def transform(raw: DataFrame) -> DataFrame:
    """Judge raw rows: return each one, typed, with its `outcome` and, if it is rejected, the `reason`.

    `raw` has `name`, `age`, `city` as text, `line` (the whole row if its number of fields differs from the header's,
    else null), `source_file` and `source_time` (when the file was uploaded).

    White space is trimmed and collapsed; empty text is null. A person is identified by name and city, since the files
    have no id. Of several good rows, the one in the newest file is `kept`; on a tie the one in the file last by name,
    then the one with the highest age. The others are `duplicate`. A bad row never replaces a good one.
    """
    typed = raw.select(
        _text("name").alias("name"),
        _whole_number(_text("age")).alias("age"),
        _text("city").alias("city"),
        F.struct(*_COLUMNS).alias("raw"),
        "line",
        "source_file",
        "source_time",
    )
    judged = typed.withColumn("reason", _reason())
    best = Window.partitionBy("reason", "name", "city").orderBy(
        F.col("source_time").desc(), F.col("source_file").desc(), F.col("age").desc()
    )
    return judged.withColumn(
        "outcome",
        F.when(F.col("reason").isNotNull(), "rejected")
        .when(F.row_number().over(best) == 1, "kept")
        .otherwise("duplicate"),
    )


def curated(judged: DataFrame) -> DataFrame:
    """The table's rows, from judged rows; the partition `age_group` is the age rounded down to tens."""
    age_group = (F.floor(F.col("age") / 10) * 10).cast(T.IntegerType())
    return judged.where(F.col("outcome") == "kept").select("name", "age", "city", age_group.alias("age_group"))


def rejected(judged: DataFrame) -> DataFrame:
    """The rejected rows, unchanged, with the reason and the file."""
    return judged.where(F.col("outcome") == "rejected").select("reason", "raw.*", "line", "source_file")


def _text(name: str) -> Column:
    single = F.trim(F.regexp_replace(name, "[\\s\u00a0]+", " "))
    return F.when(single != "", single)


def _whole_number(text: Column) -> Column:
    """An int; 30.0 is one, too, since tools write a column of whole numbers with gaps like that."""
    pattern = r"^(-?[0-9]{1,9})(\.0+)?$"
    return F.when(text.rlike(pattern), F.regexp_extract(text, pattern, 1).cast(T.IntegerType()))


def _reason() -> Column:
    """Why the row is rejected, by the first rule that it breaks; null for a good one."""
    raw = {name: F.col(f"raw.{name}") for name in _COLUMNS}
    return (
        F.when(F.col("line").isNotNull(), "not as many fields as the header")
        .when(F.concat_ws("", *raw.values()).contains("\ufffd"), "not UTF-8")
        .when(F.col("name").isNull(), "name is missing")
        .when(_text("raw.age").isNull(), "age is missing")
        .when(F.col("age").isNull(), "age is not a whole number")
        .when(~F.col("age").between(0, _OLDEST), f"age is not between 0 and {_OLDEST}")
        .when(F.col("city").isNull(), "city is missing")
    )


# Reading


def read(spark: SparkSession, folder: str) -> DataFrame:
    """Read all rows of all files below `folder`, as `transform` takes them, with columns by the names in each header.

    Files with the same header are read together. A column that a header does not name, or names twice, is null.

    Raises:
        JobError: there is no file.

    """
    files = spark.read.text(folder, recursiveFileLookup=True).inputFiles()
    if not files:
        raise JobError(f"{folder} holds no file. Upload one, or mend SOURCE_S3; the curated data was left as it is.")
    paths = [_path(spark, file) for file in files]
    with ThreadPoolExecutor(8) as pool:
        headers = list(pool.map(lambda path: _header(spark, path), paths))
    groups: dict[tuple[str, ...], list[str]] = {}
    for path, header in zip(paths, headers, strict=True):
        groups.setdefault(header, []).append(path.toString())
    frames = [_read_alike(spark, header, alike) for header, alike in groups.items()]
    rows = frames[0]
    for frame in frames[1:]:
        rows = rows.unionByName(frame)
    return rows


def _read_alike(spark: SparkSession, header: tuple[str, ...], paths: list[str]) -> DataFrame:
    names = [*header, "line"]
    if len(set(names)) < len(names):
        names = [*(f"column {place}" for place in range(len(header))), "line"]
    schema = T.StructType([T.StructField(name, T.StringType()) for name in names])
    # Spark would take a name with brackets for a pattern, and fail if it has a colon as well.
    rows = spark.read.option("__globPaths__", "false").csv(
        paths,
        schema=schema,
        # A first row without any known name is not a header but a row.
        header=not set(_COLUMNS).isdisjoint(header),
        multiLine=True,
        escape='"',
        mode="PERMISSIVE",
        columnNameOfCorruptRecord="line",
    )
    # Without this, a `+` in a name would become a space.
    file = F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))

    def column(name: str) -> Column:
        there = header.count(name) == 1
        return (rows[f"`{names[header.index(name)]}`"] if there else F.lit(None).cast(T.StringType())).alias(name)

    return rows.select(
        *map(column, _COLUMNS),
        "line",
        file.alias("source_file"),
        F.col("_metadata.file_modification_time").alias("source_time"),
    )


def _header(spark: SparkSession, path: Any) -> tuple[str, ...]:
    """The names in the first row of a file, plain or compressed; none if it is empty."""
    stream = _open(spark, path)
    start = bytes(stream.readNBytes(_HEADER_BYTES)).decode("utf-8-sig", errors="replace")
    stream.close()
    return tuple(name.strip().lower() for name in next(csv.reader(io.StringIO(start, newline="")), ()))


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
