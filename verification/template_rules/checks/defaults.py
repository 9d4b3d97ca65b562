"""Defaults of services that would break us: each needs its property."""

import json
from collections.abc import Iterator
from typing import Any

from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_MOST_MINUTES = 10079
"""Glue takes less than 7 days (https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html, Timeout)."""


def crawlers_make_no_partition_indexes(application: Application) -> Iterator[Finding]:
    """They do by default, and need rights for it that our crawlers do not have.

    https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
    """
    for crawler in application.of("AWS::Glue::Crawler"):
        configuration = json.loads(crawler.properties.get("Configuration") or "{}")
        if configuration.get("CreatePartitionIndex") is not False:
            yield of(crawler, "makes partition indexes, which its role may not: CreatePartitionIndex is not false")


def jobs_have_timeouts(application: Application) -> Iterator[Finding]:
    """Without one, a run of Glue 5.0 and later ends after 480 minutes, also that of a stream.

    https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html
    """
    for job in application.of("AWS::Glue::Job"):
        timeout = job.properties.get("Timeout")
        if timeout is None:
            yield of(job, "has no Timeout: Glue ends its runs after 480 minutes")
        elif not 1 <= int(timeout) <= _MOST_MINUTES:
            yield of(job, f"has a Timeout of {timeout} minutes; Glue takes 1 to {_MOST_MINUTES}")


def tables_have_partition_keys(application: Application) -> Iterator[Finding]:
    """Also none: a table that CloudFormation makes without them cannot be read by Athena.

    https://docs.aws.amazon.com/athena/latest/ug/create-table.html (tables of CloudFormation and the API)
    """
    for table in application.of("AWS::Glue::Table"):
        for name in ("PartitionKeys", "TableType"):
            if name not in table.properties["TableInput"]:
                yield of(table, f"has no {name}, without which Athena does not read it")


def silence_is_not_taken_for_health(application: Application) -> Iterator[Finding]:
    """An alarm on too little of something is raised by nothing at all only if missing data counts as breaching."""
    for alarm in application.of("AWS::CloudWatch::Alarm"):
        is_of_too_little = str(alarm.properties["ComparisonOperator"]).startswith("LessThan")
        if is_of_too_little and alarm.properties.get("TreatMissingData") != "breaching":
            yield of(alarm, "is raised by too little, and takes no data at all for enough: TreatMissingData")


def buckets_send_their_events(application: Application) -> Iterator[Finding]:
    """S3 sends nothing to EventBridge unless the bucket says so."""
    listened = {name for rule in application.of(wiring.RULE) for name in _buckets(rule)}
    for bucket in application.of("AWS::S3::Bucket"):
        configuration = bucket.properties.get("NotificationConfiguration") or {}
        sends = (configuration.get("EventBridgeConfiguration") or {}).get("EventBridgeEnabled")
        if bucket.name in listened and sends not in (True, "true"):
            yield of(bucket, "does not send its events to EventBridge, and a rule waits for them")


def rules_of_uploads_name_bucket_and_folder(application: Application) -> Iterator[Finding]:
    """Every bucket of the account sends events of the same form."""
    for rule in application.of(wiring.RULE):
        pattern = rule.properties["EventPattern"]
        if "aws.s3" in pattern.get("source", []):
            folders = ((pattern.get("detail") or {}).get("object") or {}).get("key") or []
            if not _buckets(rule) or not all(isinstance(item, dict) and item.get("prefix") for item in folders or [""]):
                yield of(rule, "takes uploads of any bucket, or of any folder")


def results_expire(application: Application) -> Iterator[Finding]:
    """What a workgroup writes is kept until a rule of the bucket removes it."""
    rules = {
        bucket.name: (bucket.properties.get("LifecycleConfiguration") or {}).get("Rules") or []
        for bucket in application.of("AWS::S3::Bucket")
    }
    for group in application.of("AWS::Athena::WorkGroup"):
        place = group.properties["WorkGroupConfiguration"]["ResultConfiguration"]["OutputLocation"]
        bucket, _, folder = str(place).removeprefix("s3://").partition("/")
        if not any(_removes(rule, folder) for rule in rules.get(bucket, [])):
            yield of(group, f"writes results below {place}, where no rule of the bucket removes them")


def _removes(rule: dict[str, Any], folder: str) -> bool:
    return (
        rule.get("Status") == "Enabled"
        and folder.startswith(str(rule.get("Prefix", "")))
        and int(rule.get("ExpirationInDays", 0)) > 0
    )


def leases_outlast_functions(application: Application) -> Iterator[Finding]:
    """Who holds a lease is believed to be at work; one that ends before the function does gives its work away twice."""
    for function in application.of(wiring.FUNCTION):
        variables = (function.properties.get("Environment") or {}).get("Variables") or {}
        lease, timeout = variables.get("LEASE_SECONDS"), int(function.properties.get("Timeout", 3))
        if lease is not None and int(lease) < timeout + 10:
            yield of(
                function, f"has leases of {lease} s and runs for up to {timeout} s: 10 s more for clocks that differ"
            )


def throttles_can_be_tolerated(application: Application) -> Iterator[Finding]:
    """In an account with a small concurrency some are normal: who deploys sets from how many on-call is alarmed."""
    for alarm in application.of("AWS::CloudWatch::Alarm"):
        raw = alarm.raw["Properties"]
        if raw.get("MetricName") == "Throttles" and not isinstance(raw.get("Threshold"), dict):
            yield of(alarm, "is raised by a number of throttles that no parameter sets")


def _buckets(rule: Resource) -> list[str]:
    found = ((rule.properties["EventPattern"].get("detail") or {}).get("bucket") or {}).get("name") or []
    return [name for name in found if isinstance(name, str)]


CHECKS = (
    crawlers_make_no_partition_indexes, jobs_have_timeouts, tables_have_partition_keys, silence_is_not_taken_for_health,
    buckets_send_their_events, rules_of_uploads_name_bucket_and_folder, results_expire, leases_outlast_functions,
    throttles_can_be_tolerated,
)  # fmt: skip
