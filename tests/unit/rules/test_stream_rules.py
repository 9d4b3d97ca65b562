"""The rules of a streaming job, one test per rule; the names say the rule."""

import json
from typing import Any

import pytest

from landfall.model.observations import Busy, Observations, Refused, Started, Unknown
from landfall.rules import reactions, streams
from landfall.rules.transition import Moment, StartStream, StartTry, Transition
from tests.unit.rules.streams import (
    DEFINED,
    DENIED,
    GONE,
    JOB,
    LEASE,
    MINUTES,
    came,
    cause,
    end,
    incident,
    known,
    look,
    of,
    open_kinds,
    start,
    stop,
    stream,
    swept,
)
from verification.examples.builders import NOW, TIMING, pipeline, state


class TestStart:
    def test_the_state_is_written_first_and_the_job_is_started_once(self) -> None:
        change = start(state())

        assert (of(change).status, of(change).wanted, of(change).number) == ("starting", True, 1)
        assert change.stream_command == StartStream(JOB, of(change).label, 1, NOW)
        assert of(came(change, Started(job_run_id="jr_9"))).job_run_id == "jr_9"

    def test_each_start_has_a_label_of_its_own_that_its_tries_share(self) -> None:
        first = start(state())
        repeated = swept(first.state, now=NOW + LEASE)
        next_one = start(known(status="stopped", job_run_id="", number=1, started_at=NOW), NOW + 1, NOW)

        assert (of(repeated).label, of(repeated).try_number) == (of(first).label, 2)
        assert of(first).label == "stream-19700112T134640.000Z-1"
        assert of(next_one).label == "stream-19700112T134640.000Z-2"

    def test_who_already_runs_it_changes_nothing_but_the_time(self) -> None:
        change = start(known())

        assert change == Transition(known(asked_at=NOW))

    def test_without_a_definition_that_names_a_job_nothing_can_start(self) -> None:
        assert start(state(), defined=pipeline()) == Transition(state())
        assert start(state(), defined=None) == Transition(state())

    def test_one_that_was_running_once_starts_by_the_definition_that_it_had(self) -> None:
        change = start(known(status="stopped", job_run_id=""), defined=None)

        assert change.stream_command == StartStream(JOB, of(change).label, 1, NOW)

    @pytest.mark.parametrize("status", ["waiting", "given up"])
    def test_asked_again_it_is_tried_at_once_and_the_count_begins_anew(self, status: str) -> None:
        change = start(known(incident(), status=status, job_run_id="", restarts=5, next_try_at=NOW + 999))

        assert (of(change).status, of(change).restarts) == ("starting", 0)
        assert change.stream_command is not None
        assert open_kinds(change) == ["stream down"]

    def test_a_repeated_or_overtaken_request_does_nothing(self) -> None:
        waiting = known(status="waiting", job_run_id="", asked_at=NOW, next_try_at=NOW + 999)
        at_rest = known(status="stopped", wanted=False, job_run_id="", asked_at=NOW)

        assert start(waiting, NOW) == Transition(waiting)
        assert start(at_rest, NOW - 1) == Transition(at_rest)
        assert stop(known(asked_at=NOW), NOW - 1) == Transition(known(asked_at=NOW))

    def test_busy_waits_and_is_tried_when_the_other_run_has_ended_or_by_the_next_sweep(self) -> None:
        busy = came(start(state()), Busy())

        assert (of(busy).status, busy.stream_command) == ("waiting", None)
        for change in (end(busy.state, look("FAILED", "jr_0"), NOW + 2), swept(busy.state, now=NOW + 2)):
            assert (of(change).status, of(change).try_number, of(change).number) == ("starting", 2, 1)
            assert change.stream_command is not None

    def test_an_answer_that_was_lost_is_repeated_after_the_lease_and_not_before(self) -> None:
        unknown = came(start(state()), Unknown("timeout"))

        assert swept(unknown.state, now=NOW + TIMING.lease) == Transition(unknown.state)
        assert of(swept(unknown.state, now=NOW + LEASE)).try_number == 2

    def test_a_result_of_an_older_try_is_not_taken(self) -> None:
        first = start(state())
        second = swept(first.state, now=NOW + LEASE)

        assert isinstance(first.stream_command, StartStream)
        late = streams.record_start(second.state, DEFINED, first.stream_command, Refused("refused", "x"), NOW + 90)

        assert late == Transition(second.state)

    def test_refused_gives_up_at_once_and_says_so(self) -> None:
        change = came(start(state()), DENIED)

        assert (of(change).status, of(change).wanted, change.stream_command) == ("given up", True, None)
        assert cause(change) == (
            "StartJobRun: AccessDeniedException: no. It stays down until `landfall stream start person`."
        )
        assert swept(change.state, now=NOW + 99_999) == Transition(change.state)

    def test_one_that_does_not_come_to_running_is_told_of_once(self) -> None:
        started = came(start(state()), Started(job_run_id="jr_9"))
        waits = look("WAITING", "jr_9")

        assert open_kinds(swept(started.state, waits, NOW + 15 * MINUTES)) == []
        slow = swept(started.state, waits, NOW + 15 * MINUTES + 1)

        assert open_kinds(slow) == ["stream down"]
        assert swept(slow.state, waits, NOW + 99 * MINUTES) == Transition(slow.state)


