"""Glue job: turn raw orders, JSON lines with nested items in folders by day, into typed Parquet rows, one per item.

Every run reads all files below SOURCE_S3 and replaces TARGET_S3 and REJECTED_S3 by the results. So a repeated run gives
the same rows in the same objects, and the next run repairs one that crashed at any point.

What readers see during a run: all data is written below TempDir first, and the target changes only when it is complete.
Each day is one object, replaced by one PUT, so readers see it either old or new, never partial, doubled or missing; but
the days do not change all at once. Obsolete objects are removed last. A day of more than `ROWS_PER_FILE` rows is
several objects, and may be seen partly old and partly new.

Runs of one job must not overlap (Glue's MaxConcurrentRuns is 1 by default). TARGET_S3 and REJECTED_S3 belong to this
job alone: any other objects in them are removed.

Plain Spark 3.5 and the standard library: the same file runs on Glue 5.1 and on the local engine.
"""

import argparse
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

JOB, PARTITION = "curate_orders", "day"
# At most 18 digits: Spark computes with those several times faster than with longer ones.
_MONEY, _EXACT, _SUM = T.DecimalType(12, 2), T.DecimalType(18, 6), T.DecimalType(18, 2)
# All fields as text, so that the rules judge values of a wrong type. Other fields are ignored.
_ORDER = """struct<order_id: string, ordered_at: string, currency: string, total: string,
    customer: struct<id: string, country: string>,
    items: array<struct<sku: string, quantity: string, unit_price: string>>>"""
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"


# The rules


def transform(raw: DataFrame) -> DataFrame:
    """Judge raw lines: return each one, typed, with its `outcome` and, if it is rejected, the `reason`.

    `raw` has `line` (text), `source_file` (with the folder `day=YYYY-MM-DD` in its path) and `source_time` (when the
    file was uploaded).

    An order may be delivered more than once. Of several good lines with the same order_id, the one in the newest file
    is `kept`; on a tie the one in the file last by name; then one chosen by its content, the same in every run. The
    others are `duplicate`. A bad line never replaces a good one.
    """
    typed = _typed(_parsed(raw)).withColumn("reason", _reason())
    is_bad = F.col("reason").isNotNull()
    # The text of good lines is dropped here: it would be most of the data to shuffle and to keep in memory.
    slim = typed.withColumn("content", F.xxhash64("line")).withColumn("line", F.when(is_bad, F.col("line")))
    best = Window.partitionBy("reason", "order_id", "line").orderBy(
        F.col("source_time").desc(), F.col("source_file").desc(), F.col("content").desc()
    )
    outcome = F.when(is_bad, "rejected").when(F.row_number().over(best) == 1, "kept").otherwise("duplicate")
    return slim.withColumn("outcome", outcome).drop("broken", "content", "source_time", "total")


def curated(judged: DataFrame) -> DataFrame:
    """The table's rows, from judged lines: one per item, numbered from 1, with the `day` of the order in UTC."""
    items = judged.where(F.col("outcome") == "kept").select("*", F.posexplode("items").alias("place", "it"))
    return items.select(
        "order_id",
        (F.col("place") + 1).alias("item"),
        "ordered_at",
        "customer_id",
        "country",
        "currency",
        "it.sku",
        "it.quantity",
        "it.unit_price",
        "it.amount",
        "day",
    )


def rejected(judged: DataFrame) -> DataFrame:
    """The rejected lines, unchanged, with the reason and the file."""
    return judged.where(F.col("outcome") == "rejected").select("reason", "line", "source_file")


def _parsed(raw: DataFrame) -> DataFrame:
    """Parse each line into its `order`, all as text; `broken` if it is not one JSON object with the fields of an order.

    It is parsed as the only element of a list, since Spark ignores whatever follows a first object.
    """
    schema = f"lines array<{_ORDER}>, broken string"
    wrapped = F.from_json(
        F.concat(F.lit('{"lines": ['), F.col("line"), F.lit("\n]}")), schema, {"columnNameOfCorruptRecord": "broken"}
    )
    read = raw.withColumn("read", wrapped)
    one = F.col("read.broken").isNull() & (F.size("read.lines") == 1) & F.col("read.lines")[0].isNotNull()
    return read.select(
        "line", "source_file", "source_time", (~one).alias("broken"), F.col("read.lines")[0].alias("order")
    )


