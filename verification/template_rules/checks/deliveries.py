"""Whoever sends to a queue or topic is admitted by its policy; nobody else's rule, schedule or alarm is."""

from collections.abc import Iterator
from typing import Any

from local.engine.iam.evaluator import Request, as_list, evaluate, statements
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_SOURCES = ("aws:sourcearn", "aws:sourceaccount", "aws:principalorgid", "aws:sourceorgid")


def rules_may_send(application: Application) -> Iterator[Finding]:
    for rule, target in wiring.targets(application):
        for arn in (target["Arn"], (target.get("DeadLetterConfig") or {}).get("Arn")):
            queue = application.at(arn)
            if queue is None or queue.type != wiring.QUEUE:
                continue
            request = policies.service_request("events", "sqs:SendMessage", queue.arn, rule)
            if not policies.admits(application, queue, request):
                yield of(rule, f"may not send to {queue.id}: no queue policy admits it")


def schedules_may_act(application: Application) -> Iterator[Finding]:
    for schedule in application.of(wiring.SCHEDULE):
        role = wiring.role_of(application, schedule)
        target = schedule.properties["Target"]
        wanted = [("lambda:InvokeFunction", target["Arn"])]
        wanted += [("sqs:SendMessage", (target.get("DeadLetterConfig") or {}).get("Arn"))]
        for action, arn in wanted:
            if arn and not _role_may(application, role, action, arn):
                yield of(schedule, f"may not {action} on {arn}: its role does not allow it")


def functions_may_keep_failed_events(application: Application) -> Iterator[Finding]:
    for function in application.of(wiring.FUNCTION):
        role = wiring.role_of(application, function)
        for arn in wiring.failure_destinations(application, function):
            if not _role_may(application, role, "sqs:SendMessage", arn):
                yield of(function, f"may not send its failed events to {arn}: its role does not allow it")


def functions_may_read_their_queues(application: Application) -> Iterator[Finding]:
    """Lambda polls with the function's role."""
    for mapping, queue, function in wiring.queues_of_sources(application):
        if queue is None or function is None:
            continue
        role = wiring.role_of(application, function)
        for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
            if not _role_may(application, role, action, queue.arn):
                yield of(mapping, f"cannot poll {queue.id}: the role of {function.id} lacks {action}")


def functions_may_write_their_logs(application: Application) -> Iterator[Finding]:
    for function in application.of(wiring.FUNCTION):
        group = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
        found = next((item for item in application.of("AWS::Logs::LogGroup") if item.name == group), None)
        if found is None:
            continue  # functions_have_logs_with_retention says so
        stream = found.arn.removesuffix(":*") + ":log-stream:2026/11/21/[$LATEST]0"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if not _role_may(application, wiring.role_of(application, function), action, stream):
                yield of(function, f"cannot log: its role lacks {action} on {group}")


def _role_may(application: Application, role: Resource | None, action: str, arn: str) -> bool:
    return role is not None and bool(evaluate(policies.of_role(application, role), Request(action, arn)))


def policies_refuse_strangers(application: Application) -> Iterator[Finding]:
    """Services act for every account: a policy that admits one has to say for whom (the confused deputy)."""
    wanted = {"AWS::SQS::Queue": "sqs:SendMessage", "AWS::SNS::Topic": "sns:Publish", "AWS::KMS::Key": "kms:Decrypt"}
    for resource in application.of(*wanted):
        for policy in policies.of_resource(application, resource):
            for statement in statements(policy):
                for service in _services(statement):
                    request = policies.stranger_request(service, wanted[resource.type], resource.arn)
                    if evaluate([{"Version": "2012-10-17", "Statement": statement}], request):
                        yield of(resource, f"admits {service} for every account: SourceArn or SourceAccount is missing")


def services_are_admitted_with_their_source(application: Application) -> Iterator[Finding]:
    for resource in application.of("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::KMS::Key"):
        document = resource.properties.get("PolicyDocument") or resource.properties.get("KeyPolicy")
        for statement in statements(document or {"Statement": []}):
            keys = {key.lower() for block in (statement.get("Condition") or {}).values() for key in block}
            if statement["Effect"] == "Allow" and list(_services(statement)) and not keys & set(_SOURCES):
                yield of(resource, f"has the statement {statement.get('Sid')} without SourceArn or SourceAccount")


def nobody_is_everybody(application: Application) -> Iterator[Finding]:
    """No policy allows anything to the whole world."""
    for resource in application:
        for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
            for statement in statements(resource.properties.get(name) or {"Statement": []}):
                principal = statement.get("Principal")
                everybody = principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS")))
                if statement["Effect"] == "Allow" and everybody:
                    yield of(resource, f"allows everybody by its statement {statement.get('Sid')}")


def _services(statement: Any) -> Iterator[str]:
    principal = statement.get("Principal")
    if isinstance(principal, dict) and statement["Effect"] == "Allow":
        yield from (str(name).removesuffix(".amazonaws.com") for name in as_list(principal.get("Service", [])))


CHECKS = (
    rules_may_send,
    schedules_may_act,
    functions_may_keep_failed_events,
    functions_may_read_their_queues,
    functions_may_write_their_logs,
    policies_refuse_strangers,
    services_are_admitted_with_their_source,
    nobody_is_everybody,
)
