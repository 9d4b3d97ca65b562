"""Every asynchronous hop has its queue, its dead-letter queue, and an alarm that somebody hears."""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.events.models import EventPattern

from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_RECEIVES = 5  # AWS's own advice for Lambda: a throttled poll counts as a receive
_QUEUE_METRIC = ("AWS/SQS", "ApproximateNumberOfMessagesVisible")


def rules_deliver_to_queues(application: Application) -> Iterator[Finding]:
    """A rule that invokes a function retries by Lambda's rules, and nothing can be redriven."""
    for rule, target in wiring.targets(application):
        found = application.at(target["Arn"])
        if found is None or found.type != wiring.QUEUE:
            yield of(rule, f"delivers to {target['Arn']}, which is no queue of this application")


def rules_have_dead_letter_queues(application: Application) -> Iterator[Finding]:
    for rule, target in wiring.targets(application):
        if application.at((target.get("DeadLetterConfig") or {}).get("Arn")) is None:
            yield of(rule, f"has no dead-letter queue for its target {target['Id']}")


def queues_have_dead_letter_queues(application: Application) -> Iterator[Finding]:
    """Each queue hands over what cannot be handled, or is where it is handed to."""
    dead_letters = wiring.dead_letter_arns(application)
    for queue in application.of(wiring.QUEUE):
        target = wiring.redrive_arn(queue)
        if target is None and queue.arn not in dead_letters:
            yield of(queue, "has no dead-letter queue")
        elif target is not None and (application.at(target) is None or target == queue.arn):
            yield of(queue, f"gives its dead letters to {target}, which is no other queue of this application")
    for mapping, queue_of_source, _ in wiring.queues_of_sources(application):
        if queue_of_source is None or wiring.redrive_arn(queue_of_source) is None:
            yield of(mapping, "reads a queue that has no dead-letter queue")


def queues_are_tried_often_enough(application: Application) -> Iterator[Finding]:
    for queue in application.of(wiring.QUEUE):
        receives = (queue.properties.get("RedrivePolicy") or {}).get("maxReceiveCount")
        if receives is not None and int(receives) < _RECEIVES:
            yield of(queue, f"gives up after {receives} receives; throttled polls count too, so {_RECEIVES} at least")


def dead_letters_are_kept_as_long_as_sqs_can(application: Application) -> Iterator[Finding]:
    """A message keeps the age that it came with: a shorter retention loses it before anybody has looked."""
    for queue in application.of(wiring.QUEUE):
        if queue.arn in wiring.dead_letter_arns(application):
            kept = int(queue.properties.get("MessageRetentionPeriod", 345600))
            if kept < 1209600:
                yield of(queue, f"keeps dead letters for {kept} s; SQS can keep them for 1209600 s")


def dead_letter_queues_have_alarms(application: Application) -> Iterator[Finding]:
    alarms = application.of("AWS::CloudWatch::Alarm")
    for queue in application.of(wiring.QUEUE):
        if queue.arn in wiring.dead_letter_arns(application) and not any(
            _is_of_depth(alarm, queue) for alarm in alarms
        ):
            yield of(queue, "holds dead letters, and no alarm looks at its depth")


def _is_of_depth(alarm: Resource, queue: Resource) -> bool:
    """Whether the alarm is raised by the first message."""
    properties = alarm.properties
    dimensions = {item["Name"]: item["Value"] for item in properties.get("Dimensions") or []}
    metric = (properties.get("Namespace"), properties.get("MetricName"))
    least = {"GreaterThanThreshold": 0.0, "GreaterThanOrEqualToThreshold": 1.0}.get(properties["ComparisonOperator"])
    return (
        metric == _QUEUE_METRIC
        and dimensions.get("QueueName") == queue.name
        and least is not None
        and float(properties["Threshold"]) <= least
        and properties.get("Statistic", "Maximum") in ("Maximum", "Sum", "Average")
    )


def alarms_have_actions(application: Application) -> Iterator[Finding]:
    """Or a rule makes them an incident, as those of streams; what a composite alarm is made of is heard by it."""
    parts = {
        name
        for alarm in application.of("AWS::CloudWatch::CompositeAlarm")
        for name in re.findall(r'ALARM\("([^"]+)"\)', str(alarm.properties["AlarmRule"]))
    }
    for alarm in application.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        if alarm.name in parts or all(_is_delivered(application, alarm, state) for state in ("ALARM", "OK")):
            continue
        if not alarm.properties.get("AlarmActions") or alarm.properties.get("ActionsEnabled", True) in (False, "false"):
            yield of(alarm, "has no action: nobody hears of it")


def _is_delivered(application: Application, alarm: Resource, state: str) -> bool:
    """Whether a rule hears that the alarm is in this state now."""
    event: Any = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": alarm.name, "state": {"value": state}},
    }
    patterns = (json.dumps(rule.properties["EventPattern"]) for rule in application.of(wiring.RULE))
    return any(EventPattern.load(pattern).matches_event(event) for pattern in patterns)


def alarms_can_publish(application: Application) -> Iterator[Finding]:
    """The topic's policy admits CloudWatch, and so does its key's: the AWS-managed key of SNS cannot."""
    for alarm in application.of("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for action in _actions(alarm):
            topic = application.at(action)
            if topic is None or topic.type != "AWS::SNS::Topic":
                yield of(alarm, f"has the action {action}, which is no topic of this application")
                continue
            request = policies.service_request("cloudwatch", "sns:Publish", topic.arn, alarm)
            if not policies.admits(application, topic, request):
                yield of(alarm, f"may not publish to {topic.id}: no policy of the topic admits CloudWatch")
            yield from _through_key(application, alarm, topic)


def _actions(alarm: Resource) -> list[Any]:
    names = ("AlarmActions", "OKActions", "InsufficientDataActions")
    return [action for name in names for action in alarm.properties.get(name) or []]


def _through_key(application: Application, alarm: Resource, topic: Resource) -> Iterator[Finding]:
    named = topic.properties.get("KmsMasterKeyId")
    if not named:
        return
    key = next((key for key in application.of("AWS::KMS::Key") if named in (key.name, key.arn)), None)
    if key is None:
        yield of(topic, f"is encrypted with {named}, whose policy cannot admit CloudWatch: {alarm.id} cannot publish")
        return
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        request = policies.service_request("cloudwatch", action, key.arn, alarm)
        if not policies.admits(application, key, request):
            yield of(alarm, f"may not use {key.id}, the key of {topic.id}: its policy does not admit {action}")


def failed_invocations_are_kept(application: Application) -> Iterator[Finding]:
    """What a schedule invokes is asynchronous: Lambda drops it after its retries unless it may put it somewhere."""
    for schedule in application.of(wiring.SCHEDULE):
        target = schedule.properties["Target"]
        function = application.at(target["Arn"])
        if not (target.get("DeadLetterConfig") or {}).get("Arn"):
            yield of(schedule, "has no dead-letter queue for invocations that cannot be made")
        if function is not None and function.type == wiring.FUNCTION:
            kept = [arn for arn in wiring.failure_destinations(application, function) if application.at(arn)]
            if not kept:
                yield of(function, f"is invoked by {schedule.id}, and its failed events go nowhere")


CHECKS = (
    rules_deliver_to_queues,
    rules_have_dead_letter_queues,
    queues_have_dead_letter_queues,
    queues_are_tried_often_enough,
    dead_letters_are_kept_as_long_as_sqs_can,
    dead_letter_queues_have_alarms,
    alarms_have_actions,
    alarms_can_publish,
    failed_invocations_are_kept,
)
