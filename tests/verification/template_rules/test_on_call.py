"""On-call in the template: what can break is alarmed, channels stand apart, the dashboard shows what is emitted."""

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from landfall.adapters import metrics
from verification.examples.incidents import KINDS, incident
from verification.examples.payloads import payload
from verification.template_rules.checks.patterns import payloads

TOPIC = [{"Ref": "OnCallTopic"}]


def of_type(application: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: found["Properties"] for name, found in application.items() if found["Type"] == kind}


def matches(application: dict[str, Any], rule: str, event: Any) -> bool:
    pattern = application[rule]["Properties"]["EventPattern"]
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))


@pytest.mark.parametrize("severity", ["critical", "error", "warning", "info"])
@pytest.mark.parametrize("phase", ["opened", "reminder", "resolved"])
@pytest.mark.parametrize("kind", KINDS)
def test_all_is_told_and_what_is_severe_pages_but_reminds_elsewhere(
    kind: str, phase: str, severity: str, application: dict[str, Any]
) -> None:
    event = incident(kind, phase, severity=severity)

    assert matches(application, "NotifyRule", event)
    assert matches(application, "PageRule", event) == (phase != "reminder" and severity in ("critical", "error"))


@pytest.mark.parametrize("name", [name for name in payloads() if payload(name)["source"] != "landfall"])
def test_nothing_else_is_told(name: str, application: dict[str, Any]) -> None:
    assert not matches(application, "NotifyRule", payload(name))
    assert not matches(application, "PageRule", payload(name))


def test_somebody_elses_incidents_are_not_ours(application: dict[str, Any]) -> None:
    assert not matches(application, "NotifyRule", incident("stale") | {"source": "somebody"})


def test_every_dead_letter_queue_is_alarmed(application: dict[str, Any]) -> None:
    queues = {name for name in of_type(application, "AWS::SQS::Queue") if name.endswith("DeadLetterQueue")}
    alarmed = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(application, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }

    assert alarmed == queues


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_alarmed(metric: str, application: dict[str, Any]) -> None:
    alarmed = [
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in of_type(application, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    ]

    assert sorted(alarmed) == sorted(of_type(application, "AWS::Serverless::Function"))


def test_every_alarm_is_told_when_it_begins_and_when_it_ends(application: dict[str, Any]) -> None:
    alarms = of_type(application, "AWS::CloudWatch::Alarm")

    assert [name for name, alarm in alarms.items() if alarm["AlarmActions"] != TOPIC] == []
    assert [name for name, alarm in alarms.items() if alarm["OKActions"] != TOPIC] == []
    assert [name for name, alarm in alarms.items() if not alarm["AlarmDescription"]] == []


def test_an_alarm_can_publish_through_the_topics_key(application: dict[str, Any]) -> None:
    assert application["OnCallTopic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "OnCallKey"}
    key = application["OnCallKey"]["Properties"]["KeyPolicy"]["Statement"]
    (publishers,) = [statement for statement in key if statement["Sid"] == "PublishersThroughTheTopic"]
    assert "cloudwatch.amazonaws.com" in publishers["Principal"]["Service"]
    (notify,) = application["NotifyRole"]["Properties"]["Policies"]
    allowed = {
        action: statement["Resource"]
        for statement in notify["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert allowed["sns:Publish"] == {"Ref": "OnCallTopic"}
    assert allowed["kms:GenerateDataKey"] == allowed["kms:Decrypt"] == {"Fn::GetAtt": ["OnCallKey", "Arn"]}


def test_pagerduty_is_in_the_stack_only_when_asked_for(application: dict[str, Any]) -> None:
    its_own = [found for name, found in application.items() if name.startswith("Page")]

    assert len(its_own) >= 10
    assert [found for found in its_own if found.get("Condition") != "HasPagerDuty"] == []


@pytest.mark.parametrize("channel", ["Notify", "Page"])
def test_a_channel_shares_nothing_with_the_other(channel: str, application: dict[str, Any]) -> None:
    other = {"Notify": "Page", "Page": "Notify"}[channel]
    own = {name: found for name, found in application.items() if re.match(f"{channel}(?!ErrorAlarm|Throttle)", name)}

    assert own
    assert not re.search(rf'"{other}[A-Z]', json.dumps(own))
    queue = application[f"{channel}Queue"]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * 60
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{channel}DeadLetterQueue", "Arn"]}


def test_the_dashboard_shows_exactly_the_metrics_that_are_emitted(application: dict[str, Any]) -> None:
    body = application["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    body = body.replace("${Stage}", "dev").replace("${AWS::Region}", "us-east-1")

    widgets = json.loads(body)["widgets"]
    shown = set(re.findall(r'MetricName="(\w+)"', json.dumps(widgets).replace('\\"', '"')))
    dimensions = set(re.findall(r"\{(\w+),(\w+),(\w+)\} Stage=", body))

    assert len(widgets) == 7
    assert shown == set(metrics.UNITS)
    assert dimensions == {(metrics.NAMESPACE, "Stage", "Pipeline")}
