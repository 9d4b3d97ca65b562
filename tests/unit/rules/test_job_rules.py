"""The rules of a job step, one test per rule; the names say the rule."""

from typing import Any

import pytest

from landfall.adapters.glue_jobs import arguments_of
from landfall.model.observations import Busy, JobStatus, Observations, Refused, Started, job_label
from landfall.model.state import Run, State
from landfall.rules import jobs, reactions, run_start
from landfall.rules.transition import Moment, StartTry, Transition
from verification.examples.builders import CURATE, NOW, TIMING, pipeline, run, state

STEPS = [{"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}, CURATE]
GONE = Refused("refused", "GetJobRun: EntityNotFoundException: Job run not found")


def at_the_job(max_attempts: int = 1, **fields: Any) -> Run:
    definition = pipeline(steps=STEPS, max_attempts=max_attempts)
    return run(definition, **({"step": 1, "job_run_id": "jr_1"} | fields))


def seen(of_state: str = "SUCCEEDED", job_run_id: str = "jr_1", label: str = "run-1-1-1", cause: str = "") -> JobStatus:
    return JobStatus("person-curate", job_run_id, label, of_state, cause)


def look(known: State, how: JobStatus, now: float = NOW + 60) -> Transition:
    return jobs.handle_job_run(known, how, now, TIMING)


def failure_of(change: Transition) -> tuple[str, str, str, str]:
    (record,) = change.records
    assert record.failure is not None
    return record.failure.kind, record.failure.cause, record.failure.step, record.failure.job_run_id


class TestEndings:
    def test_success_ends_the_step(self) -> None:
        change = look(state(run=at_the_job()), seen())

        assert change.state.run is None
        assert [record.outcome for record in change.records] == ["succeeded"]

    @pytest.mark.parametrize(
        ("end", "kind"),
        [
            ("FAILED", "job failed"),
            ("TIMEOUT", "job timed out"),
            ("STOPPED", "job stopped"),
            ("ERROR", "job error"),
            ("EXPIRED", "job expired"),
        ],
    )
    def test_any_other_end_fails_the_run_with_glue_s_message(self, end: str, kind: str) -> None:
        change = look(state(run=at_the_job()), seen(end, cause="AnalysisException: no such table"))

        assert failure_of(change) == (kind, "AnalysisException: no such table", "job person-curate", "jr_1")
        assert f'"kind": "{kind}"' in change.state.outbox[-1].detail
        assert '"jobRunId": "jr_1"' in change.state.outbox[-1].detail

    def test_an_end_without_a_message_tells_its_state(self) -> None:
        assert failure_of(look(state(run=at_the_job()), seen("STOPPED")))[1] == "The job run ended as STOPPED."

    @pytest.mark.parametrize("going", ["STARTING", "RUNNING", "STOPPING", "WAITING"])
    def test_what_goes_on_ends_nothing(self, going: str) -> None:
        known = state(run=at_the_job())

        assert look(known, seen(going)) == Transition(known)

    def test_a_failed_job_is_tried_again_under_a_label_of_its_own(self) -> None:
        change = look(state(run=at_the_job(max_attempts=2)), seen("FAILED"))

        assert change.state.run is not None
        assert (change.state.run.attempt, change.state.run.job_run_id) == (2, "")
        assert change.command == StartTry.of(change.state.run)
        again = change.state.run
        assert job_label(again.id, again.step, again.attempt) != job_label("run-1", 1, 1)

    def test_the_same_ending_twice_counts_once(self) -> None:
        once = look(state(run=at_the_job(max_attempts=2)), seen("FAILED")).state

        assert look(once, seen("FAILED")) == Transition(once)

    @pytest.mark.parametrize("of_state", ["SUCCEEDED", "FAILED"])
    def test_a_stranger_s_run_of_our_job_does_not_end_it(self, of_state: str) -> None:
        known = state(run=at_the_job())

        assert look(known, seen(of_state, "jr_2", "2026-01-06")) == Transition(known)

    def test_a_stranger_who_copied_our_arguments_does_not_end_it(self) -> None:
        known = state(run=at_the_job())

        assert look(known, seen("SUCCEEDED", "jr_2")) == Transition(known)

    def test_another_job_s_run_changes_nothing(self) -> None:
        for known in (state(), state(run=run()), state(run=at_the_job())):
            assert look(known, JobStatus("someone-elses", "jr_1", "run-1-1-1", "SUCCEEDED")) == Transition(known)

    @pytest.mark.parametrize("status", ["starting", "waiting"])
    def test_an_end_counts_by_its_label_where_no_start_was_recorded(self, status: str) -> None:
        known = state(run=at_the_job(status=status, job_run_id=""))

        assert look(known, seen()).state.run is None

    @pytest.mark.parametrize("label", ["run-1-1-2", "run-0-1-1", "run-1-2-1", ""])
    def test_the_label_of_another_attempt_is_not_ours(self, label: str) -> None:
        known = state(run=at_the_job(status="starting", job_run_id=""))

        assert look(known, seen(label=label)) == Transition(known)


class TestTries:
    def test_a_start_is_recorded_with_its_job_run(self) -> None:
        starting = at_the_job(status="starting", job_run_id="")

        after = run_start.record_attempt(
            state(run=starting), StartTry.of(starting), Started(job_run_id="jr_1"), NOW + 1
        )

        assert after.state.run == at_the_job()

    def test_busy_waits(self) -> None:
        starting = at_the_job(status="starting", job_run_id="")

        after = run_start.record_attempt(state(run=starting), StartTry.of(starting), Busy(), NOW + 1)

        assert after.state.run == at_the_job(status="waiting", job_run_id="")

    def test_the_end_of_the_other_run_makes_the_next_try(self) -> None:
        waiting = state(run=at_the_job(status="waiting", job_run_id=""))

        change = look(waiting, seen("STOPPED", "jr_2", "2026-01-06"))

        assert change.command is not None
        assert change.command.try_number == 2
        assert look(waiting, seen("STARTING", "jr_2", "2026-01-06")) == Transition(waiting)

    def test_a_repeat_knows_since_when_to_search(self) -> None:
        waiting = at_the_job(status="waiting", job_run_id="", attempt_started_at=NOW - 500)

        change = look(state(run=waiting), seen("STOPPED", "jr_2", ""))

        assert change.command is not None
        assert change.command.attempt_started_at == NOW - 500

    def test_a_try_left_in_starting_is_repeated_only_after_its_lease(self) -> None:
        known = state(run=at_the_job(status="starting", job_run_id=""))

        assert look(known, seen("FAILED", "jr_2", ""), NOW + 70) == Transition(known)
        assert look(known, seen("FAILED", "jr_2", ""), NOW + 70.1).command is not None


class TestVanished:
    def test_a_job_run_that_is_gone_fails_the_run_without_another_attempt(self) -> None:
        change = jobs.handle_refused_job_run(state(run=at_the_job(max_attempts=3)), "jr_1", GONE, NOW + 71, TIMING)

        assert failure_of(change) == ("refused", GONE.cause, "job person-curate", "jr_1")

    def test_one_that_was_started_just_now_may_not_be_shown_yet(self) -> None:
        known = state(run=at_the_job())

        assert jobs.handle_refused_job_run(known, "jr_1", GONE, NOW + 70, TIMING) == Transition(known)

    @pytest.mark.parametrize("job_run_id", ["jr_2", ""])
    def test_a_stranger_s_run_that_is_gone_troubles_nobody(self, job_run_id: str) -> None:
        for known in (state(), state(run=at_the_job()), state(run=at_the_job(status="waiting", job_run_id=""))):
            assert jobs.handle_refused_job_run(known, job_run_id, GONE, NOW + 999, TIMING) == Transition(known)


class TestSweep:
    def sweep(self, in_flight: Run, job: JobStatus | Refused | None = None, now: float = NOW + 300) -> Transition:
        return reactions.on_sweep(
            state(run=in_flight), Observations(job=job), pipeline(steps=STEPS), Moment(now, TIMING, "run-2")
        )

    @pytest.mark.parametrize("end", ["SUCCEEDED", "ERROR", "EXPIRED"])
    def test_an_end_that_no_event_told_is_found(self, end: str) -> None:
        assert self.sweep(at_the_job(), seen(end)).state.run is None

    def test_what_goes_on_and_what_glue_does_not_tell_is_left_alone(self) -> None:
        for job in (None, seen("RUNNING")):
            assert self.sweep(at_the_job(), job) == Transition(state(run=at_the_job()))

    def test_what_waits_is_tried(self) -> None:
        change = self.sweep(at_the_job(status="waiting", job_run_id=""))

        assert change.command is not None
        assert change.command.try_number == 2

    def test_a_try_left_in_starting_is_repeated_after_its_lease(self) -> None:
        starting = at_the_job(status="starting", job_run_id="")

        assert self.sweep(starting, now=NOW + 70) == Transition(state(run=starting))
        assert self.sweep(starting, now=NOW + 71).command is not None

    def test_a_job_run_that_is_gone_is_found(self) -> None:
        assert failure_of(self.sweep(at_the_job(), GONE))[0] == "refused"


class TestArguments:
    def test_a_job_is_told_its_run_its_source_and_what_the_definition_adds(self) -> None:
        assert arguments_of(pipeline(steps=STEPS), 1, "run-1-1-1") == {
            "--RUN_ID": "run-1-1-1",
            "--SOURCE_DB": "person-db",
            "--SOURCE_TABLE": "_dataprofile",
            "--SOURCE_S3": "s3://landfall-lake/data/dataprofile/",
            "--TARGET_S3": "s3://landfall-curated/person/",
        }

    def test_a_job_behind_another_crawl_reads_that_one_s_table_which_lies_elsewhere(self) -> None:
        curated = {"crawl": "person-curated-crawler", "database": "person-db", "table": "person"}
        definition = pipeline(steps=[*STEPS, curated, {"job": "person-report"}])

        arguments = arguments_of(definition, 3, "run-1-3-1")

        assert arguments == {"--RUN_ID": "run-1-3-1", "--SOURCE_DB": "person-db", "--SOURCE_TABLE": "person"}

    def test_the_definition_may_say_where_the_source_lies(self) -> None:
        definition = pipeline(steps=[STEPS[0], {"job": "j", "arguments": {"--SOURCE_S3": "s3://elsewhere/"}}])

        assert arguments_of(definition, 1, "run-1-1-1")["--SOURCE_S3"] == "s3://elsewhere/"

    def test_a_label_is_safe_in_an_s3_key_and_differs_by_run_step_and_attempt(self) -> None:
        labels = {job_label(f"20261121T160000.001Z-{run}", step, n) for run in "ab" for step in (1, 2) for n in (1, 2)}

        assert len(labels) == 8
        assert all(set(label) <= set("0123456789TZab.-") for label in labels)
