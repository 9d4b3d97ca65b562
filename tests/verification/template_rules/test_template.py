"""The templates as they are hold every check, with their parameters at their defaults and at their limits."""

from functools import cache
from typing import Any

import pytest

from verification.template_rules.application import MAIN, Application, Deployed, application, sources
from verification.template_rules.checks import CHECKS

VARIANTS = ("defaults", "every condition true", "least", "most")


def _limits(bound: str) -> dict[str, str]:
    declared: dict[str, dict[str, Any]] = sources()[MAIN]["Parameters"]
    return {name: str(declaration[bound]) for name, declaration in declared.items() if bound in declaration}


@cache
def variant(name: str) -> Application:
    if name in ("least", "most"):
        limits = _limits("MinValue" if name == "least" else "MaxValue")
        return application(deployed=Deployed({}, parameters=limits))
    return application(all_conditions=name != "defaults")


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("check", CHECKS)
def test_the_templates_hold(check: str, name: str) -> None:
    assert [str(finding) for finding in CHECKS[check](variant(name))] == []
