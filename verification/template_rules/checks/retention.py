"""State and data outlive the stack, and can be restored."""

from collections.abc import Iterator

from verification.template_rules import wiring
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

_KEPT = (
    "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Glue::Database", "AWS::Kinesis::Stream", "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance", "AWS::RDS::DBClusterParameterGroup", "AWS::RDS::DBSubnetGroup",
)  # fmt: skip


def state_and_data_are_retained(application: Application) -> Iterator[Finding]:
    """Dead letters are data too: what a mapping's queue could not hand over is nowhere else."""
    sources = [queue for _, queue, _ in wiring.queues_of_sources(application) if queue is not None]
    dead_letters = [application.at(wiring.redrive_arn(queue)) for queue in sources]
    for resource in [*application.of(*_KEPT), *filter(None, dead_letters)]:
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.raw.get(policy) not in ("Retain", "RetainExceptOnCreate", "Snapshot"):
                yield of(resource, f"would go with the stack: {policy} is {resource.raw.get(policy)}")


def state_can_be_restored(application: Application) -> Iterator[Finding]:
    for table in application.of("AWS::DynamoDB::Table"):
        recovery = table.properties.get("PointInTimeRecoverySpecification") or {}
        if recovery.get("PointInTimeRecoveryEnabled") not in (True, "true"):
            yield of(table, "cannot be restored to a point in time")


CHECKS = (state_and_data_are_retained, state_can_be_restored)
