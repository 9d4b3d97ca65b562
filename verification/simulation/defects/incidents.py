"""Defects of incidents: how they open, count, remind, and what resolves them."""

from dataclasses import replace
from typing import Any

from landfall.model import incident_kinds, table_columns
from landfall.model.observations import TableStatus
from landfall.model.state import NONE
from landfall.rules import crawls, incidents, overdue, requests, run_start, run_steps, schema, uploads
from landfall.rules.transition import Transition
from verification.simulation.defects.seeding import Replacement, defect


@defect
def deprecated_table_is_taken_for_a_good_one() -> list[Replacement]:
    """A crawl that did not update its table, and marked it so, is a success like any other."""
    real = schema.check_table

    def blind(state: Any, run: Any, step: Any, table: Any, now: float) -> Transition:
        known = replace(table, is_deprecated=False) if isinstance(table, TableStatus) else table
        return real(state, run, step, known, now)

    return [(schema, "check_table", blind)]


@defect
def repeat_opens_another_incident() -> list[Replacement]:
    """A second failure of a kind is not counted but opened."""

    def another(state: Any, incident: Any) -> Any:
        return replace(state, incidents=(*state.incidents, incident))

    return [(incidents, "record", another)]


@defect
def repeats_are_not_counted() -> list[Replacement]:
    """A second failure of a kind leaves the open incident as it is."""
    real = incidents.record

    def uncounted(state: Any, incident: Any) -> Any:
        return state if incidents.find(state, incident.kind) else real(state, incident)

    return [(incidents, "record", uncounted)]


@defect
def failure_resolves_other_failures() -> list[Replacement]:
    """A failure of another kind resolves what was open."""
    real = incidents.record

    def replacing(state: Any, incident: Any) -> Any:
        others = [kind for kind in incident_kinds.FAILURES if kind != incident.kind]
        return real(incidents.resolve(state, others, incident.last_at, "another failure"), incident)

    return [(incidents, "record", replacing)]


@defect
def success_resolves_nothing() -> list[Replacement]:
    """A run that succeeds leaves the failures of those before it open."""
    return [(run_steps, "_resolve_failures", lambda state, now, by: run_steps._resolve_stuck(state, now))]


@defect
def success_resolves_all() -> list[Replacement]:
    """A run that succeeds resolves a changed schema as well, which nobody has acknowledged."""

    def all_of_them(state: Any, now: float, by: str) -> Any:
        return incidents.resolve(state, incident_kinds.ALL, now, by)

    return [(run_steps, "_resolve_failures", all_of_them)]


@defect
def any_step_that_succeeds_resolves_failures() -> list[Replacement]:
    """A step is taken for a run."""

    def early(state: Any, now: float) -> Any:
        return incidents.resolve(state, (*incident_kinds.FAILURES, incident_kinds.STUCK), now, "the run moved on")

    return [(run_steps, "_resolve_stuck", early)]


@defect
def incident_opened_after_the_write() -> list[Replacement]:
    """The failure is written, its incident only with the next transition."""
    real = incidents.settle

    def later(state: Any, now: float) -> Any:
        known = tuple(one for one in state.incidents if one.announced_at or one.opened_at < now)
        settle, opened, resolved = real(replace(state, incidents=known), now)
        new = tuple(one for one in state.incidents if one not in known and not one.resolved_at)
        return replace(settle, incidents=(*settle.incidents, *new)), opened, resolved

    return [(incidents, "settle", later)]


@defect
def resolved_incident_is_forgotten() -> list[Replacement]:
    """A resolved incident leaves the state, but nobody is told and nothing remembers it."""
    real = incidents.settle

    def silent(state: Any, now: float) -> Any:
        return real(replace(state, incidents=tuple(one for one in state.incidents if not one.resolved_at)), now)

    return [(incidents, "settle", silent)]


