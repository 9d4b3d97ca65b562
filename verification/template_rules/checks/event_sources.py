"""How Lambda reads queues: windows, concurrency, partial failures, and timeouts that fit each other."""

import re
from collections.abc import Iterator

from verification.template_rules import wiring
from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding, of


def batches_above_ten_have_a_window(application: Application) -> Iterator[Finding]:
    for mapping in application.of(wiring.MAPPING):
        size = int(mapping.properties.get("BatchSize", 10))
        window = int(mapping.properties.get("MaximumBatchingWindowInSeconds", 0))
        if size > 10 and window < 1:
            yield of(mapping, f"takes batches of {size} without a window; Lambda refuses that above 10")


def concurrency_is_bounded(application: Application) -> Iterator[Finding]:
    """At least 2, which is the least that AWS takes, and no more than what the function has reserved."""
    for mapping, _, function in wiring.queues_of_sources(application):
        most = (mapping.properties.get("ScalingConfig") or {}).get("MaximumConcurrency")
        reserved = function.properties.get("ReservedConcurrentExecutions") if function else None
        if most is None and reserved is None:
            yield of(mapping, "has no MaximumConcurrency: a burst of messages becomes a burst of calls to Glue")
        elif most is not None and int(most) < 2:
            yield of(mapping, f"has a MaximumConcurrency of {most}; AWS takes 2 at least")
        elif most is not None and reserved is not None and int(most) > int(reserved):
            yield of(mapping, f"has a MaximumConcurrency of {most}, and only {reserved} are reserved: it throttles")


def records_fail_alone(application: Application) -> Iterator[Finding]:
    for mapping in application.of(wiring.MAPPING):
        if "ReportBatchItemFailures" not in (mapping.properties.get("FunctionResponseTypes") or []):
            yield of(mapping, "does not report partial failures: one bad record takes its batch along")


def messages_stay_hidden_while_they_are_handled(application: Application) -> Iterator[Finding]:
    """Lambda's advice: six times the function's timeout, plus the window."""
    for mapping, queue, function in wiring.queues_of_sources(application):
        if queue is None or function is None:
            continue
        window = int(mapping.properties.get("MaximumBatchingWindowInSeconds", 0))
        least = 6 * int(function.properties.get("Timeout", 3)) + window
        found = int(queue.properties.get("VisibilityTimeout", 30))
        if found < least:
            yield of(queue, f"hides messages for {found} s; {function.id} needs {least} s")


def schedules_do_not_overlap(application: Application) -> Iterator[Finding]:
    """What bounds a scheduled function's concurrency: one invocation has ended before the next begins."""
    for schedule in application.of(wiring.SCHEDULE):
        function = application.at(schedule.properties["Target"]["Arn"])
        every = re.fullmatch(r"rate\((\d+) minutes?\)", schedule.properties["ScheduleExpression"])
        if function is not None and (every is None or int(every[1]) * 60 < int(function.properties.get("Timeout", 3))):
            yield of(schedule, f"may invoke {function.id} again before its timeout is over")


CHECKS = (
    schedules_do_not_overlap,
    batches_above_ten_have_a_window,
    concurrency_is_bounded,
    records_fail_alone,
    messages_stay_hidden_while_they_are_handled,
)
