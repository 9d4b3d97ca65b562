"""Alarms look at metrics that there are: CloudWatch takes any name, and an alarm on a wrong one is never raised."""

from collections.abc import Iterator

from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

METRICS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): [{"QueueName"}],
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): [{"QueueName"}],
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    ("AWS/Lambda", "Errors"): [{"FunctionName"}],
    ("AWS/Lambda", "Invocations"): [{"FunctionName"}],
    ("AWS/Lambda", "Throttles"): [{"FunctionName"}],
    # https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
    ("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds"): [{"StreamName"}],
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    ("AWS/RDS", "OldestReplicationSlotLag"): [{"DBInstanceIdentifier"}, {"DBClusterIdentifier", "Role"}],
    ("AWS/RDS", "TransactionLogsDiskUsage"): [{"DBInstanceIdentifier"}, {"DBClusterIdentifier", "Role"}],
    # https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html: grouped by replication
    ("AWS/DMS", "CDCLatencySource"): [{"ReplicationConfigId"}],
    ("AWS/DMS", "CDCLatencyTarget"): [{"ReplicationConfigId"}],
}
"""By namespace and name, the sets of dimensions that AWS publishes it under, with its page."""


def alarms_watch_metrics_that_there_are(application: Application) -> Iterator[Finding]:
    for alarm in application.of("AWS::CloudWatch::Alarm"):
        found = alarm.properties.get("Namespace"), alarm.properties.get("MetricName")
        dimensions = {item["Name"] for item in alarm.properties.get("Dimensions") or []}
        if found not in METRICS:
            yield of(alarm, f"watches {found[0]} {found[1]}, which no page of AWS is noted for in METRICS")
        elif dimensions not in METRICS[found]:
            yield of(alarm, f"watches {found[1]} by {sorted(dimensions)}, by which it is not published")


def composite_alarms_name_alarms_that_there_are(application: Application) -> Iterator[Finding]:
    names = {alarm.name for alarm in application.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")}
    for alarm in application.of("AWS::CloudWatch::CompositeAlarm"):
        named = str(alarm.properties["AlarmRule"]).split('"')[1::2]
        if not named or set(named) - names:
            yield of(alarm, f"is made of {', '.join(sorted(set(named) - names)) or 'nothing'}, which is no alarm here")


CHECKS = (alarms_watch_metrics_that_there_are, composite_alarms_name_alarms_that_there_are)