class TestEndings:
    def test_the_timeout_of_a_healthy_run_is_no_outage_and_starts_the_next_one(self) -> None:
        change = end(known(incident(), restarts=2), look("TIMEOUT"))

        assert [one.resolved_at for one in change.state.incidents] == [NOW]
        assert (of(change).status, of(change).number, of(change).restarts) == ("starting", 4, 0)
        assert isinstance(change.stream_command, StartStream)

    def test_the_timeout_of_a_run_that_was_not_healthy_yet_is_an_outage(self) -> None:
        change = end(known(running_since=NOW - 599), look("TIMEOUT"))

        assert open_kinds(change) == ["stream down"]

    @pytest.mark.parametrize("ending", ["SUCCEEDED", "FAILED", "STOPPED", "ERROR"])
    def test_any_end_that_nobody_asked_for_opens_an_incident_and_starts_it_again_at_once(self, ending: str) -> None:
        change = end(known(), look(ending))

        assert open_kinds(change) == ["stream down"]
        assert (of(change).status, of(change).number, of(change).restarts) == ("starting", 4, 1)
        assert change.stream_command == StartStream(JOB, of(change).label, 1, NOW)
        assert isinstance(change.stream_command, StartStream)
        assert change.stream_command.is_restart
        assert "Restart 1: it is started again now." in cause(change)

    def test_the_incident_has_glue_s_words_and_the_run(self) -> None:
        (opened,) = end(known(), look("FAILED", cause="OutOfMemoryError: heap")).state.incidents

        assert opened.cause == "OutOfMemoryError: heap. Restart 1: it is started again now."
        assert (opened.step, opened.job_run_id) == (f"job {JOB}", "jr_1")

    def test_the_second_time_in_a_row_it_waits_and_then_twice_as_long_each_time_up_to_an_hour(self) -> None:
        waits = []
        for restarts in range(1, 8):
            defined = pipeline(stream={"job": JOB, "max_restarts": 9})
            change = end(known(running_since=0.0, restarts=restarts), look("FAILED"), defined=defined)
            assert (of(change).status, change.stream_command) == ("waiting", None)
            waits.append((of(change).next_try_at - NOW) / MINUTES)

        assert waits == [5, 10, 20, 40, 60, 60, 60]

    def test_it_is_tried_when_it_is_due_and_not_before(self) -> None:
        down = end(known(running_since=0.0, restarts=1), look("FAILED"))

        assert "Restart 2 in a row: the next try is due at 1970-01-12T13:51:40.000Z." in cause(down)
        assert swept(down.state, now=NOW + 300 - 1) == Transition(down.state)
        assert end(down.state, look("FAILED", "jr_0"), NOW + 299) == Transition(down.state)
        assert swept(down.state, now=NOW + 300).stream_command == StartStream(JOB, of(down).label, 1, NOW)

    def test_after_the_last_restart_it_stays_down_and_who_was_told_is_told_again(self) -> None:
        change = end(known(incident(), running_since=0.0, restarts=5), look("FAILED", cause="no"))

        assert (of(change).status, change.stream_command) == ("given up", None)
        assert cause(change) == (
            "no. It was started again 5 times in a row. It stays down until `landfall stream start person`."
        )
        assert [one.type for one in change.state.outbox] == ["Incident Reminder"]
        assert json.loads(change.state.outbox[0].detail)["cause"] == cause(change)
        assert [one.count for one in change.state.incidents] == [2]

    def test_no_restarts_at_all_may_be_asked_for(self) -> None:
        change = end(known(), look("FAILED"), defined=pipeline(stream={"job": JOB, "max_restarts": 0}))

        assert of(change).status == "given up"
        assert change.settle(NOW).opened[0].cause.startswith("The job run ended as FAILED. It stays down")

    def test_a_stranger_s_end_and_one_that_was_used_change_nothing(self) -> None:
        assert end(known(), look("FAILED", "jr_0")) == Transition(known())
        again = end(known(), look("FAILED"))
        assert end(again.state, look("FAILED")) == Transition(again.state)

    def test_an_end_that_comes_before_its_start_is_recorded_counts_by_its_label(self) -> None:
        before = known(status="starting", job_run_id="", running_since=0.0)

        assert of(end(before, look("FAILED", "jr_9", of(Transition(before)).label))).number == 4
        assert end(before, look("FAILED", "jr_9", "2026")) == Transition(before)

    def test_a_run_that_vanished_counts_from_the_lease_on(self) -> None:
        young = known(try_started_at=NOW - 60)

        assert swept(young, GONE) == Transition(young)
        assert open_kinds(swept(known(), GONE)) == ["stream down"]
        assert streams.handle_refused_job_run(known(), DEFINED, "jr_0", GONE, NOW, TIMING) == Transition(known())

    def test_glue_s_own_restart_is_no_outage(self) -> None:
        change = end(known(), look("EXPIRED"))

        assert open_kinds(change) == []
        assert (of(change).status, of(change).restarts, of(change).next_try_at) == ("waiting", 0, NOW + 60)
        found = came(swept(change.state, now=NOW + 300), Started(job_run_id="jr_1_restart_1"))
        assert (of(found).status, of(found).job_run_id) == ("running", "jr_1_restart_1")

    def test_given_up_before_it_ever_ran_is_an_outage(self) -> None:
        assert open_kinds(end(known(running_since=0.0), look("EXPIRED"))) == ["stream down"]

    def test_the_next_start_takes_the_definition_of_now_and_a_repeated_one_keeps_its_own(self) -> None:
        changed = pipeline(stream={"job": "another"})

        fresh = end(known(), look("FAILED"), defined=changed)
        repeated = streams.sweep_stream(known(status="starting", job_run_id=""), changed, None, NOW, TIMING)

        assert of(fresh).definition.job == "another"
        assert of(repeated).definition.job == JOB

    @pytest.mark.parametrize("defined", [None, pipeline()])
    def test_without_its_definition_it_goes_on_by_the_one_that_it_was_started_with(self, defined: Any) -> None:
        change = end(known(), look("FAILED"), defined=defined)

        assert change.stream_command == StartStream(JOB, of(change).label, 1, NOW)
        assert open_kinds(change) == ["stream down"]


