"""What a template may leave out, and then has a meaning that is not ours, or none at all."""

from collections.abc import Iterator
from typing import Any

from local.engine.iam.evaluator import as_list
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_KEPT = 1209600
_ALARM = ("Namespace", "MetricName", "Period", "EvaluationPeriods", "Threshold", "TreatMissingData")


def rules_have_targets(application: Application) -> Iterator[Finding]:
    for rule in application.of(wiring.RULE):
        if not rule.properties.get("Targets"):
            yield of(rule, "has no target: its events go nowhere")


def queues_keep_messages_as_long_as_sqs_can(application: Application) -> Iterator[Finding]:
    """Four days is the default: a long outage of a function would lose what waits for it."""
    for queue in application.of(wiring.QUEUE):
        kept = int(queue.properties.get("MessageRetentionPeriod", 345600))
        if kept < _KEPT:
            yield of(queue, f"keeps messages for {kept} s; SQS can keep them for {_KEPT} s")


def redrive_policies_are_complete(application: Application) -> Iterator[Finding]:
    """SQS refuses one without either member."""
    for queue in application.of(wiring.QUEUE):
        policy = queue.properties.get("RedrivePolicy")
        missing = {"deadLetterTargetArn", "maxReceiveCount"} - set(policy or {})
        if policy is not None and missing:
            yield of(queue, f"has a redrive policy without {', '.join(sorted(missing))}")


def alarms_are_complete(application: Application) -> Iterator[Finding]:
    """CloudWatch refuses an alarm on a metric without a statistic or a period; what no data means is always written."""
    for alarm in application.of("AWS::CloudWatch::Alarm"):
        missing = [name for name in _ALARM if name not in alarm.properties]
        if not {"Statistic", "ExtendedStatistic"} & set(alarm.properties):
            missing.append("Statistic")
        if missing:
            yield of(alarm, f"has no {', '.join(missing)}")
        if alarm.properties.get("AlarmActions") and not alarm.properties.get("OKActions"):
            yield of(alarm, "reports that it begins, and not that it is over: OKActions")


def functions_log_json(application: Application) -> Iterator[Finding]:
    """Also what Lambda itself writes, as a timeout: one object a line, whatever a key has in it."""
    for function in application.of(wiring.FUNCTION):
        if (function.properties.get("LoggingConfig") or {}).get("LogFormat") != "JSON":
            yield of(function, "does not log JSON")


def workgroups_are_bounded(application: Application) -> Iterator[Finding]:
    """One query may not scan without end, in a version that is not Athena's choice; and a stack can be deleted."""
    for group in application.of("AWS::Athena::WorkGroup"):
        configuration = group.properties["WorkGroupConfiguration"]
        if not int(configuration.get("BytesScannedCutoffPerQuery", 0)):
            yield of(group, "lets a query scan without end: BytesScannedCutoffPerQuery")
        if (configuration.get("EngineVersion") or {}).get("SelectedEngineVersion") in (None, "AUTO"):
            yield of(group, "takes the engine version that Athena chooses: SelectedEngineVersion")
        if group.properties.get("RecursiveDeleteOption") not in (True, "true"):
            yield of(group, "cannot be deleted once it has run a query: RecursiveDeleteOption")


def tables_are_complete(application: Application) -> Iterator[Finding]:
    """DynamoDB refuses keys that are not defined, definitions that are no keys, and a table without its billing."""
    for table in application.of("AWS::DynamoDB::Table"):
        schemas = [table.properties["KeySchema"]]
        schemas += [index["KeySchema"] for index in table.properties.get("GlobalSecondaryIndexes") or []]
        keys = {key["AttributeName"] for schema in schemas for key in schema}
        defined = {item["AttributeName"] for item in table.properties.get("AttributeDefinitions") or []}
        if keys != defined or any(schema[:1] and schema[0]["KeyType"] != "HASH" for schema in schemas):
            yield of(table, f"has the keys {sorted(keys)}, the first of each a HASH, and defines {sorted(defined)}")
        if [len(schema) for schema in schemas] != [2] * len(schemas):
            yield of(table, "has a key schema that is not a hash and a range")
        if table.properties.get("BillingMode") != "PAY_PER_REQUEST" and "ProvisionedThroughput" not in table.properties:
            yield of(table, "is neither paid by request nor has a throughput")
        if not (table.properties.get("TimeToLiveSpecification") or {}).get("Enabled"):
            yield of(table, "keeps its history for ever: TimeToLiveSpecification")


def indexes_that_are_queried_are_there(application: Application) -> Iterator[Finding]:
    tables = {table.arn: table for table in application.of("AWS::DynamoDB::Table")}
    for role in application.of(policies.ROLE):
        for statement, _ in policies.grants(application, role):
            for arn in map(str, as_list(statement.get("Resource", []))):
                table, is_index, name = arn.partition("/index/")
                indexes = tables[table].properties.get("GlobalSecondaryIndexes") or [] if table in tables else []
                if is_index and name not in {index["IndexName"] for index in indexes}:
                    yield of(role, f"may query the index {name}, which its table does not have")


def abandoned_uploads_are_removed(application: Application) -> Iterator[Finding]:
    """Parts of uploads that never ended cost, and are in no list of objects."""
    for bucket in application.of("AWS::S3::Bucket"):
        rules = _rules(bucket)
        if not any("AbortIncompleteMultipartUpload" in rule and not rule.get("Prefix") for rule in rules):
            yield of(bucket, "keeps parts of uploads that were abandoned")


def temporary_files_expire_and_checkpoints_do_not(application: Application) -> Iterator[Finding]:
    """A bucket removes a job's temporary files; a stream without its checkpoint starts again or not at all."""
    buckets = {bucket.name: _rules(bucket) for bucket in application.of("AWS::S3::Bucket")}
    for job in application.of("AWS::Glue::Job"):
        arguments = job.properties.get("DefaultArguments") or {}
        for name, expires in (("--TempDir", True), ("--CHECKPOINT_S3", False)):
            if name in arguments and _expires(buckets, arguments[name]) is not expires:
                wanted = "no rule of its bucket removes" if expires else "a rule of its bucket removes"
                yield of(job, f"has {name} {arguments[name]}, which {wanted}")


def _rules(bucket: Resource) -> list[dict[str, Any]]:
    found = (bucket.properties.get("LifecycleConfiguration") or {}).get("Rules") or []
    return [rule for rule in found if rule.get("Status") == "Enabled"]


def _expires(buckets: dict[str, list[dict[str, Any]]], place: str) -> bool:
    bucket, _, folder = place.removeprefix("s3://").partition("/")
    return any(
        int(rule.get("ExpirationInDays", 0)) > 0 and folder.startswith(rule.get("Prefix", ""))
        for rule in buckets.get(bucket, [])
    )


CHECKS = (
    rules_have_targets, queues_keep_messages_as_long_as_sqs_can, redrive_policies_are_complete, alarms_are_complete,
    functions_log_json, workgroups_are_bounded, tables_are_complete, indexes_that_are_queried_are_there,
    abandoned_uploads_are_removed,
    temporary_files_expire_and_checkpoints_do_not,
)  # fmt: skip
