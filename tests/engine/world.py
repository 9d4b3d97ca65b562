"""One test's own bucket, database and crawler, and what tests do with them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engine.helpers import Engine, until


@dataclass
class World:
    """A bucket, a database and a crawler of one test's own."""

    engine: Engine
    name: str

    def __post_init__(self) -> None:
        self.s3 = self.engine.client("s3")
        self.glue = self.engine.client("glue")
        self.athena = self.engine.client("athena")
        self.iam = self.engine.client("iam")
        self.bucket = f"bucket-{self.name}"
        self.database = f"db-{self.name}"
        self.crawler = f"crawler-{self.name}"
        self.s3.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": self.s3.meta.region_name}
        )
        self.glue.create_database(DatabaseInput={"Name": self.database})
        # one for all worlds of an engine
        with contextlib.suppress(self.iam.exceptions.EntityAlreadyExistsException):
            self.iam.create_role(RoleName="crawler", AssumeRolePolicyDocument="{}")

    def put(self, key: str, text: str | bytes) -> None:
        """Upload under data/person/."""
        self.s3.put_object(Bucket=self.bucket, Key=f"data/person/{key}", Body=text)

    def create_crawler(self, **changes: Any) -> None:
        """A crawler of data/person/, with the table prefix `_`."""
        self.glue.create_crawler(
            **{
                "Name": self.crawler,
                "Role": "arn:aws:iam::000000000000:role/crawler",
                "DatabaseName": self.database,
                "TablePrefix": "_",
                "Targets": {"S3Targets": [{"Path": f"s3://{self.bucket}/data/person/"}]},
                **changes,
            }
        )

    def crawl(self) -> dict[str, Any]:
        """Run the crawler to its end; LastCrawl."""
        self.glue.start_crawler(Name=self.crawler)
        return until(self.last_crawl)

    def last_crawl(self) -> dict[str, Any]:
        """LastCrawl of a crawler that is READY, else nothing."""
        crawler = self.glue.get_crawler(Name=self.crawler)["Crawler"]
        return dict(crawler["LastCrawl"]) if crawler["State"] == "READY" else {}

    def table(self, name: str = "_person") -> dict[str, Any]:
        """A table of the database."""
        return dict(self.glue.get_table(DatabaseName=self.database, Name=name)["Table"])

    def columns(self) -> list[tuple[str, str]]:
        """The table's columns."""
        return [(column["Name"], column["Type"]) for column in self.table()["StorageDescriptor"]["Columns"]]

    def create_table(
        self, columns: list[tuple[str, str]], serde: str = "lazy.LazySimpleSerDe", **parameters: str
    ) -> None:
        """A table `made` of data/person/."""
        properties = {"field.delim": ","} if serde.startswith("lazy") else {"separatorChar": ",", "quoteChar": '"'}
        self.glue.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": "made",
                "Parameters": parameters,
                "StorageDescriptor": {
                    "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
                    "Location": f"s3://{self.bucket}/data/person/",
                    "SerdeInfo": {
                        "SerializationLibrary": f"org.apache.hadoop.hive.serde2.{serde}",
                        "Parameters": properties,
                    },
                },
            },
        )

    def start_query(self, text: str, **request: Any) -> str:
        """Start a query in the test's database, its results in the test's bucket."""
        started = self.athena.start_query_execution(
            **{
                "QueryString": text,
                "QueryExecutionContext": {"Database": self.database},
                "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
                **request,
            }
        )
        return str(started["QueryExecutionId"])

    def ended(self, query_id: str) -> dict[str, Any]:
        """The execution, once it has ended."""

        def look() -> dict[str, Any]:
            execution = self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            return dict(execution) if execution["Status"]["State"] not in ("QUEUED", "RUNNING") else {}

        return until(look)

    def query(self, text: str) -> list[list[str | None]]:
        """The rows of a query that succeeds, without the header."""
        query_id = self.start_query(text)
        status = self.ended(query_id)["Status"]
        assert status["State"] == "SUCCEEDED", status
        rows = self.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]

    def failure(self, text: str) -> str:
        """The reason of a query that fails."""
        status = self.ended(self.start_query(text))["Status"]
        assert status["State"] == "FAILED", status
        return str(status["StateChangeReason"])

    def listen(self, source: str) -> Callable[[], list[dict[str, Any]]]:
        """Send a service's events to a queue; the function gives those that have come so far."""
        sqs, rules = self.engine.client("sqs"), self.engine.client("events")
        queue = sqs.create_queue(QueueName=f"events-{self.name}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        rules.put_rule(Name=f"rule-{self.name}", EventPattern=json.dumps({"source": [source]}))
        rules.put_targets(Rule=f"rule-{self.name}", Targets=[{"Id": "queue", "Arn": arn}])
        seen: list[dict[str, Any]] = []

        def received() -> list[dict[str, Any]]:
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                seen.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return seen

        return received
