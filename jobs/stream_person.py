"""Glue streaming job: write the changes of a table, which AWS DMS puts on Kinesis, as JSON lines by day and hour.

It runs until it is stopped, and may be killed at any point. Batches are numbered. A batch derives the names of its
objects from its number, and writes each object by one PUT; so a batch that is tried again replaces the output of its
earlier try, and adds nothing. Before a batch writes to a folder, it saves the folder's name: a second try that reads
less or more than the first, as Glue's may, finds what the first one left over.

Settings are in a secret: JOB_NAME, STREAM_NAME, S3_OUTPUT_PATH, REGION. Plain Spark 3.5, the standard library and the
AWS SDK that Glue has: the same file runs on Glue 5.1 and on the local engine, which has no Kinesis source for Spark.
There `from_kinesis` delivers the batches, on Glue `from_glue`; everything else is the same.
"""

import argparse
import itertools
import json
import os
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

import boto3
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

OPERATIONS = ("load", "insert", "update", "delete")
REMOVING = ("drop-table", "truncate-table")
ADDED = ("operation", "transaction_id", "sequence", "position", "committed_at", "schema_name", "table_name")
PARTITIONS = ("day", "hour")
ORDER = ("outcome", "folder", "position", "sequence", "line")
ROWS_PER_FILE = 50_000  # a file is in memory while it is written
RECORDS_PER_SHARD = 100_000  # the limit of a batch, as the default of Glue's source
SETTINGS: dict[str, bool | float | int | str | None] = {
    "spark.sql.session.timeZone": "UTC",
}
Handler = Callable[[DataFrame, int], None]


class JobError(Exception):
    """The input or a setting cannot be used; the message says what is wrong and what to do."""


# The rules


class Judged(NamedTuple):
    """A judged record. All fields are text or numbers, for Spark."""

    outcome: str
    """`change`, `control` or `rejected`."""
    reason: str = ""
    """Of a control record its operation and table, of a rejected one why it cannot be used."""
    folder: str = ""
    position: str = ""
    sequence: int = 0
    identity: str = ""
    """The same for a change that was delivered twice."""
    line: str = ""


class Source(NamedTuple):
    """The source table of the changes."""

    table: str
    """With its schema: `public.person`."""
    keys: tuple[str, ...]
    """The columns of its primary key."""


JUDGED = T.StructType(
    [T.StructField(name, T.LongType() if name == "sequence" else T.StringType()) for name in Judged._fields]
)


def judge(text: str, source: Source) -> Judged:
    """Judge a record of DMS. It never raises, since the record would then be delivered again forever."""
    try:
        found = _judge(text, json.loads(text, parse_constant=_no_json), source)
    except json.JSONDecodeError:
        found = _rejected(text, "not JSON")
    except Exception as error:
        found = _rejected(text, f"not understood: {type(error).__name__} {error}"[:200])
    # Half a surrogate pair is valid JSON, but not valid text.
    return Judged._make(part if isinstance(part, int) else part.encode(errors="replace").decode() for part in found)


def _judge(text: str, record: Any, source: Source) -> Judged:
    """Judge by the first rule that the record breaks."""
    metadata = record.get("metadata") if isinstance(record, dict) else None
    if not isinstance(metadata, dict):
        return _rejected(text, "no metadata: not a record of DMS")
    operation, data = metadata.get("operation"), record.get("data")
    table = f"{metadata.get('schema-name')}.{metadata.get('table-name')}"
    if metadata.get("record-type") == "control":
        if operation in REMOVING and table == source.table:
            return _rejected(text, f"{operation}: changes from before it stay, and a new load needs them away")
        return Judged("control", f"{operation} {table}")
    if table != source.table:
        return _rejected(text, f"a change of {table}, and not of {source.table}")
    if operation not in OPERATIONS:
        return _rejected(text, "operation is none of load, insert, update, delete")
    if not isinstance(data, dict):
        return _rejected(text, "data is missing")
    if missing := [name for name in source.keys if data.get(name) is None]:
        return _rejected(text, f"the key is missing: {', '.join(missing)}")
    taken = {*ADDED, *PARTITIONS, *(f"previous_{name}" for name in source.keys)}
    if clash := sorted(name for name in data if name.lower() in taken):
        return _rejected(text, f"a column has a name that the job gives itself: {', '.join(clash)}")
    before = record.get("before-image") or {}
    known = {name: data[name] if before.get(name) is None else before[name] for name in source.keys}
    return _change(text, metadata, data | {f"previous_{name}": value for name, value in known.items()})


