"""Databases are private, protected, backed up and logged; passwords are in secrets, and connections are encrypted."""

from collections.abc import Iterator
from typing import Any

from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of

_CLUSTER, _INSTANCE, _ENDPOINT = "AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::DMS::Endpoint"
_NOT_DATABASES = ("kinesis", "s3", "dynamodb", "kafka", "opensearch")  # they take HTTPS only
_PASSWORDS = ("MasterUserPassword", "Password", "Username")


def databases_are_private(application: Application) -> Iterator[Finding]:
    for database in application.of(_CLUSTER, _INSTANCE):
        public = database.properties.get("PubliclyAccessible", database.type == _INSTANCE)
        if public not in (False, "false"):
            yield of(database, "may have a public address: PubliclyAccessible is not false")


def databases_are_protected(application: Application) -> Iterator[Finding]:
    """Against deletion, and with a week of backups at least."""
    for cluster in application.of(_CLUSTER):
        if cluster.properties.get("DeletionProtection") not in (True, "true"):
            yield of(cluster, "can be deleted by one call")
        if int(cluster.properties.get("BackupRetentionPeriod", 1)) < 7:
            yield of(cluster, "keeps backups for less than a week")


def databases_keep_logs(application: Application) -> Iterator[Finding]:
    """In a group of this application, since RDS makes one that never forgets."""
    groups = {group.name for group in application.of("AWS::Logs::LogGroup")}
    for cluster in application.of(_CLUSTER):
        exported = cluster.properties.get("EnableCloudwatchLogsExports") or []
        if "postgresql" not in exported:
            yield of(cluster, "does not export its log")
        for kind in exported:
            if f"/aws/rds/cluster/{cluster.name}/{kind}" not in groups:
                yield of(cluster, f"has no log group of its own for {kind}")


def passwords_are_in_secrets(application: Application) -> Iterator[Finding]:
    for resource in application.of(_CLUSTER, _INSTANCE, _ENDPOINT):
        for way in _found(resource.properties, _PASSWORDS):
            yield of(resource, f"has {way} in the template: a secret has it")
    for cluster in application.of(_CLUSTER):
        if cluster.properties.get("ManageMasterUserPassword") not in (True, "true"):
            yield of(cluster, "has a master whose password RDS does not manage")


def _found(value: Any, names: tuple[str, ...], way: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in names:
                yield f"{way}{name}"
            yield from _found(inner, names, f"{way}{name}.")


def connections_are_encrypted(application: Application) -> Iterator[Finding]:
    """Asked for by whoever connects, and by the database."""
    for endpoint in application.of(_ENDPOINT):
        engine = endpoint.properties["EngineName"]
        if engine not in _NOT_DATABASES and endpoint.properties.get("SslMode", "none") == "none":
            yield of(endpoint, f"speaks to {engine} in the clear")
    for parameters in application.of("AWS::RDS::DBClusterParameterGroup"):
        if parameters.properties["Parameters"].get("rds.force_ssl") != "1":
            yield of(parameters, "lets clients connect in the clear")


def sources_can_be_read(application: Application) -> Iterator[Finding]:
    """Without logical replication, DMS loads the table once and sees no change."""
    for parameters in application.of("AWS::RDS::DBClusterParameterGroup"):
        found = parameters.properties["Parameters"]
        if found.get("rds.logical_replication") != "1":
            yield of(parameters, "has no logical replication")
        timeout = int(found.get("wal_sender_timeout", 30000))
        if 0 < timeout < 10_000 or timeout >= 300_000:
            yield of(parameters, f"ends a silent connection after {timeout} ms: DMS needs 10 s to 5 minutes, or 0")


CHECKS = (
    databases_are_private,
    databases_are_protected,
    databases_keep_logs,
    passwords_are_in_secrets,
    connections_are_encrypted,
    sources_can_be_read,
)
