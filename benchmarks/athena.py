"""Athena queries over Parquet and CSV next to DuckDB alone: `python -m benchmarks.athena [--megabytes N]`.

Both sides get the same files and threads, one after the other. A line is the median of several runs. The engine's time
is the query's TotalExecutionTimeInMillis, from StartQueryExecution to SUCCEEDED with the result stored; its memory is
what the process grows by at its peak, since it holds the objects as well. Ends with 1 if a query takes more than 1.3
times the floor plus 0.2 s; functions that DuckDB has no word for have a ratio of their own (FUNCTIONS).
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local.stack import engine_process
from local.stack.stack import ENGINE_PYTHON, REGION, ROOT, Stack

BUCKET, DATABASE = "bench-lake", "bench"
REPEATS = 5
POLL_SECONDS = 0.1  # the client shares the machine with the engine: asking more often would slow what is measured
ALLOWED_RATIO, ALLOWED_SECONDS = 1.3, 0.2
_COLUMNS = "id bigint, name string, amount double, moment timestamp"
TABLES = {
    "p": f"CREATE EXTERNAL TABLE p ({_COLUMNS}) STORED AS PARQUET LOCATION 's3://{BUCKET}/parquet/'",
    "c": f"CREATE EXTERNAL TABLE c ({_COLUMNS}) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
    f"LOCATION 's3://{BUCKET}/csv/' TBLPROPERTIES ('skip.header.line.count'='1')",
}
GROUPED = "SELECT name, count(*), sum(amount), max(moment) FROM {0} GROUP BY name ORDER BY name"
QUERIES = {
    "group Parquet": GROUPED.format("p"),
    "group CSV": GROUPED.format("c"),
    "filter Parquet": "SELECT count(*) FROM p WHERE amount > 999.5 AND name LIKE 'name-1%'",
    "filter CSV": "SELECT count(*) FROM c WHERE amount > 999.5 AND name LIKE 'name-1%'",
    "both": "SELECT name, sum(n) FROM (SELECT name, count(*) AS n FROM p GROUP BY name UNION ALL "
    "SELECT name, count(*) FROM c GROUP BY name) AS t GROUP BY name ORDER BY name",
    "join": "SELECT count(*), sum(p.amount - c.amount) FROM p JOIN c ON p.id = c.id WHERE c.amount < 500",
}
_JSON = '\'{"k": {"name": "\' || name || \'", "n": \' || CAST(id AS varchar) || \'}}\''
# what Athena and DuckDB have different words for: Athena's query, DuckDB's, and how many times its time is allowed
FUNCTIONS = {
    "JSON": (
        f"SELECT count(DISTINCT json_extract_scalar({_JSON}, '$.k.name')) FROM p",
        f"SELECT count(DISTINCT json_extract_string({_JSON}, '$.k.name')) FROM p",
        6.0,
    ),
    "date_format": (
        "SELECT count(DISTINCT date_format(moment, '%Y-%m-%d %H')) FROM p",
        "SELECT count(DISTINCT strftime(moment, '%Y-%m-%d %H')) FROM p",
        1.3,
    ),
    "date_parse": (
        "SELECT max(date_parse(date_format(moment, '%Y-%m-%d %H:%i:%s'), '%Y-%m-%d %H:%i:%s')) FROM p",
        "SELECT max(strptime(strftime(moment, '%Y-%m-%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S')) FROM p",
        4.0,
    ),
    "to decimal": (
        "SELECT sum(CAST(CAST(id AS varchar) AS decimal(20, 2))) FROM p",
        "SELECT sum(CAST(CAST(id AS varchar) AS decimal(20, 2))) FROM p",
        4.0,
    ),
}


@dataclass(frozen=True)
class Measured:
    """Seconds and MB."""

    seconds: float
    peak: float


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--megabytes", type=int, default=200, help="bytes of all files together, half Parquet, half CSV"
    )
    megabytes = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory(prefix="landfall-benchmark-") as name:
        folder = Path(name)
        _floor("make", folder, megabytes)
        files = sorted(folder.iterdir())
        print(f"{len(files)} files, {sum(file.stat().st_size for file in files) / 1e6:.0f} MB; medians of {REPEATS}")
        stack = _engine()
        try:
            client = _fill(stack, files)
            return _compare(stack, client, folder)
        finally:
            engine_process.stop(stack)


def _compare(stack: Stack, client: Any, folder: Path) -> int:
    print(f"{'query':16}{'DuckDB':>10}{'engine':>10}{'ratio':>8}{'allowed':>10}{'DuckDB':>10}{'engine +':>10}")
    failed = 0
    same = {name: (query, query, ALLOWED_RATIO) for name, query in QUERIES.items()}
    for name, (query, duckdb_query, ratio) in (same | FUNCTIONS).items():
        floor = _floor_time(duckdb_query, folder)
        engine = _engine_time(stack, client, query)
        allowed = ratio * floor.seconds + ALLOWED_SECONDS
        failed += engine.seconds > allowed
        verdict = "" if engine.seconds <= allowed else "  TOO SLOW"
        print(
            f"{name:16}{floor.seconds:8.3f} s{engine.seconds:8.3f} s{engine.seconds / floor.seconds:8.2f}"
            f"{allowed:8.3f} s{floor.peak:7.0f} MB{engine.peak:7.0f} MB{verdict}"
        )
    return 1 if failed else 0


def _floor(*arguments: object, text: str = "") -> str:
    command = [str(ENGINE_PYTHON), "-m", "benchmarks.floor", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True)
    return str(done.stdout)


def _floor_time(query: str, folder: Path) -> Measured:
    kinds = "{'id': 'BIGINT', 'name': 'VARCHAR', 'amount': 'DOUBLE', 'moment': 'TIMESTAMP'}"
    options = f"header=true, delim=',', quote='', escape='', auto_detect=false, columns={kinds}"
    csv = f"read_csv('{folder}/csv-*.csv', {options})"
    views = f"WITH p AS (FROM read_parquet('{folder}/parquet-*.parquet')), c AS (FROM {csv}) "
    return Measured(**json.loads(_floor("run", REPEATS, text=views + query)))


def _engine() -> Stack:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stack = Stack(int(probe.getsockname()[1]))
    engine_process.start(stack)
    return stack


def _fill(stack: Stack, files: list[Path]) -> Any:
    options: dict[str, Any] = {
        "endpoint_url": stack.endpoint,
        "region_name": REGION,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    s3, athena = boto3.client("s3", **options), boto3.client("athena", **options)
    s3.create_bucket(Bucket=BUCKET)
    for file in files:
        s3.put_object(Bucket=BUCKET, Key=f"{file.suffix[1:]}/{file.name}", Body=file.read_bytes())
    boto3.client("glue", **options).create_database(DatabaseInput={"Name": DATABASE})
    for statement in TABLES.values():
        _run(athena, statement)
    return athena


def _run(client: Any, query: str) -> float:
    """The query's own account of its seconds."""
    answer = client.start_query_execution(
        QueryString=query,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )
    while True:
        execution = client.get_query_execution(QueryExecutionId=answer["QueryExecutionId"])["QueryExecution"]
        status = execution["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(POLL_SECONDS)
    if status["State"] != "SUCCEEDED":
        raise RuntimeError(f"{query}: {status['StateChangeReason']}")
    return float(execution["Statistics"]["TotalExecutionTimeInMillis"]) / 1000


def _engine_time(stack: Stack, client: Any, query: str) -> Measured:
    pid = json.loads((stack.directory / "engine.json").read_text())["pid"]
    before = _memory(pid, "VmRSS")
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak counts from here
    times = sorted(_run(client, query) for _ in range(REPEATS))
    return Measured(times[len(times) // 2], _memory(pid, "VmHWM") - before)


def _memory(pid: int, name: str) -> float:
    """A line of /proc/<pid>/status in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    raise SystemExit(main())
