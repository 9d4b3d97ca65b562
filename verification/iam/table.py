"""`python -m verification.iam.table`: writes the least-privilege table of docs/security.md anew."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from local.engine.iam.evaluator import applies, as_list, matches_action
from local.stack.stack import ROOT
from verification.iam.needs import needs
from verification.iam.recording import judged, remembered
from verification.template_rules import policies
from verification.template_rules.application import Application, Resource, application
from verification.template_rules.checks.grants import uses

DOCUMENT = ROOT / "docs" / "security.md"
_BEGIN, _END = "<!-- least privilege: make least-privilege -->", "<!-- end -->"


def table(found: Application) -> str:
    """Every allowed action of every role: what it is on, and why it is there."""
    rows = ["| role | may | on | because |", "| --- | --- | --- | --- |"]
    seen: set[str] = set()
    unexplained = 0
    for role in found.of(policies.ROLE):
        # pipelines are instances of one template: one of them has lines, all of them count
        is_shown = role.id not in seen
        seen.add(role.id)
        for actions, resources, why in _lines(found, role):
            if is_shown:
                rows.append(f"| `{_label(role)}` | {actions} | {resources} | {why or '**unexplained**'} |")
            unexplained += not why
    calls = list(remembered(found))
    denied = sum(not judged(found, item) for item in calls)
    rows.append("")
    rows.append(f"{len(calls)} different calls were seen. Unexplained grants: {unexplained}. Denied calls: {denied}.")
    return "\n".join(rows)


def _label(role: Resource) -> str:
    """A nested template's resources may have the plainest names."""
    return role.id if role.id != "Role" else role.stack.path.rstrip(".")


def _lines(found: Application, role: Resource) -> Iterator[tuple[str, str, str]]:
    """Actions of one statement that share their reason share a line."""
    reasons = {(need.request.action, need.request.resource): need.why for need in needs(found) if need.role is role}
    used = uses(found)[role.arn]
    lines: dict[tuple[str, str], list[str]] = {}
    for statement, action in policies.grants(found, role):
        asked = [item for item in used if matches_action(action, item.action) and applies(statement, item)]
        why = [reasons.get((item.action, item.resource), "seen in use") for item in asked]
        lines.setdefault((_resources(role, statement), "; ".join(dict.fromkeys(why))), []).append(f"`{action}`")
    for (resources, because), actions in lines.items():
        yield ", ".join(actions), resources, re.sub(r" \((https://\S+)\)", r" ([source](\1))", because)


def _resources(role: Resource, statement: object) -> str:
    """Short: without partition, region and account."""
    assert isinstance(statement, dict)
    short = (re.sub(r"arn:aws:(\w+):[^:]*:[^:]*:", r"\1:", str(arn)) for arn in as_list(statement["Resource"]))
    text = ", ".join(f"`{arn}`" for arn in short)
    condition = statement.get("Condition")
    return f"{text} if {_condition(condition)}" if condition else text


def _condition(block: dict[str, dict[str, object]]) -> str:
    keys = ((key, as_list(value)) for inner in block.values() for key, value in inner.items())
    return " and ".join(f"`{key}` is {' or '.join(f'`{item}`' for item in values)}" for key, values in keys)


def written(document: str, made: str) -> str:
    """The document with the table in its place."""
    before, rest = document.split(_BEGIN, 1)
    return f"{before}{_BEGIN}\n{made}\n{_END}{rest.split(_END, 1)[1]}"


def main() -> int:
    """Write it; 1 when something is unexplained or would be denied."""
    made = table(application(all_conditions=True))
    Path(DOCUMENT).write_text(written(DOCUMENT.read_text(), made))
    sys.stdout.write(made.splitlines()[-1] + "\n")
    return 0 if "Unexplained grants: 0. Denied calls: 0." in made else 1


if __name__ == "__main__":
    sys.exit(main())
