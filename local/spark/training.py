"""A job that does what most jobs do: whatever classes it loads go into the archive. Run by local.spark.archive."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  # as PySpark's users write it

spark = SparkSession.builder.appName("training").getOrCreate()
bucket = sys.argv[1]
frame = spark.createDataFrame(
    [("anna", 30, "Ulm", "2025-01-02"), ("bert", None, "Bonn", "2025-01-03")],
    "name string, age int, city string, day string",
)
frame.write.mode("overwrite").option("header", True).csv(f"s3://{bucket}/csv/")
frame.write.mode("overwrite").json(f"s3://{bucket}/json/")
people = spark.read.option("header", True).option("inferSchema", True).csv(f"s3://{bucket}/csv/")
others = spark.read.json(f"s3://{bucket}/json/").select("name", F.col("age").alias("years"))
joined = (
    people.join(others, "name", "left")
    .withColumn("day", F.to_date("day"))
    .withColumn("initial", F.upper(F.substring(F.trim("name"), 1, 1)))
    .filter(F.col("city").isNotNull())
    .dropDuplicates(["name"])
)
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
joined.write.mode("overwrite").partitionBy("city").parquet(f"s3://{bucket}/parquet/")
written = spark.read.parquet(f"s3://{bucket}/parquet/")
written.createOrReplaceTempView("people")
spark.sql("SELECT city, count(*) AS n, sum(age) AS ages FROM people GROUP BY city ORDER BY n DESC").show()
print(written.rdd.map(lambda row: row.name).collect())
