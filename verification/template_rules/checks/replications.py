"""What DMS is told in JSON, into which no schema and no model looks: by its user guide, in dms.yaml of this folder.

And that it sends what jobs/stream_person.py reads, loses nothing and tells of what it cannot send.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_CONFIG, _ENDPOINT = "AWS::DMS::ReplicationConfig", "AWS::DMS::Endpoint"
_OF_EVERY_RULE = {"rule-type", "rule-id", "rule-name"}
_TOLD = {
    "IncludeTransactionDetails": (True, "changes cannot be told apart nor put in order"),
    "IncludeControlDetails": (True, "nothing says when a table is loaded anew"),
    "IncludeNullAndEmpty": (True, "what became null looks like what was not sent"),
    "PartitionIncludeSchemaTable": (True, "tables share their keys' shards"),
}
"""Settings of a Kinesis target that the job's reading rests on, and what goes wrong without."""


@cache
def _guide() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "dms.yaml").read_text())
    return found


def replication_settings_are_documented(application: Application) -> Iterator[Finding]:
    for config in application.of(_CONFIG):
        for way, what in _unknown(_guide()["settings"], config.properties.get("ReplicationSettings") or {}, ""):
            yield of(config, f"has the setting {way}: {what}")


def table_mappings_are_documented(application: Application) -> Iterator[Finding]:
    for config in application.of(_CONFIG):
        rules = (config.properties.get("TableMappings") or {}).get("rules") or []
        for rule in rules:
            label = f"the rule {rule.get('rule-name')!r}"
            known = _guide()["rules"].get(rule.get("rule-type"))
            if known is None:
                yield of(config, f"has {label} of the type {rule.get('rule-type')!r}, which there is not")
                continue
            given = {name: value for name, value in rule.items() if name not in _OF_EVERY_RULE}
            for way, what in _unknown(known, given, ""):
                yield of(config, f"has in {label} {way}: {what}")
            if {*_OF_EVERY_RULE, "rule-action", "object-locator"} - set(rule):
                yield of(config, f"has {label}, which lacks one of rule-id, rule-name, rule-action, object-locator")
        ids = [rule.get("rule-id") for rule in rules]
        if len(set(ids)) != len(ids) or not all(str(found).isdecimal() for found in ids):
            yield of(config, "has two rules of one id, or an id that is no number")
        if not any(rule.get("rule-type") == "selection" and rule.get("rule-action") == "include" for rule in rules):
            yield of(config, "selects no table")


def _unknown(known: Any, given: Any, way: str) -> Iterator[tuple[str, str]]:
    """What is given and not in the guide: where, and why."""
    if isinstance(known, Mapping) and "least" not in known:
        if not isinstance(given, Mapping):
            yield way, f"{given!r} is no group of settings"
            return
        for name, value in given.items():
            here = f"{way}.{name}".strip(".")
            if name not in known:
                yield here, "the guide has no such setting"
            else:
                yield from _unknown(known[name], value, here)
    elif problem := _problem(known, given):
        yield way, problem


def _problem(known: Any, given: Any) -> str:
    """Why a single value is none that the guide has; empty if it is one."""
    is_number = isinstance(given, int) and not isinstance(given, bool)
    if isinstance(known, list):
        return "" if given in known else f"{given!r} is none of {', '.join(map(str, known))}"
    if isinstance(known, Mapping):
        bounds = f"{known['least']} to {known['most']}"
        return "" if is_number and known["least"] <= given <= known["most"] else f"{given!r} is not {bounds}"
    kinds = {"boolean": isinstance(given, bool), "integer": is_number, "text": isinstance(given, str), "any": True}
    return "" if kinds[known] else f"{given!r} is not of the kind {known}"


def capacities_are_ones_that_there_are(application: Application) -> Iterator[Finding]:
    for config in application.of(_CONFIG):
        compute = config.properties["ComputeConfig"]
        units = [int(compute[name]) for name in ("MinCapacityUnits", "MaxCapacityUnits") if name in compute]
        if any(unit not in _guide()["capacity_units"] for unit in units) or units != sorted(units):
            yield of(config, f"asks for {units} DCU: from the least to the most, of {_guide()['capacity_units']}")


def changes_are_sent_as_they_are_read(application: Application) -> Iterator[Finding]:
    """Each change with its transaction and position, the key before it, and nulls; one key's changes in one shard."""
    for config in application.of(_CONFIG):
        target = application.at(config.properties["TargetEndpointArn"])
        told = (target.properties.get("KinesisSettings") or {}) if target else {}
        for name, (wanted, otherwise) in _TOLD.items():
            if told.get(name) is not wanted:
                yield of(target or config, f"does not set {name}: {otherwise}")
        image = _settings(config, "BeforeImageSettings")
        wished = {"EnableBeforeImage": True, "FieldName": "before-image", "ColumnFilter": "pk-only"}
        if image != wished:
            yield of(
                config, "does not send the key that a row had before: a changed key would leave the old row behind"
            )
        mappings = [rule.get("mapping-parameters") or {} for rule in config.properties["TableMappings"]["rules"]]
        if not any(rule.get("partition-key-type") == "primary-key" for rule in mappings):
            yield of(config, "does not partition by the primary key: all changes go to one shard")


def replications_stop_rather_than_lose(application: Application) -> Iterator[Finding]:
    """What cannot be sent stops the replication, which is an event; any other policy only writes a line into a log."""
    for config in application.of(_CONFIG):
        behaviour = _settings(config, "ErrorBehavior")
        policies = {name for name in _guide()["settings"]["ErrorBehavior"] if name.endswith("Policy")}
        for name in sorted(policies - {"EventErrorPolicy"}):
            if behaviour.get(name) != "STOP_TASK":
                yield of(config, f"goes on after an error: {name} is {behaviour.get(name)}")
        if _settings(config, "Logging").get("EnableLogging") is not True:
            yield of(config, "keeps no log")


def _settings(config: Resource, group: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (config.properties.get("ReplicationSettings") or {}).get(group) or {}
    return found


CHECKS = (
    replication_settings_are_documented,
    table_mappings_are_documented,
    capacities_are_ones_that_there_are,
    changes_are_sent_as_they_are_read,
    replications_stop_rather_than_lose,
)