def _typed(parsed: DataFrame) -> DataFrame:
    def item(raw: Column) -> Column:
        price = raw["unit_price"].cast(_EXACT).alias("exact")
        return F.struct(_text(raw["sku"]).alias("sku"), _count(raw["quantity"]).alias("quantity"), price)

    def priced(item: Column) -> Column:
        return F.struct(item["sku"], item["quantity"], _money(item["exact"], _MONEY).alias("unit_price"))

    def amounted(item: Column) -> Column:
        amount = (item["quantity"].cast(T.DecimalType(5, 0)) * item["unit_price"]).cast(_SUM)
        return F.struct(item["sku"], item["quantity"], item["unit_price"], amount.alias("amount"))

    time = F.col("order.ordered_at")
    return parsed.select(
        _text(F.col("order.order_id")).alias("order_id"),
        F.when(time.rlike(_TIME), time.cast(T.TimestampType())).alias("ordered_at"),
        _text(F.col("order.customer.id")).alias("customer_id"),
        _text(F.col("order.customer.country")).alias("country"),
        _text(F.col("order.currency")).alias("currency"),
        # Step by step, since Spark evaluates an expression twice if a lambda uses it twice.
        F.transform(F.transform(F.transform("order.items", item), priced), amounted).alias("items"),
        _money(F.col("order.total").cast(_EXACT), _SUM).alias("total"),
        F.nullif(F.regexp_extract("source_file", r"/day=([0-9]{4}-[0-9]{2}-[0-9]{2})/", 1), F.lit("")).alias("day"),
        "broken",
        "line",
        "source_file",
        "source_time",
    )


def _text(raw: Column) -> Column:
    return F.nullif(F.trim(raw), F.lit(""))


def _count(raw: Column) -> Column:
    return F.when(raw.rlike("^[1-9][0-9]{0,4}$"), raw.cast(T.IntegerType()))


def _money(exact: Column, kind: T.DecimalType) -> Column:
    """An amount of money: not negative, without fractions of a cent."""
    return F.when((exact >= 0) & (exact == exact.cast(kind)), exact.cast(kind))


def _reason() -> Column:
    """Why the line is rejected, by the first rule that it breaks; null for a good one."""
    none = F.lit(0).cast(_SUM)
    total = F.aggregate("items", none, lambda sofar, item: (sofar + item["amount"]).cast(_SUM))
    return (
        F.when(F.col("broken"), "not one JSON object of an order's shape")
        .when(F.col("day").isNull(), "not in a folder day=YYYY-MM-DD")
        .when(F.col("order_id").isNull(), "order_id is missing")
        .when(F.col("ordered_at").isNull(), "ordered_at is not a time with a zone")
        .when(F.date_format("ordered_at", "yyyy-MM-dd") != F.col("day"), "ordered on another day than its folder's")
        .when(F.col("customer_id").isNull(), "customer.id is missing")
        .when(F.col("currency").isNull(), "currency is missing")
        .when(F.coalesce(F.size("items"), F.lit(0)) <= 0, "it has no items")
        .when(F.exists("items", lambda item: item["sku"].isNull()), "an item has no sku")
        .when(F.exists("items", lambda item: item["quantity"].isNull()), "a quantity is not a whole number above 0")
        .when(F.exists("items", lambda item: item["unit_price"].isNull()), "a unit_price is not an amount of money")
        .when(F.col("total").isNull(), "total is not an amount of money")
        .when(~F.col("total").eqNullSafe(total), "total is not the sum of the items")
    )


# Reading


def read(spark: SparkSession, folder: str) -> DataFrame:
    """Read all lines that are not blank, of all files below `folder`, as `transform` takes them.

    Raises:
        JobError: there is no file.

    """
    lines = spark.read.text(folder, recursiveFileLookup=True)
    if not lines.inputFiles():
        raise JobError(f"{folder} holds no file. Upload one, or mend SOURCE_S3; the curated data was left as it is.")
    # Without this, a `+` in a name would become a space.
    file = F.url_decode(F.replace(F.col("_metadata.file_path"), F.lit("+"), F.lit("%2B")))
    return lines.select(
        F.regexp_replace("value", "^\ufeff", "").alias("line"),
        file.alias("source_file"),
        F.col("_metadata.file_modification_time").alias("source_time"),
    ).where(F.trim("line") != "")


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
