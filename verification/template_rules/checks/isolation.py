"""Stages of one account stay apart: a queue takes events of its own rules, on the buses that they are on."""

from collections.abc import Iterator

from local.engine.iam.evaluator import Request
from verification.template_rules import policies, wiring
from verification.template_rules.application import Application, Resource
from verification.template_rules.checks.finding import Finding, of

_OTHER_STAGES = ("prod", "dev2", "devel")


def queues_admit_no_other_stage(application: Application) -> Iterator[Finding]:
    """A rule of the same account with the name that another stage, or a bus of anyone's, gives it."""
    for queue in application.of(wiring.QUEUE):
        for rule in _rules_of_others(queue):
            context = {
                "aws:SourceArn": rule,
                "aws:SourceAccount": queue.stack.scope.account.id,
                "aws:SecureTransport": "true",
            }
            request = Request("sqs:SendMessage", queue.arn, context, "events.amazonaws.com")
            if policies.admits(application, queue, request):
                yield of(
                    queue, f"takes what the rule {rule.rpartition('rule/')[2]} sends, which is none of its stage's"
                )


def _rules_of_others(queue: Resource) -> Iterator[str]:
    account, stage = queue.stack.scope.account, queue.stack.scope.parameters["Stage"]
    start = f"arn:{account.partition}:events:{account.region}:{account.id}:rule/"
    for other in _OTHER_STAGES:
        yield f"{start}landfall-{other}-person-uploads"
        yield f"{start}landfall-{other}/landfall-UploadRule"
    yield f"{start}person-uploads"
    yield f"{start}landfall-{stage}-theirs/any"  # a rule on a custom bus of that name
    yield f"{start}landfall-{stage}/another-rule"


CHECKS = (queues_admit_no_other_stage,)
