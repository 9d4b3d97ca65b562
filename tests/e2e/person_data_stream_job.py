"""A job that runs until it is stopped, as the seeds' streaming job does; the stream is Spark's own clock."""

import sys

from pyspark.sql import SparkSession

target = sys.argv[sys.argv.index("--S3_OUTPUT_PATH") + 1]
spark = SparkSession.builder.getOrCreate()
people = spark.readStream.format("rate").load().selectExpr("value AS id", "concat('person ', value) AS name")
stream = people.writeStream.format("json").option("checkpointLocation", f"{target}_checkpoint/").start(target)
stream.awaitTermination()
