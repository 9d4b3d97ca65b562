"""A function that sends to a queue which leads back to it stays below what Lambda takes for a runaway loop."""

from collections.abc import Iterator

from local.engine.iam.evaluator import as_list
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_CHAIN = 16
"""About so many invocations of one function in a chain of messages Lambda allows, then it drops the message
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)."""
_LIMITS = ("RECHECK_LIMIT",)  # the variables by which our functions end such a chain themselves


def loops_are_bounded(application: Application) -> Iterator[Finding]:
    """By a limit of the function's own below Lambda's, or by RecursiveLoop: Allow."""
    next_of = {function.arn: _readers(application, function) for function in application.of(wiring.FUNCTION)}
    for function in application.of(wiring.FUNCTION):
        if function.arn not in _reached(next_of, function.arn) or function.properties.get("RecursiveLoop") == "Allow":
            continue
        variables = (function.properties.get("Environment") or {}).get("Variables") or {}
        limits = [int(variables[name]) for name in _LIMITS if name in variables]
        if not limits:
            yield of(function, "sends messages that lead back to it, and nothing ends the chain")
        elif min(limits) + 1 >= _CHAIN:
            yield of(function, f"may be invoked {min(limits) + 1} times in a chain; Lambda ends it at about {_CHAIN}")


def _readers(application: Application, function: Resource) -> set[str]:
    """The functions that read a queue to which this one may send."""
    role = wiring.role_of(application, function)
    sent = {
        str(resource)
        for statement, action in (policies.grants(application, role) if role else ())
        if action == "sqs:SendMessage"
        for resource in as_list(statement.get("Resource", []))
    }
    return {
        reader.arn
        for _, queue, reader in wiring.queues_of_sources(application)
        if queue is not None and reader is not None and queue.arn in sent
    }


def _reached(next_of: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    open_ = list(next_of[start])
    while open_:
        one = open_.pop()
        if one not in found:
            found.add(one)
            open_ += next_of[one]
    return found


CHECKS = (loops_are_bounded,)
