"""The end of checks, by the status of their queries."""

from collections.abc import Mapping
from dataclasses import replace

from landfall.model.observations import QueryOf, QueryStatus
from landfall.model.pipelines import ChecksStep
from landfall.model.state import Failure, Run, State, Verdict
from landfall.rules import run_start, run_steps
from landfall.rules.transition import Timing, Transition


def awaits(state: State, query: QueryOf) -> bool:
    """Whether the run in flight still needs the verdict of this check."""
    run = state.run
    if run is None or (run.id, run.step, run.attempt) != (query.run_id, query.step, query.attempt):
        return False
    return all(verdict.check != query.check for verdict in run.verdicts)


def handle_query(state: State, query: QueryOf, seen: QueryStatus, now: float) -> Transition:
    """Record the verdict of one check; the step ends with the last one."""
    run = state.run
    if run is None or not awaits(state, query) or not isinstance(run.current, ChecksStep):
        return Transition(state)
    checks = run.current.checks
    verdicts = (*run.verdicts, _judge(query.check, checks[query.check].expect, seen))
    run = replace(run, verdicts=verdicts)
    state = replace(state, run=run)
    if len(verdicts) < len(checks):
        # Starting the queries was throttled: the query that ended has freed capacity.
        return run_start.try_again(state, run, now) if run.status == "waiting" else Transition(state)
    failed = next((verdict for verdict in verdicts if verdict.failure), None)
    if failed is None:
        return run_steps.complete_step(state, run, now)
    name = checks[failed.check].name
    failure = Failure(failed.failure, failed.cause, run.current.name, name, failed.query_id, failed.rows)
    return run_steps.fail_step(state, run, failure, now)


def sweep_checks(
    state: State, run: Run, step: ChecksStep, ended: Mapping[int, QueryStatus], now: float, timing: Timing
) -> Transition:
    """Repair a step of checks; `ended` has the ended queries by the index of their check."""
    if run.status == "waiting" or run_start.lease_has_expired(run, now, timing):
        return run_start.try_again(state, run, now)
    change = Transition(state)
    for check, answer in ended.items():
        query = QueryOf(state.pipeline, run.id, run.step, run.attempt, check)
        if check < len(step.checks) and awaits(change.state, query):
            change = handle_query(change.state, query, answer, now)
    return change


def _judge(check: int, expect: str, seen: QueryStatus) -> Verdict:
    if seen.status != "SUCCEEDED":
        return Verdict(check, seen.query_id, "query failed", seen.cause or f"The query ended as {seen.status}.")
    if bool(seen.rows) == (expect == "rows"):
        return Verdict(check, seen.query_id)
    found, wanted = ("no rows", "some") if expect == "rows" else ("rows", "none")
    cause = f"The query returned {found}, and should return {wanted}."
    return Verdict(check, seen.query_id, "check failed", cause, seen.rows)
