"""The script that the seeds' pseudo-code names and does not show: a crawled table in, partitioned Parquet out.

It reads what Glue's catalog says of the table and then the files, so it runs the same on Glue and on the local engine.
"""

import argparse
from typing import Any

import boto3
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # as PySpark's users write it


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--JOB_NAME", "--RUN_ID", "--SOURCE_DB", "--SOURCE_TABLE", "--TARGET_S3"):
        parser.add_argument(name, required=True)
    arguments, _ = parser.parse_known_args()
    spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
    table = boto3.client("glue").get_table(DatabaseName=arguments.SOURCE_DB, Name=arguments.SOURCE_TABLE)["Table"]
    curated = transform(read(spark, table), arguments.RUN_ID)
    curated.write.mode("overwrite").partitionBy("kind").parquet(arguments.TARGET_S3)


def read(spark: SparkSession, table: Any) -> DataFrame:
    storage = table["StorageDescriptor"]
    columns = ", ".join(f"`{column['Name']}` {column['Type']}" for column in storage["Columns"])
    return spark.read.schema(columns).option("header", True).csv(storage["Location"])


def transform(events: DataFrame, run_id: str) -> DataFrame:
    return events.dropDuplicates(["id"]).select(
        F.col("id"),
        F.upper("kind").alias("kind"),
        F.lit(run_id).alias("run_id"),
    )


if __name__ == "__main__":
    main()
