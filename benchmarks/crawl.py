"""How long a crawl takes and how much memory the engine needs for it.

    .venv/dev/bin/python -m benchmarks.crawl                         # 10,000 objects, and one of 1 GB
    .venv/dev/bin/python -m benchmarks.crawl --objects 500 --partitions 10 --megabytes 64

Each measurement has an engine of its own on a free port. Small objects are uploaded over the API, into MiniStack's
store in memory. The large one is put into the directory of the store (LANDFALL_OBJECTS_DIRECTORY) before the engine
starts: an upload over the API holds the whole object in memory, and `--upload-megabytes` measures how much.
The memory before a crawl is the store's part, what the peak during the crawl adds is the crawl's. The floor is plain
Python that reads the same bytes once in this run, for the small objects as rows of CSV.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import data, memory
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.polling import until
from local.stack.stack import Stack

BUCKET, DATABASE, CRAWLER, ACCOUNT = "benchmark", "benchmark", "benchmark", "000000000000"
LIMIT = 500 * 1024 * 1024
MEGABYTE = 1024 * 1024
_LONGEST_CRAWL = 900
T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """One crawl; seconds and bytes."""

    what: str
    objects: int
    size: int
    seconds: float
    floor: float
    before: int
    peak: int
    found: str


class Bench:
    """An engine with a bucket, and a crawler of lake/sales/."""

    def __init__(self, stack: Stack) -> None:
        self.clients = Clients(stack)
        self.pid = int(json.loads((stack.directory / "engine.json").read_text())["pid"])

    def create(self, *, with_bucket: bool) -> None:
        """The bucket, unless it is there from the start; database, role and crawler."""
        if with_bucket:
            self.clients.s3.create_bucket(Bucket=BUCKET)
        self.clients.glue.create_database(DatabaseInput={"Name": DATABASE})
        self.clients.iam.create_role(RoleName=CRAWLER, AssumeRolePolicyDocument="{}")
        self.clients.glue.create_crawler(
            Name=CRAWLER,
            Role=CRAWLER,
            DatabaseName=DATABASE,
            Targets={"S3Targets": [{"Path": f"s3://{BUCKET}/lake/sales/"}]},
        )

    def crawl(self, what: str, objects: int, size: int, floor: float) -> Measured:
        """Run the crawler; a crawl that fails ends the benchmark."""
        before = memory.resident(self.pid)
        memory.reset_peak(self.pid)
        self.clients.glue.start_crawler(Name=CRAWLER)
        until(self._is_ready, _LONGEST_CRAWL, "the crawl to end", every=0.05)
        peak = memory.peak(self.pid)
        crawl = self.clients.glue.list_crawls(CrawlerName=CRAWLER)["Crawls"][0]
        if crawl["State"] != "COMPLETED":
            raise SystemExit(f"the crawl of {what} ended {crawl['State']}: {crawl.get('ErrorMessage')}")
        seconds = (crawl["EndTime"] - crawl["StartTime"]).total_seconds()
        return Measured(what, objects, size, seconds, floor, before, peak, self._found())

    def _is_ready(self) -> bool:
        return self.clients.glue.get_crawler(Name=CRAWLER)["Crawler"]["State"] == "READY"

    def _found(self) -> str:
        tables = self.clients.glue.get_tables(DatabaseName=DATABASE)["TableList"]
        partitions = [
            len(self.clients.glue.get_partitions(DatabaseName=DATABASE, TableName=table["Name"])["Partitions"])
            for table in tables
        ]
        return f"{len(tables)} table, {sum(partitions)} partitions, recordCount " + ", ".join(
            table["Parameters"]["recordCount"] for table in tables
        )


def main() -> int:
    """Measure and print; 1 if a crawl went over the limit of memory."""
    arguments = _arguments()
    if not memory.is_measurable():
        print("This benchmark reads /proc/<pid>/clear_refs, which only Linux has.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="landfall-benchmark-") as directory:
        scratch = Path(directory)
        results = [*small_objects(arguments), large_object(arguments.megabytes * MEGABYTE, scratch)]
        if arguments.upload_megabytes:
            upload(arguments.upload_megabytes * MEGABYTE, scratch)
    _print(results)
    return 0 if all(result.peak < LIMIT for result in results) else 1


def small_objects(arguments: argparse.Namespace) -> list[Measured]:
    """Many objects in hive partitions; crawled, and crawled again unchanged."""
    files = list(data.small_files(arguments.objects, arguments.partitions, arguments.rows))
    size = sum(len(body) for _, body in files)
    floor = _timed(lambda: sum(sum(1 for _ in csv.reader(io.StringIO(body.decode()))) for _, body in files))
    name = f"{len(files)} objects in {arguments.partitions} partitions"

    def measure(bench: Bench) -> list[Measured]:
        bench.create(with_bucket=True)
        _upload(bench.clients, files)
        return [bench.crawl(label, len(files), size, floor) for label in (name, f"{name}, again")]

    return _with_engine({}, measure)


def large_object(size: int, scratch: Path) -> Measured:
    """One CSV, in the store's directory."""
    store = scratch / "objects"
    path = store / ACCOUNT / BUCKET / "lake" / "sales" / "sales.csv"
    path.parent.mkdir(parents=True)
    size = data.large_file(path, size)
    path.with_name(f"{path.name}.meta.json").write_text(
        json.dumps({"key": "lake/sales/sales.csv", "size": size, "etag": '"0"'})
    )
    floor = _timed(lambda: _read_once(path))

    def measure(bench: Bench) -> Measured:
        bench.create(with_bucket=False)
        return bench.crawl(f"one CSV of {size / 1e9:.2f} GB", 1, size, floor)

    return _with_engine({"LANDFALL_OBJECTS_DIRECTORY": str(store)}, measure)