@defect
def reminder_at_every_sweep() -> list[Replacement]:
    """Nothing remembers when an incident was last told."""
    real = incidents.remind

    def forgetful(state: Any, now: float, after: float) -> Any:
        told = {one.id: one.announced_at for one in state.incidents}
        early = tuple(replace(one, announced_at=one.announced_at and 1.0) for one in state.incidents)
        after_all = real(replace(state, incidents=early), now, after)
        kept = tuple(
            replace(one, announced_at=told[one.id]) if one.announced_at == 1.0 else one for one in after_all.incidents
        )
        return replace(after_all, incidents=kept)

    return [(incidents, "remind", forgetful)]


@defect
def reminders_are_forgotten() -> list[Replacement]:
    """What stays open is told once."""
    return [(incidents, "remind", lambda state, now, after: state)]


@defect
def acknowledged_incidents_remind() -> list[Replacement]:
    """An acknowledgement does not end the reminders."""
    real = incidents.remind

    def nagging(state: Any, now: float, after: float) -> Any:
        seen = {one.id: one.acknowledged_at for one in state.incidents}
        fresh = tuple(replace(one, acknowledged_at=0.0) for one in state.incidents)
        told = real(replace(state, incidents=fresh), now, after)
        return replace(
            told, incidents=tuple(replace(one, acknowledged_at=seen[one.id]) for one in told.incidents)
        )  # fmt: skip

    return [(incidents, "remind", nagging)]


@defect
def acknowledgement_resolves() -> list[Replacement]:
    """Whatever is acknowledged is taken for resolved."""

    def over(state: Any, kind: str, now: float, by: str) -> Any:
        return incidents.resolve(state, (kind,), now, by)

    return [(incidents, "acknowledge", over)]


# Stuck, late, stale, invalid


@defect
def stuck_is_not_found() -> list[Replacement]:
    """A step that goes on and on is left alone."""
    return [(overdue, "_open_stuck", lambda state, now: state)]


@defect
def stuck_stays_when_the_run_moves_on() -> list[Replacement]:
    """Only the end of the run resolves it."""
    return [(run_steps, "_resolve_stuck", lambda state, now: state)]


@defect
def late_is_not_found() -> list[Replacement]:
    """Uploads may wait for ever."""
    return [(overdue, "_update_late", lambda state, pipeline, now: state)]


@defect
def late_without_regard_to_the_distance() -> list[Replacement]:
    """What waits for longer than one step may take is late, whatever it waits for."""

    def impatient(run: Any, pipeline: Any) -> int:
        definition = run.definition if run else pipeline
        return int(definition.crawl_timeout_minutes) if definition else 60

    return [(overdue, "_patience", impatient)]


@defect
def late_during_a_pause() -> list[Replacement]:
    """A pause does not explain why uploads wait."""
    real = overdue.report_overdue

    def blind(state: Any, pipeline: Any, problem: str, now: float, timing: Any) -> Any:
        after = real(replace(state, paused=False), pipeline, problem, now, timing)
        return replace(after, paused=state.paused)

    return [(overdue, "report_overdue", blind)]


@defect
def stale_is_not_found() -> list[Replacement]:
    """Silence is not told."""
    return [(overdue, "_update_stale", lambda state, pipeline, problem, now: state)]


@defect
def uploads_leave_stale_open() -> list[Replacement]:
    """Only a sweep looks at what is stale, and an upload is not a reason to it."""
    return [
        (uploads, "_resolve_stale", lambda state, pipeline, now: replace(state, last_upload_at=state.first_seen_at))
    ]


@defect
def any_upload_resolves_stale() -> list[Replacement]:
    """An event that comes hours late is taken for fresh data."""

    def glad(state: Any, pipeline: Any, now: float) -> Any:
        return incidents.resolve(state, (incident_kinds.STALE,), now, "an upload arrived")

    return [(uploads, "_resolve_stale", glad)]


@defect
def invalid_definition_is_not_told() -> list[Replacement]:
    """A definition that cannot be read is passed over."""
    return [(overdue, "_update_definition_invalid", lambda state, problem, now: state)]


@defect
def invalid_definition_is_never_over() -> list[Replacement]:
    """A valid definition does not resolve it."""
    real = overdue._update_definition_invalid
    return [
        (
            overdue,
            "_update_definition_invalid",
            lambda state, problem, now: real(state, problem, now) if problem else state,
        )
    ]


