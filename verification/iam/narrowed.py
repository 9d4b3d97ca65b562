"""Which statement of a role could be taken away without anything noticing it.

`python -m verification.iam.narrowed` asks the engine at LANDFALL_PORT what its roles have asked for, such as after
`make up` and `make test-e2e`, and puts the same to each role without one of its statements. A statement is noticed if a
request that is allowed is not any more. What the engine has not been asked for is so at another time (calls.json, and
reasons.yaml with the test of each), or by AWS where the engine sees nothing (needs.yaml, with the source): it is said.
"""

import json
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.engine.iam.evaluator import Policy, Request, evaluate, statements
from local.stack.clients import Clients
from local.stack.stack import Stack
from verification.iam import needs, recording
from verification.iam.deployed import deployed_application

Seen = Sequence[Mapping[str, Any]]
ACCOUNT = "000000000000"  # the local engine's


@dataclass(frozen=True)
class Result:
    """A role's statement, how many of the role's requests would be refused without it, and else who needs it."""

    role: str
    statement: Mapping[str, Any]
    refused: int
    why: str = ""

    @property
    def name(self) -> str:
        """The statement as people know it."""
        return f"{self.role}: {self.statement.get('Sid') or json.dumps(self.statement.get('Action'))}"


def narrow(policies: Sequence[Policy]) -> Iterator[tuple[Mapping[str, Any], list[Policy]]]:
    """Each statement that allows, and the policies without it."""
    for policy in policies:
        for statement in statements(policy):
            if statement["Effect"] == "Allow":
                rest = [one for one in statements(policy) if one is not statement]
                others = [other for other in policies if other is not policy]
                yield statement, [*others, {**policy, "Statement": rest}]


def results(
    role: str, arn: str, policies: Sequence[Policy], seen: Seen, others: Sequence[tuple[str, Request]] = ()
) -> Iterator[Result]:
    """What would be refused of a role's requests without each of its statements; `others` are known, with a reason."""
    requests = [_known(Request(line["action"], line["resource"], line["context"]), arn) for line in seen]
    allowed = [request for request in requests if evaluate(policies, request)]
    besides = [(why, _known(request, arn)) for why, request in others]
    for statement, rest in narrow(policies):
        refused = sum(not evaluate(rest, request) for request in allowed)
        why = next(
            (why for why, request in besides if evaluate(policies, request) and not evaluate(rest, request)), ""
        )  # fmt: skip
        yield Result(role, statement, refused, why)


def _known(request: Request, arn: str) -> Request:
    known = {
        "aws:PrincipalArn": arn, "aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT,
        "aws:SecureTransport": "true",
    }  # fmt: skip
    return replace(request, context={**known, **request.context})


def of_engine(stack: Stack, clients: Clients) -> list[Result]:
    """The results for all roles that are there and have asked for anything since the engine was started."""
    with urllib.request.urlopen(f"{stack.endpoint}/_landfall/iam/requests", timeout=10) as answer:  # noqa: S310  # ours
        lines: Seen = json.loads(answer.read())
    by_role: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        by_role[line["role"]].append(line)
    pages = clients.iam.get_paginator("list_roles").paginate()
    arns = {role["RoleName"]: role["Arn"] for page in pages for role in page["Roles"]}
    others = _others(stack)
    found: list[Result] = []
    for role, seen in sorted(by_role.items()):
        if role not in arns:
            continue  # a test's own, which is gone
        arn = arns[role]
        names = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
        own: list[Any] = [
            clients.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
        ]
        found += results(role, arn, own, seen, others[role])
    return found


def _others(stack: Stack) -> dict[str, list[tuple[str, Request]]]:
    """What is known of the roles besides, by their names."""
    application = deployed_application(stack)
    found: dict[str, list[tuple[str, Request]]] = defaultdict(list)
    for call in recording.remembered(application):
        found[call.role.name].append(("a call that was recorded at another time", call.request))
    for need in needs.needs(application):
        found[need.role.name].append((need.why, need.request))
    return found


def main() -> int:
    """Print the statements that nothing would miss; the exit code is 1 if there are any."""
    stack = Stack.chosen()
    found = of_engine(stack, Clients(stack))
    noticed = [result for result in found if result.refused]
    known = [result for result in found if not result.refused and result.why]
    unnoticed = [result for result in found if not result.refused and not result.why]
    for result in known:
        print(f"not asked for here  {result.name}: {result.why}")
    for result in unnoticed:
        print(f"unnoticed  {result.name}")
    print(
        f"{len(found)} statements of {len({result.role for result in found})} roles: {len(noticed)} noticed by what "
        f"the engine was asked for, {len(known)} needed otherwise, {len(unnoticed)} unnoticed"
    )
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
