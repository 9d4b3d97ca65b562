"""A hop is in one place of its template, so that who reads or changes it needs to scroll nowhere else."""

from collections.abc import Iterator

from verification.template_rules import wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of


def hops_are_in_one_place(application: Application) -> Iterator[Finding]:
    """Rules, queue, dead letters, function, log group, alarms and roles of a hop follow each other."""
    for function in application.of(wiring.FUNCTION):
        members = _hop(application, function)
        order = function.stack.declared
        places = sorted(order.index(name) for name in members if name in order)
        apart = [name for name in order[places[0] : places[-1] + 1] if name not in members]
        if apart:
            yield of(function, f"does not have its hop in one place: {', '.join(apart)} is between its parts")


def _hop(application: Application, function: Resource) -> set[str]:
    """The logical ids of everything that exists for this function alone."""
    queues = [queue for _, queue, reader in wiring.queues_of_sources(application) if reader is function and queue]
    dead = [application.at(wiring.redrive_arn(queue)) for queue in queues]
    dead += [application.at(arn) for arn in wiring.failure_destinations(application, function)]
    found = [function, *queues, *filter(None, dead)]
    names = {resource.name for resource in found}
    arns = {resource.arn for resource in found}
    found += [rule for rule, target in wiring.targets(application) if target["Arn"] in arns]
    found += [alarm for alarm in application.of("AWS::CloudWatch::Alarm") if names & _watched(alarm)]
    urls = {queue.stack.scope.ref(queue.id) for queue in found if queue.type == wiring.QUEUE}
    admitting = application.of("AWS::SQS::QueuePolicy")
    found += [policy for policy in admitting if urls & set(map(str, policy.properties["Queues"]))]
    log = (function.properties.get("LoggingConfig") or {}).get("LogGroup")
    found += [group for group in application.of("AWS::Logs::LogGroup") if group.name == log]
    schedules = [item for item in application.of(wiring.SCHEDULE) if item.properties["Target"]["Arn"] == function.arn]
    found += filter(None, (wiring.role_of(application, item) for item in [function, *schedules]))
    return {resource.id for resource in found if resource.stack is function.stack}


def _watched(alarm: Resource) -> set[str]:
    return {str(item["Value"]) for item in alarm.properties.get("Dimensions") or []}


CHECKS = (hops_are_in_one_place,)