@defect
def first_sight_is_told_by_the_version() -> list[Replacement]:
    """A pipeline whose definition was invalid at first has a state already, so that nothing counts as its arrival."""

    def by_version(state: Any, now: float) -> Any:
        seen = replace(state, first_seen_at=state.first_seen_at or now)
        return replace(seen, requested=True) if state.version == 0 else seen

    return [(run_start, "request_first_run", by_version)]


# The catalog


@defect
def schema_change_is_swallowed() -> list[Replacement]:
    """New columns are taken over without a word."""
    return [(table_columns, "compare", lambda before, after: ())]


@defect
def halt_runs_on() -> list[Replacement]:
    """A changed schema that should halt the run is only told."""
    real = schema.check_table

    def lenient(state: Any, run: Any, step: Any, table: Any, now: float) -> Transition:
        if run.definition.on_schema_change != "halt":
            return real(state, run, step, table, now)
        return real(state, replace(run, definition=replace(run.definition, on_schema_change="alert")), step, table, now)

    return [(schema, "check_table", lenient)]


@defect
def halted_columns_are_taken_over() -> list[Replacement]:
    """The next run finds the columns of the halted one known, although nobody has acknowledged them."""
    real = run_steps.fail_step

    def hasty(state: Any, *rest: Any, **more: Any) -> Transition:
        change = real(state, *rest, **more)
        after = change.state
        return replace(change, state=replace(after, columns=after.columns | after.columns_halted))

    return [(run_steps, "fail_step", hasty)]


@defect
def acknowledged_columns_are_not_taken_over() -> list[Replacement]:
    """The run that follows an acknowledgement halts again."""
    real = requests._acknowledge

    def forgetful(state: Any, *rest: Any) -> Any:
        return replace(real(state, *rest), columns=state.columns)

    return [(requests, "_acknowledge", forgetful)]


@defect
def missing_table_taken_for_success() -> list[Replacement]:
    """A crawl that succeeded is enough, whatever it left."""
    real = schema.check_table

    def content(state: Any, run: Any, step: Any, table: Any, now: float) -> Transition:
        nothing = isinstance(table, TableStatus) and not table.columns
        return real(state, run, step, None if nothing else table, now)

    return [(schema, "check_table", content)]


@defect
def missing_table_taken_for_emptiness() -> list[Replacement]:
    """A crawl that left no table is taken to have found nothing, although uploads lay there."""

    def nothing(state: Any, run: Any, step: Any, now: float) -> Transition:
        return run_steps.end_empty_run(state, run, now)

    return [(schema, "_handle_missing_table", nothing)]


@defect
def adoption_forgets_what_failed() -> list[Replacement]:
    """A stranger's crawl that stands for a run drops the uploads of failed runs, even when its run fails as well."""
    real = crawls._adopt

    def dropping(state: Any, *rest: Any) -> Transition:
        return real(replace(state, unprocessed=NONE), *rest)

    return [(crawls, "_adopt", dropping)]


# Pauses


@defect
def paused_pipeline_starts_runs() -> list[Replacement]:
    """A pause is only shown."""
    real = run_start.start_if_due

    def eager(change: Transition, *rest: Any) -> Transition:
        paused = change.state.paused
        after = real(replace(change, state=replace(change.state, paused=False)), *rest)
        return replace(after, state=replace(after.state, paused=paused))

    return [(run_start, "start_if_due", eager)]


@defect
def paused_pipeline_adopts() -> list[Replacement]:
    """A stranger's crawl starts a run of a paused pipeline."""
    real = crawls._is_adoptable
    return [(crawls, "_is_adoptable", lambda state, *rest: real(replace(state, paused=False), *rest))]


@defect
def resume_forgets_what_is_pending() -> list[Replacement]:
    """What arrived during the pause is gone after it."""
    real = requests._resume
    return [(requests, "_resume", lambda state, request, now: replace(real(state, request, now), pending=NONE))]


@defect
def old_pause_counts() -> list[Replacement]:
    """A pause that comes twice, or after its end, pauses."""
    real = requests._pause
    return [(requests, "_pause", lambda state, *rest: real(replace(state, resumed_at=0.0), *rest))]
