"""What must hold of the templates, as functions over the transformed application that return named findings.

A check looks at whatever the application holds, not at a list of today's functions; so what is added is held to the
same rules. tests/verification/template_rules/test_regressions.py shows that each finds what it is there for.
"""

from verification.template_rules.checks import (
    alarms,
    buckets,
    building,
    ceilings,
    complete,
    contexts,
    databases,
    defaults,
    definitions,
    deliveries,
    described,
    encryption,
    event_sources,
    functions,
    grants,
    graph,
    hops,
    identity,
    isolation,
    jobs,
    limits,
    loops,
    models,
    order,
    patterns,
    permissions,
    replications,
    retention,
    service_reference,
    texts,
    trust,
)
from verification.template_rules.checks.finding import Check, Finding

CHECKS: dict[str, Check] = {
    function.__name__: function
    for module in (
        hops, alarms, deliveries, event_sources, functions, encryption, buckets, databases, retention, described, graph,
        permissions, grants, patterns, models, replications, order, service_reference, contexts, defaults, loops,
        limits, identity, isolation, ceilings, texts, building, complete, trust, jobs,
        definitions,
    )
    for function in module.CHECKS
}  # fmt: skip

__all__ = ["CHECKS", "Check", "Finding"]
