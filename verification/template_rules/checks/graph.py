"""No resource needs, over others, itself: CloudFormation finds out only when it deploys."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding


def nothing_depends_on_itself(application: Application) -> Iterator[Finding]:
    for stack in application.stacks:
        resources = stack.template["Resources"]
        found = {name: {need for need in needs(resource) if need in resources} for name, resource in resources.items()}
        cycle = _cycle(found)
        if cycle:
            yield Finding(stack.file, f"has a circular dependency: {' -> '.join(cycle)}")


def needs(value: Any) -> Iterator[str]:
    """The names that a resource refers to, or depends on."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "DependsOn":
                yield from [inner] if isinstance(inner, str) else inner
            elif name == "Ref":
                yield str(inner)
            elif name == "Fn::GetAtt":
                yield inner.split(".")[0] if isinstance(inner, str) else str(inner[0])
            elif name == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                yield from (match.split(".")[0] for match in re.findall(r"\$\{([^!}]+)\}", text))
                yield from needs(inner[1] if isinstance(inner, list) else None)
            else:
                yield from needs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from needs(inner)


def _cycle(needs: Mapping[str, set[str]]) -> list[str]:
    """One way from a resource to itself; empty if there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        found: list[str] = []
        for need in sorted(needs[name]):
            found = found or walk(need, [*way, name])
        done.add(name)
        return found

    return next((cycle for cycle in (walk(name, []) for name in needs) if cycle), [])


CHECKS = (nothing_depends_on_itself,)