def upload(size: int, scratch: Path) -> None:
    """What one PutObject costs the engine, with the store on disk."""
    path = scratch / "upload.csv"
    size = data.large_file(path, size)

    def measure(bench: Bench) -> None:
        bench.create(with_bucket=True)
        before = memory.resident(bench.pid)
        memory.reset_peak(bench.pid)
        with path.open("rb") as body:
            bench.clients.s3.put_object(Bucket=BUCKET, Key="lake/sales/sales.csv", Body=body)
        peak, after = memory.peak(bench.pid), memory.resident(bench.pid)
        print(
            f"An upload of {size / 1e6:.0f} MB over the API: {before / 1e6:.0f} MB before, "
            f"{peak / 1e6:.0f} MB at its peak, {after / 1e6:.0f} MB after it; "
            f"the upload took {(peak - before) / size:.1f} times the object"
        )

    _with_engine({"LANDFALL_OBJECTS_DIRECTORY": str(scratch / "uploads")}, measure)


def _with_engine(settings: dict[str, str], measure: Callable[[Bench], T]) -> T:
    stack = Stack(_free_port())
    try:
        engine_process.start(stack, {"LANDFALL_CRAWL_SECONDS": "0", **settings})
        return measure(Bench(stack))
    finally:
        engine_process.stop(stack)
        shutil.rmtree(stack.directory, ignore_errors=True)


def _upload(clients: Clients, files: Iterable[tuple[str, bytes]]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda file: clients.s3.put_object(Bucket=BUCKET, Key=file[0], Body=file[1]), files))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _read_once(path: Path) -> None:
    with path.open("rb") as file:
        while file.read(MEGABYTE):
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _print(results: Iterable[Measured]) -> None:
    heads = ("crawl of", "data", "crawl", "floor", "ratio", "engine before", "peak", "the crawl's part", "found")
    rows = [
        (
            result.what,
            f"{result.size / 1e6:.1f} MB",
            f"{result.seconds:.2f} s",
            f"{result.floor:.2f} s",
            f"{result.seconds / result.floor:.2f}",
            f"{result.before / 1e6:.0f} MB",
            f"{result.peak / 1e6:.0f} MB",
            f"{(result.peak - result.before) / 1e6:.0f} MB",
            result.found,
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=10_000, help="small objects")
    parser.add_argument("--partitions", type=int, default=100, help="hive partitions that they lie in")
    parser.add_argument("--rows", type=int, default=20, help="rows of each small object")
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the one large object")
    parser.add_argument("--upload-megabytes", type=int, default=0, help="also measure an upload of this size")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