def _change(text: str, metadata: dict[str, Any], columns: dict[str, Any]) -> Judged:
    moment = metadata.get("commit-timestamp") or metadata.get("timestamp")
    place = folder_of(moment)
    if place is None:
        return _rejected(text, "no timestamp by which it could be put into a folder")
    transaction, sequence = metadata.get("transaction-id"), metadata.get("transaction-record-id")
    position = sortable(str(metadata.get("stream-position") or ""))
    if metadata["operation"] == "load":
        # Never null: a crawler that finds only nulls has no type for the column.
        transaction, sequence, position = 0, 0, ""
    elif not isinstance(transaction, int) or not isinstance(sequence, int) or not position or sequence >> 63:
        return _rejected(text, "no transaction details: DMS's IncludeTransactionDetails must be true")
    row = columns | {
        "operation": metadata["operation"],
        "transaction_id": transaction,
        "sequence": sequence,
        "position": position,
        "committed_at": moment,
        "schema_name": metadata.get("schema-name"),
        "table_name": metadata.get("table-name"),
    }
    line = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    identity = f"{transaction}/{sequence}" if transaction else line
    return Judged("change", "", place, position, sequence, identity, line)


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _rejected(text: str, reason: str) -> Judged:
    return Judged("rejected", reason, line=json.dumps({"reason": reason, "record": text}, ensure_ascii=False))


def sortable(position: str) -> str:
    """A position in the source's log, such as 00000002/7C007178.3.00000002/7C007178, as text that sorts likewise."""
    return re.sub("[0-9A-Fa-f]+", lambda number: number[0].upper().zfill(16), position)


def folder_of(moment: object) -> str | None:
    """The partition of a time in ISO 8601, in UTC; None if it is not a time."""
    try:
        found = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    found = found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    return f"day={found:%Y-%m-%d}/hour={found:%H}"


def judged(raw: DataFrame, source: Source) -> DataFrame:
    """Judge the records of the one column `text`."""
    found = F.udf(lambda text: judge(text or "", source), JUDGED)("text")
    return raw.select(found.alias("judged")).select("judged.*")


# One batch


class Places(NamedTuple):
    """Folders, each with a slash at the end."""

    output: str
    rejected: str
    checkpoint: str


class Batches:
    """Writes the batches of one checkpoint. After its removal, a new checkpoint has object names of its own."""

    def __init__(self, spark: SparkSession, places: Places, source: Source) -> None:
        self._files = Files(spark)
        self._places, self._source = places, source
        self._plan = f"{places.checkpoint}plan.json"
        name = f"{places.checkpoint}origin"
        if self._files.read(name) is None:
            self._files.write(name, str(uuid.uuid4()))
        self._origin = self._files.read(name)

    def handle(self, raw: DataFrame, batch: int) -> None:
        """Write a batch; print the counts as one line of JSON."""
        began = time.monotonic()
        # One pass: Glue's source reads again for each pass, possibly more than before.
        rows = judged(raw, self._source).repartition(1).sortWithinPartitions(*ORDER)
        counts = self.replace(batch, rows.toLocalIterator())
        if counts["read"]:
            seconds = round(time.monotonic() - began, 3)
            print(json.dumps({"batch": batch} | counts | {"seconds": seconds}), flush=True)  # noqa: T201 # its log

    def replace(self, batch: int, rows: Iterable[Any]) -> dict[str, Any]:
        """Make these rows, in their order, the whole output of a batch; return the counts.

        It may be killed between any two steps, and tried again with other rows.
        """
        plan = json.loads(self._files.read(self._plan) or "{}")
        earlier: set[str] = set(plan["folders"]) if plan.get("batch") == batch else set()
        planned, written, counts = set(earlier), set[str](), Counter[tuple[str, str]]()
        for (outcome, part), group in itertools.groupby(rows, lambda row: (row.outcome, row.folder)):
            folder = self._places.rejected if outcome == "rejected" else f"{self._places.output}{part}/"
            lines = _lines(group, counts)
            for number in itertools.count():
                content = "".join(f"{line}\n" for line in itertools.islice(lines, ROWS_PER_FILE))
                if not content:
                    break
                if folder not in planned:
                    planned.add(folder)
                    self._files.write(self._plan, json.dumps({"batch": batch, "folders": sorted(planned)}))
                path = f"{folder}{self._prefix(batch)}c{number:03}.json"
                self._files.write(path, content)
                written.add(path)
        for folder in earlier:
            for name in self._files.names(folder):
                if name.startswith(self._prefix(batch)) and folder + name not in written:
                    self._files.delete(folder + name)
        return _counts(counts) | {"files": len(written)}

    def _prefix(self, batch: int) -> str:
        return f"part-{batch:09}-{self._origin}-"


