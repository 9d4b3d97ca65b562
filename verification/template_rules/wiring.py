"""Who sends to whom: rules, queues, dead-letter queues, functions, schedules, alarms."""

from collections.abc import Iterator
from typing import Any

from verification.template_rules.application import Application, Resource

QUEUE, RULE, FUNCTION = "AWS::SQS::Queue", "AWS::Events::Rule", "AWS::Lambda::Function"
MAPPING, SCHEDULE = "AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule"
INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"


def queues_of_sources(application: Application) -> list[tuple[Resource, Resource | None, Resource | None]]:
    """Each event source mapping with its queue and its function."""
    return [
        (mapping, application.at(mapping.properties.get("EventSourceArn")), function_of(application, mapping))
        for mapping in application.of(MAPPING)
    ]


def function_of(application: Application, resource: Resource) -> Resource | None:
    """The function that a mapping or an invoke configuration is for: it is named, or given by its ARN."""
    wanted = resource.properties.get("FunctionName")
    functions = application.of(FUNCTION)
    return next((found for found in functions if wanted in (found.name, found.arn)), None)


def redrive_arn(queue: Resource) -> Any:
    """Where a queue's unhandled messages go; None if nowhere."""
    return (queue.properties.get("RedrivePolicy") or {}).get("deadLetterTargetArn")


def targets(application: Application) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Each rule with each of its targets."""
    for rule in application.of(RULE):
        for target in rule.properties.get("Targets") or []:
            yield rule, target


def dead_letter_arns(application: Application) -> set[str]:
    """Every queue that something gives its undelivered or unhandled messages to."""
    found = {redrive_arn(queue) for queue in application.of(QUEUE)}
    found |= {(target.get("DeadLetterConfig") or {}).get("Arn") for _, target in targets(application)}
    for schedule in application.of(SCHEDULE):
        found.add((schedule.properties["Target"].get("DeadLetterConfig") or {}).get("Arn"))
    for function in application.of(FUNCTION):
        found |= set(failure_destinations(application, function))
    for subscription in application.of("AWS::SNS::Subscription"):
        found.add((subscription.properties.get("RedrivePolicy") or {}).get("deadLetterTargetArn"))
    return {arn for arn in found if arn}


def failure_destinations(application: Application, function: Resource) -> list[str]:
    """Where the events of failed asynchronous invocations go."""
    found = [(function.properties.get("DeadLetterConfig") or {}).get("TargetArn")]
    for config in application.of(INVOKE_CONFIG):
        if function_of(application, config) is function:
            destination = (config.properties.get("DestinationConfig") or {}).get("OnFailure") or {}
            found.append(destination.get("Destination"))
    return [str(arn) for arn in found if arn]


def role_of(application: Application, resource: Resource) -> Resource | None:
    """The role that a function, crawler, job or schedule's target runs under."""
    properties = resource.properties
    arn = properties.get("Role") or (properties.get("Target") or {}).get("RoleArn")
    return application.at(arn)
