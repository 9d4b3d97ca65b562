"""The catalog after a crawl: the table must exist, and the definition says what a change of its columns means."""

from dataclasses import replace

from landfall.model import incident_kinds, table_columns
from landfall.model.observations import Busy, Refused, TableStatus
from landfall.model.pipelines import CrawlStep
from landfall.model.state import Failure, Run, State
from landfall.rules import incidents, run_steps
from landfall.rules.transition import Transition


def check_table(
    state: State, run: Run, step: CrawlStep, table: TableStatus | Busy | Refused | None, now: float
) -> Transition:
    """Complete or fail a step with a successful crawl, by its table; None, without a query role, completes it."""
    if not isinstance(table, TableStatus):
        if isinstance(table, Refused):
            return run_steps.fail_step(state, run, Failure(table.kind, table.cause, step.name), now, again=False)
        return run_steps.complete_step(state, run, now)
    if not table.columns:
        return _handle_missing_table(state, run, step, now)
    if table.is_deprecated:
        cause = (
            f"The crawl succeeded, but marked the table {_key(step)} as deprecated: it registered nothing new in it."
        )
        return run_steps.fail_step(state, run, Failure("table deprecated", cause, step.name), now, again=False)
    found = table_columns.text_of(table.columns, table.partition_keys, len(run.definition.crawlers))
    before = state.columns.get(_key(step))
    changes = table_columns.compare(before, found) if before else ()
    if changes and run.definition.on_schema_change == "halt":
        cause = f"{_describe_change(step)} The run was halted; acknowledge the change to go on."
        state = replace(state, columns_halted=state.columns_halted | {_key(step): found})
        return run_steps.fail_step(
            state, run, Failure(incident_kinds.SCHEMA_CHANGED, cause, step.name, changes=changes), now, again=False
        )
    if changes and run.definition.on_schema_change == "alert":
        made = incidents.create(
            run.definition.name, run.definition, incident_kinds.SCHEMA_CHANGED, _describe_change(step), now
        )
        made = replace(
            made, run_id=run.id, step=step.name, changes=changes, uploads=run.uploads, attempts=run.attempt
        )  # fmt: skip
        state = incidents.record(state, made)
    return run_steps.complete_step(_record_columns(state, run, step, found), run, now)


def _handle_missing_table(state: State, run: Run, step: CrawlStep, now: float) -> Transition:
    """End the run as empty if it has no uploads and there never was a table; otherwise data is missing, so fail."""
    is_first = run.step == 0 and _key(step) not in state.columns
    if is_first and not run.uploads:
        return run_steps.end_empty_run(state, run, now)
    cause = f"The crawl succeeded, but left no table {_key(step)} that has columns."
    return run_steps.fail_step(state, run, Failure("no table", cause, step.name), now)


def _record_columns(state: State, run: Run, step: CrawlStep, found: str) -> State:
    """Keep these columns for the next run, and drop those of tables that the definition no longer names."""
    wanted = {_key(crawl) for crawl in run.definition.steps if isinstance(crawl, CrawlStep)}
    known = {key: text for key, text in state.columns.items() if key in wanted} | {_key(step): found}
    halted = {key: text for key, text in state.columns_halted.items() if key in wanted and key != _key(step)}
    if (known, halted) == (state.columns, state.columns_halted):
        return state
    return replace(state, columns=known, columns_halted=halted)


def _key(step: CrawlStep) -> str:
    return f"{step.database}.{step.table}"


def _describe_change(step: CrawlStep) -> str:
    return f"The columns of {_key(step)} are not those of the run before."