def _lines(rows: Iterable[Any], counts: Counter[tuple[str, str]]) -> Iterator[str]:
    """The lines to write. Each row is counted; a repeated change is written once."""
    last = None
    for row in rows:
        is_again = row.identity != "" and row.identity == last
        counts["repeated" if is_again else row.outcome, row.reason] += 1
        if row.outcome != "control" and not is_again:
            yield row.line
        last = row.identity


def _counts(counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    def of(outcome: str) -> dict[str, int]:
        return {reason: count for (found, reason), count in sorted(counts.items()) if found == outcome}

    return {
        "read": counts.total(),
        "changes": counts["change", ""],
        "repeated": counts["repeated", ""],
        "rejected": sum(of("rejected").values()),
        "rejected_because": of("rejected"),
        "control": of("control"),
    }


class Files:
    """Small files in any folder that Spark can write to, by its Java API: there is none in Python."""

    def __init__(self, spark: SparkSession) -> None:
        self._java = spark._jvm  # noqa: SLF001 # as above
        self._settings = spark._jsc.hadoopConfiguration()  # noqa: SLF001 # as above

    def read(self, place: str) -> str | None:
        """The file's text, None if there is none."""
        system, path = self._at(place)
        if not system.exists(path):
            return None
        stream = system.open(path)
        try:
            return bytes(stream.readAllBytes()).decode()
        finally:
            stream.close()

    def write(self, place: str, text: str) -> None:
        """Write or replace a file. On S3 it becomes visible when it is closed; a failure before that leaves nothing."""
        system, path = self._at(place)
        output = system.create(path, True)
        output.write(text.encode())
        output.close()

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder."""
        system, path = self._at(folder)
        return [found.getPath().getName() for found in system.listStatus(path)] if system.exists(path) else []

    def delete(self, place: str) -> None:
        """Delete a file."""
        system, path = self._at(place)
        system.delete(path, False)

    def _at(self, place: str) -> tuple[Any, Any]:
        path = self._java.org.apache.hadoop.fs.Path(place)
        return path.getFileSystem(self._settings), path


# Delivery: numbered batches; an unfinished one is delivered again first, under the same number


def from_glue(spark: SparkSession, stream: str, region: str, checkpoint: str, window: float, handle: Handler) -> None:
    """Deliver by Glue's Kinesis source and Spark's own checkpoint, until the job is stopped."""
    from awsglue.context import GlueContext  # type: ignore[import-not-found] # it exists on Glue only

    summary = boto3.client("kinesis", region_name=region).describe_stream_summary(StreamName=stream)
    frame = GlueContext(spark.sparkContext).create_data_frame.from_options(
        connection_type="kinesis",
        connection_options={
            "streamARN": summary["StreamDescriptionSummary"]["StreamARN"],
            "startingPosition": "trim_horizon",
            "classification": "json",
            "inferSchema": "true",  # which keeps the text unchanged, in one column with a name of Glue's own
        },
    )
    (column,) = frame.columns
    raw = frame.select(F.col(f"`{column}`").alias("text"))
    writer = raw.writeStream.foreachBatch(handle).option("checkpointLocation", f"{checkpoint}spark/")
    writer.trigger(processingTime=f"{window:g} seconds").start().awaitTermination()


def from_kinesis(
    spark: SparkSession, stream: str, region: str, checkpoint: str, window: float, handle: Handler
) -> None:
    """Deliver without Glue's source, as Spark does: save a batch's offsets before it, and its completion after it."""
    shards, log = Shards(stream, region), Files(spark)
    offsets, commits = f"{checkpoint}offsets/", f"{checkpoint}commits/"
    batch = max((int(name) for name in log.names(offsets)), default=-1)
    ends: dict[str, str] = {}
    if batch >= 0:
        last = json.loads(log.read(f"{offsets}{batch}") or "")
        ends = last["to"]
        if str(batch) not in log.names(commits):
            handle(_frame(spark, shards.between(last["from"], ends)), batch)
            log.write(f"{commits}{batch}", "")
    while True:
        began = time.monotonic()
        texts, reached = shards.after(ends)
        if texts:
            batch += 1
            log.write(f"{offsets}{batch}", json.dumps({"from": ends, "to": reached}))
            handle(_frame(spark, texts), batch)
            log.write(f"{commits}{batch}", "")
            log.delete(f"{commits}{batch - 2}")
            log.delete(f"{offsets}{batch - 2}")
            ends = reached
        time.sleep(max(0.0, window - (time.monotonic() - began)))


class Shards:
    """The shards of a stream, including those that are added or closed while it is read."""

    def __init__(self, stream: str, region: str) -> None:
        self._client = boto3.client("kinesis", region_name=region)
        self._stream = stream

    def after(self, ends: dict[str, str]) -> tuple[list[str], dict[str, str]]:
        """The records after the last sequence number read of each shard, and the new last sequence numbers."""
        texts: list[str] = []
        reached = dict(ends)
        for page in self._client.get_paginator("list_shards").paginate(StreamName=self._stream):
            for shard in page["Shards"]:
                records = self._records(shard["ShardId"], ends.get(shard["ShardId"]))
                for record in itertools.islice(records, RECORDS_PER_SHARD):
                    texts.append(_text(record))
                    reached[shard["ShardId"]] = record["SequenceNumber"]
        return texts, reached

    def between(self, start: dict[str, str], end: dict[str, str]) -> list[str]:
        """The records of a batch. Raises JobError if the stream no longer has them."""
        texts: list[str] = []
        for shard, last in end.items():
            if last == start.get(shard):
                continue
            for record in self._records(shard, start.get(shard)):
                texts.append(_text(record))
                if record["SequenceNumber"] == last:
                    break
            else:
                raise JobError(f"{shard} of {self._stream} no longer has all of the batch that was not finished.")
        return texts

    def _records(self, shard: str, after: str | None) -> Iterator[dict[str, Any]]:
        where: dict[str, Any] = {"StreamName": self._stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        if after:
            where |= {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
        at: str | None = self._client.get_shard_iterator(**where)["ShardIterator"]
        while at:
            page: Any = self._client.get_records(ShardIterator=at, Limit=10_000)
            yield from page["Records"]
            at = page.get("NextShardIterator") if page["Records"] or page["MillisBehindLatest"] else None


def _text(record: dict[str, Any]) -> str:
    return str(record["Data"].decode(errors="replace"))


def _frame(spark: SparkSession, texts: list[str]) -> DataFrame:
    return spark.createDataFrame([(text,) for text in texts], "text string")


# The job


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until stopped."""
    options = parse(arguments)
    settings = read_settings(options.SECRET)
    spark = SparkSession.builder.appName(settings["JOB_NAME"]).config(map=SETTINGS).getOrCreate()
    places = Places(_slash(settings["S3_OUTPUT_PATH"]), _slash(options.REJECTED_S3), _slash(options.CHECKPOINT_S3))
    handle = Batches(spark, places, Source(options.TABLE, tuple(options.KEYS.split(",")))).handle
    # Glue's source works on AWS only. This variable cannot be set there; the local engine sets it for every job.
    deliver = from_kinesis if os.environ.get("AWS_ENDPOINT_URL") else from_glue
    deliver(
        spark, settings["STREAM_NAME"], settings["REGION"], places.checkpoint, options.WINDOW_SECONDS, handle
    )  # fmt: skip


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the job's arguments, which Glue mixes with its own."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--SECRET", default="glue_kinesis_s3_secret", help="the name of the secret with the settings")
    parser.add_argument("--CHECKPOINT_S3", required=True, help="where the job remembers how far it is")
    parser.add_argument("--REJECTED_S3", required=True, help="where records go that cannot be used, outside the output")
    parser.add_argument("--TABLE", default="public.person", help="the table whose changes these are, with its schema")
    parser.add_argument("--KEYS", default="id", help="the columns of its primary key, with commas")
    parser.add_argument("--WINDOW_SECONDS", type=float, default=60.0, help="the time between two batches")
    options, _ = parser.parse_known_args(arguments)
    return options


def read_settings(secret: str) -> dict[str, str]:
    """Read the settings. Raises JobError if one is missing."""
    text = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    settings: dict[str, str] = json.loads(text)
    wanted = ("JOB_NAME", "STREAM_NAME", "S3_OUTPUT_PATH", "REGION")
    if missing := [name for name in wanted if not settings.get(name)]:
        raise JobError(f"The secret {secret} lacks {', '.join(missing)}.")
    return settings


def _slash(folder: str) -> str:
    return f"{folder.rstrip('/')}/"


if __name__ == "__main__":
    main()
