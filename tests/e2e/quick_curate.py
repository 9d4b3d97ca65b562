"""Stands in for jobs/curate_person.py where a test is not about Spark: the same table in a second, not in ten.

A job of kind pythonshell; it runs in the engine's environment, which has DuckDB.
"""

import sys
import tempfile
from pathlib import Path

import boto3
import duckdb

arguments = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
s3 = boto3.client("s3")


def stack(url: str) -> tuple[str, str]:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix


def keys(bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


with tempfile.TemporaryDirectory() as folder:
    source, prefix = stack(arguments["--SOURCE_S3"])
    files = []
    for number, key in enumerate(key for key in keys(source, prefix) if key.endswith(".csv")):
        files.append(f"{folder}/{number}.csv")
        s3.download_file(source, key, files[-1])
    out = Path(folder) / "out"
    raw = duckdb.read_csv(files, all_varchar=True, union_by_name=True, header=True, delimiter=",")
    people = raw.select("name, TRY_CAST(age AS INTEGER) AS age, city").filter("name IS NOT NULL AND age IS NOT NULL")
    people.select("*, age // 10 * 10 AS age_group").write_parquet(str(out), partition_by=["age_group"], overwrite=True)
    target, prefix = stack(arguments["--TARGET_S3"])
    written = {f"{prefix}{file.relative_to(out)}": file for file in out.rglob("*.parquet")}
    for key, file in written.items():
        s3.upload_file(str(file), target, key)
    for key in set(keys(target, prefix)) - set(written):
        s3.delete_object(Bucket=target, Key=key)