class TestHealth:
    def test_it_is_well_after_the_time_that_the_definition_says(self) -> None:
        before = known(incident(), running_since=0.0, restarts=2)

        first = end(before, look("RUNNING"), NOW)
        assert (of(first).running_since, of(first).restarts, open_kinds(first)) == (NOW, 2, ["stream down"])
        assert end(first.state, look("RUNNING"), NOW + 10 * MINUTES - 1) == Transition(first.state)
        well = end(first.state, look("RUNNING"), NOW + 10 * MINUTES)

        assert (of(well).restarts, open_kinds(well)) == (0, [])
        assert well.state.incidents[0].resolved_by == "the job has run for 10 minutes"

    def test_a_healthy_one_is_not_written_at_every_sweep(self) -> None:
        assert swept(known(), look("RUNNING")) == Transition(known())

    def test_an_end_after_it_was_well_unseen_is_a_new_incident(self) -> None:
        before = known(incident(), running_since=NOW - 3000, restarts=2)

        change = end(before, look("FAILED", ended_at=NOW - 1000))

        assert [(one.count, bool(one.resolved_at)) for one in change.state.incidents] == [(1, True), (1, False)]
        assert of(change).restarts == 1

    def test_how_long_it_ran_counts_until_it_ended_not_until_that_was_seen(self) -> None:
        before = known(incident(), running_since=NOW - 3000, restarts=2)

        change = end(before, look("FAILED", ended_at=NOW - 2900))

        assert [one.count for one in change.state.incidents] == [2]
        assert of(change).restarts == 3


def test_the_sweep_looks_after_the_run_and_the_stream_in_one_write() -> None:
    before = state(stream=stream(), requested=True)

    change = reactions.on_sweep(before, Observations(stream=look("FAILED")), DEFINED, Moment(NOW, TIMING, "run-2"))

    assert isinstance(change.command, StartTry)
    assert isinstance(change.stream_command, StartStream)
    assert change.commands == (change.command, change.stream_command)
