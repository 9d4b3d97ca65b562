"""The rules of a streaming job, one test per rule; the names say the rule."""

import json
from dataclasses import replace
from typing import Any

import pytest

from landfall import incidents, kinds
from landfall.events import StreamStartRequest, StreamStopRequest
from landfall.outcomes import Attempted, Busy, JobSeen, Refused, Started, StopAsked, StopAttempted, Unknown
from landfall.pipelines import Pipeline, Stream
from landfall.rules import streams, sweep
from landfall.rules.change import Change, StartStream, StopStream
from landfall.rules.sweep import Seen
from landfall.state import Incident, State, StreamState
from tests.builders import NOW, TIMING, pipeline, state

JOB = "stream-job"
DEFINED = pipeline(stream={"job": JOB})
GONE = Refused("refused", "GetJobRun: EntityNotFoundException: Job run not found")
DENIED = Refused("access denied", "StartJobRun: AccessDeniedException: no")
MINUTES = 60.0
LEASE = TIMING.lease + 0.1


def stream(**fields: Any) -> StreamState:
    """One that runs well since an hour."""
    base: dict[str, Any] = {
        "definition": Stream(JOB), "status": "running", "since": NOW - 3600, "asked_at": NOW - 3600, "number": 3,
        "started_at": NOW - 3600, "try_started_at": NOW - 3600, "job_run_id": "jr_1", "running_since": NOW - 3500,
    }  # fmt: skip
    return StreamState(**(base | fields))


def known(*opened: Incident, **fields: Any) -> State:
    return state(stream=stream(**fields), incidents=opened)


def incident(kind: str = kinds.STREAM_DOWN) -> Incident:
    made = incidents.made("person", DEFINED, kind, "why", NOW - 60)
    return replace(made, announced_at=NOW - 60)


def of(change: Change) -> StreamState:
    assert change.state.stream is not None
    return change.state.stream


def start(before: State, time: float = NOW, now: float = NOW, defined: Pipeline | None = DEFINED) -> Change:
    return streams.asked(before, defined, StreamStartRequest("person", time), now)


def stop(before: State, time: float = NOW, now: float = NOW) -> Change:
    return streams.asked(before, DEFINED, StreamStopRequest("person", time), now)


def came(change: Change, result: Attempted, now: float = NOW + 1) -> Change:
    """What came of the start that this change makes."""
    assert isinstance(change.stream_act, StartStream)
    return streams.started(change.state, DEFINED, change.stream_act, result, now)


def stopped(change: Change, result: StopAttempted, now: float = NOW + 1) -> Change:
    assert isinstance(change.stream_act, StopStream)
    return streams.stop_tried(change.state, DEFINED, change.stream_act, result, now)


def look(of_state: str, job_run_id: str = "jr_1", label: str = "", cause: str = "", ended_at: float = 0.0) -> JobSeen:
    return JobSeen(JOB, job_run_id, label, of_state, cause, ended_at)


def end(before: State, how: JobSeen, now: float = NOW, defined: Pipeline | None = DEFINED) -> Change:
    return streams.seen(before, defined, how, now)


def swept(before: State, how: JobSeen | Refused | None = None, now: float = NOW) -> Change:
    return streams.swept(before, DEFINED, how, now, TIMING)


def open_kinds(change: Change | State) -> list[str]:
    found = change.state if isinstance(change, Change) else change
    return [one.kind for one in found.incidents if not one.resolved_at]


def cause(change: Change) -> str:
    return next(one.cause for one in change.state.incidents if not one.resolved_at)


class TestStart:
    def test_the_state_is_written_first_and_the_job_is_started_once(self) -> None:
        change = start(state())

        assert (of(change).status, of(change).wanted, of(change).number) == ("starting", True, 1)
        assert change.stream_act == StartStream(JOB, of(change).label, 1, NOW)
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

        assert change == Change(known(asked_at=NOW))

    def test_without_a_definition_that_names_a_job_nothing_can_start(self) -> None:
        assert start(state(), defined=pipeline()) == Change(state())
        assert start(state(), defined=None) == Change(state())

    def test_one_that_was_running_once_starts_by_the_definition_that_it_had(self) -> None:
        change = start(known(status="stopped", job_run_id=""), defined=None)

        assert change.stream_act == StartStream(JOB, of(change).label, 1, NOW)

    @pytest.mark.parametrize("status", ["waiting", "given up"])
    def test_asked_again_it_is_tried_at_once_and_the_count_begins_anew(self, status: str) -> None:
        change = start(known(incident(), status=status, job_run_id="", restarts=5, next_try_at=NOW + 999))

        assert (of(change).status, of(change).restarts) == ("starting", 0)
        assert change.stream_act is not None
        assert open_kinds(change) == ["stream down"]

    def test_a_repeated_or_overtaken_request_does_nothing(self) -> None:
        waiting = known(status="waiting", job_run_id="", asked_at=NOW, next_try_at=NOW + 999)
        at_rest = known(status="stopped", wanted=False, job_run_id="", asked_at=NOW)

        assert start(waiting, NOW) == Change(waiting)
        assert start(at_rest, NOW - 1) == Change(at_rest)
        assert stop(known(asked_at=NOW), NOW - 1) == Change(known(asked_at=NOW))

    def test_busy_waits_and_is_tried_when_the_other_run_has_ended_or_by_the_next_sweep(self) -> None:
        busy = came(start(state()), Busy())

        assert (of(busy).status, busy.stream_act) == ("waiting", None)
        for change in (end(busy.state, look("FAILED", "jr_0"), NOW + 2), swept(busy.state, now=NOW + 2)):
            assert (of(change).status, of(change).try_number, of(change).number) == ("starting", 2, 1)
            assert change.stream_act is not None

    def test_an_answer_that_was_lost_is_repeated_after_the_lease_and_not_before(self) -> None:
        unknown = came(start(state()), Unknown("timeout"))

        assert swept(unknown.state, now=NOW + TIMING.lease) == Change(unknown.state)
        assert of(swept(unknown.state, now=NOW + LEASE)).try_number == 2

    def test_a_result_of_an_older_try_is_not_taken(self) -> None:
        first = start(state())
        second = swept(first.state, now=NOW + LEASE)

        assert isinstance(first.stream_act, StartStream)
        late = streams.started(second.state, DEFINED, first.stream_act, Refused("refused", "x"), NOW + 90)

        assert late == Change(second.state)

    def test_refused_gives_up_at_once_and_says_so(self) -> None:
        change = came(start(state()), DENIED)

        assert (of(change).status, of(change).wanted, change.stream_act) == ("given up", True, None)
        assert cause(change) == (
            "StartJobRun: AccessDeniedException: no. It stays down until `landfall stream start person`."
        )
        assert swept(change.state, now=NOW + 99_999) == Change(change.state)

    def test_one_that_does_not_come_to_running_is_told_of_once(self) -> None:
        started = came(start(state()), Started(job_run_id="jr_9"))
        waits = look("WAITING", "jr_9")

        assert open_kinds(swept(started.state, waits, NOW + 15 * MINUTES)) == []
        slow = swept(started.state, waits, NOW + 15 * MINUTES + 1)

        assert open_kinds(slow) == ["stream down"]
        assert swept(slow.state, waits, NOW + 99 * MINUTES) == Change(slow.state)


class TestEndings:
    @pytest.mark.parametrize("ending", ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"])
    def test_any_end_that_nobody_asked_for_opens_an_incident_and_starts_it_again_at_once(self, ending: str) -> None:
        change = end(known(), look(ending))

        assert open_kinds(change) == ["stream down"]
        assert (of(change).status, of(change).number, of(change).restarts) == ("starting", 4, 1)
        assert change.stream_act == StartStream(JOB, of(change).label, 1, NOW)
        assert isinstance(change.stream_act, StartStream)
        assert change.stream_act.is_restart
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
            assert (of(change).status, change.stream_act) == ("waiting", None)
            waits.append((of(change).next_try_at - NOW) / MINUTES)

        assert waits == [5, 10, 20, 40, 60, 60, 60]

    def test_it_is_tried_when_it_is_due_and_not_before(self) -> None:
        down = end(known(running_since=0.0, restarts=1), look("FAILED"))

        assert "Restart 2 in a row: the next try is due at 1970-01-12T13:51:40.000Z." in cause(down)
        assert swept(down.state, now=NOW + 300 - 1) == Change(down.state)
        assert end(down.state, look("FAILED", "jr_0"), NOW + 299) == Change(down.state)
        assert swept(down.state, now=NOW + 300).stream_act == StartStream(JOB, of(down).label, 1, NOW)

    def test_after_the_last_restart_it_stays_down_and_who_was_told_is_told_again(self) -> None:
        change = end(known(incident(), running_since=0.0, restarts=5), look("FAILED", cause="no"))

        assert (of(change).status, change.stream_act) == ("given up", None)
        assert cause(change) == (
            "no. It was started again 5 times in a row. It stays down until `landfall stream start person`."
        )
        assert [one.type for one in change.state.outbox] == ["Incident Reminder"]
        assert json.loads(change.state.outbox[0].detail)["cause"] == cause(change)
        assert [one.count for one in change.state.incidents] == [2]

    def test_no_restarts_at_all_may_be_asked_for(self) -> None:
        change = end(known(), look("FAILED"), defined=pipeline(stream={"job": JOB, "max_restarts": 0}))

        assert of(change).status == "given up"
        assert change.settled(NOW).opened[0].cause.startswith("The job run ended as FAILED. It stays down")

    def test_a_stranger_s_end_and_one_that_was_used_change_nothing(self) -> None:
        assert end(known(), look("FAILED", "jr_0")) == Change(known())
        again = end(known(), look("FAILED"))
        assert end(again.state, look("FAILED")) == Change(again.state)

    def test_an_end_that_comes_before_its_start_is_recorded_counts_by_its_label(self) -> None:
        before = known(status="starting", job_run_id="", running_since=0.0)

        assert of(end(before, look("FAILED", "jr_9", of(Change(before)).label))).number == 4
        assert end(before, look("FAILED", "jr_9", "2026")) == Change(before)

    def test_a_run_that_vanished_counts_from_the_lease_on(self) -> None:
        young = known(try_started_at=NOW - 60)

        assert swept(young, GONE) == Change(young)
        assert open_kinds(swept(known(), GONE)) == ["stream down"]
        assert streams.gone(known(), DEFINED, "jr_0", GONE, NOW, TIMING) == Change(known())

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
        repeated = streams.swept(known(status="starting", job_run_id=""), changed, None, NOW, TIMING)

        assert of(fresh).definition.job == "another"
        assert of(repeated).definition.job == JOB

    @pytest.mark.parametrize("defined", [None, pipeline()])
    def test_without_its_definition_it_goes_on_by_the_one_that_it_was_started_with(self, defined: Any) -> None:
        change = end(known(), look("FAILED"), defined=defined)

        assert change.stream_act == StartStream(JOB, of(change).label, 1, NOW)
        assert open_kinds(change) == ["stream down"]


class TestHealth:
    def test_it_is_well_after_the_time_that_the_definition_says(self) -> None:
        before = known(incident(), running_since=0.0, restarts=2)

        first = end(before, look("RUNNING"), NOW)
        assert (of(first).running_since, of(first).restarts, open_kinds(first)) == (NOW, 2, ["stream down"])
        assert end(first.state, look("RUNNING"), NOW + 10 * MINUTES - 1) == Change(first.state)
        well = end(first.state, look("RUNNING"), NOW + 10 * MINUTES)

        assert (of(well).restarts, open_kinds(well)) == (0, [])
        assert well.state.incidents[0].resolved_by == "the job has run for 10 minutes"

    def test_a_healthy_one_is_not_written_at_every_sweep(self) -> None:
        assert swept(known(), look("RUNNING")) == Change(known())

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


class TestStop:
    def test_the_state_is_written_first_and_the_run_is_stopped(self) -> None:
        change = stop(known())

        assert (of(change).status, of(change).wanted) == ("stopping", False)
        assert change.stream_act == StopStream(JOB, of(change).label, 2, "jr_1", NOW - 3600)

    @pytest.mark.parametrize("ending", ["STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"])
    def test_its_end_opens_no_incident_however_it_is_called(self, ending: str) -> None:
        change = end(stop(known()).state, look(ending))

        assert (of(change).status, of(change).job_run_id, change.stream_act) == ("stopped", "", None)
        assert open_kinds(change) == []

    @pytest.mark.parametrize("status", ["running", "waiting", "given up", "starting"])
    def test_it_resolves_what_was_open(self, status: str) -> None:
        change = stop(known(incident(), status=status))

        assert open_kinds(change) == []
        assert change.state.incidents[0].resolved_by == "the stream was stopped on purpose"

    def test_given_up_is_stopped_with_whatever_somebody_has_started_meanwhile(self) -> None:
        change = stop(known(status="given up", job_run_id="", restarts=5))

        assert isinstance(change.stream_act, StopStream)
        nothing = stopped(change, StopAsked(""))
        no_job = stopped(change, GONE)
        assert [(of(one).status, of(one).restarts, open_kinds(one)) for one in (nothing, no_job)] == [
            ("stopped", 0, [])
        ] * 2

    def test_glue_s_own_restart_is_stopped_too(self) -> None:
        """It comes within a minute; until then nothing that is under way says nothing."""
        expired = end(stop(known()).state, look("EXPIRED"))
        waiting = stop(end(known(), look("EXPIRED")).state, NOW + 5, NOW + 5)

        for change in (expired, waiting):
            assert (of(change).status, of(change).job_run_id, change.stream_act) == ("stopping", "", None)
            assert isinstance(swept(change.state, now=NOW + 5 + LEASE).stream_act, StopStream)

    def test_what_we_may_not_look_at_has_not_stopped_by_that(self) -> None:
        asked = stop(known())

        assert swept(asked.state, Refused("access denied", "GetJobRun: no"), NOW + LEASE) == Change(asked.state)

    def test_one_that_waits_is_stopped_with_whatever_is_under_way(self) -> None:
        change = stop(known(status="waiting", job_run_id="", try_number=0))

        assert isinstance(change.stream_act, StopStream)
        assert change.stream_act.job_run_id == ""
        assert of(stopped(change, StopAsked(""))).status == "stopped"
        assert of(stopped(change, StopAsked("jr_8"))).job_run_id == "jr_8"

    def test_a_start_under_way_is_stopped_by_who_makes_it(self) -> None:
        starting = start(state())
        asked = stop(starting.state, NOW + 1, NOW + 1)
        assert (of(asked).status, asked.stream_act) == ("stopping", None)

        assert isinstance(starting.stream_act, StartStream)
        came_back = streams.started(asked.state, DEFINED, starting.stream_act, Started(job_run_id="jr_9"), NOW + 2)
        refused = streams.started(asked.state, DEFINED, starting.stream_act, DENIED, NOW + 2)

        assert came_back.stream_act == StopStream(JOB, of(starting).label, 2, "jr_9", NOW)
        assert (of(refused).status, open_kinds(refused)) == ("stopped", [])

    def test_where_that_one_died_the_watchdog_stops_it_after_the_lease(self) -> None:
        asked = stop(start(state()).state, NOW + 1, NOW + 1)

        assert swept(asked.state, now=NOW + TIMING.lease) == Change(asked.state)
        assert isinstance(swept(asked.state, now=NOW + LEASE).stream_act, StopStream)

    @pytest.mark.parametrize("going", ["STARTING", "RUNNING", "WAITING"])
    def test_the_watchdog_repeats_it_while_the_run_goes_on(self, going: str) -> None:
        asked = stop(known())

        assert swept(asked.state, look(going), NOW + TIMING.lease) == Change(asked.state)
        again = swept(asked.state, look(going), NOW + LEASE)
        assert isinstance(again.stream_act, StopStream)
        assert swept(again.state, look("STOPPING"), NOW + 3 * LEASE) == Change(again.state)

    def test_a_run_that_vanished_has_stopped(self) -> None:
        assert of(swept(stop(known()).state, GONE, NOW + LEASE)).status == "stopped"

    def test_what_cannot_be_stopped_is_an_incident_that_its_end_resolves(self) -> None:
        refused = stopped(stop(known()), Refused("access denied", "BatchStopJobRun: no"))
        assert open_kinds(refused) == ["stream not stopped"]

        assert open_kinds(end(refused.state, look("STOPPED"))) == []
        assert open_kinds(start(refused.state, NOW + 5, NOW + 5)) == []

    def test_what_is_refused_otherwise_is_left_to_the_look_at_the_run(self) -> None:
        asked = stop(known())

        assert stopped(asked, GONE) == Change(asked.state)

    def test_what_does_not_stop_is_told_of_once(self) -> None:
        asked = stop(known())

        assert open_kinds(swept(asked.state, look("STOPPING"), NOW + 30 * MINUTES)) == []
        late = swept(asked.state, look("STOPPING"), NOW + 30 * MINUTES + 1)
        assert open_kinds(late) == ["stream not stopped"]
        assert swept(late.state, look("STOPPING"), NOW + 60 * MINUTES) == Change(late.state)

    def test_never_started_there_is_nothing_to_stop(self) -> None:
        assert stop(state()) == Change(state())

    def test_a_job_that_somebody_starts_by_hand_while_it_is_not_wanted_is_left_alone(self) -> None:
        at_rest = known(status="stopped", wanted=False, job_run_id="")

        assert swept(at_rest, None) == Change(at_rest)
        assert not streams.concerns(at_rest, JOB)


class TestStopAndStart:
    def test_asked_for_again_while_it_stops_it_starts_when_it_has_ended_and_nothing_is_told(self) -> None:
        wanted = start(stop(known()).state, NOW + 1, NOW + 1)
        assert (of(wanted).status, of(wanted).wanted, wanted.stream_act) == ("stopping", True, None)

        ended = end(wanted.state, look("STOPPED"), NOW + 2)

        assert (of(ended).status, of(ended).number, open_kinds(ended)) == ("starting", 4, [])
        assert ended.stream_act is not None

    def test_while_glue_s_own_restart_may_come_nothing_else_is_started(self) -> None:
        expired = end(known(), look("EXPIRED"))
        both = start(end(stop(known()).state, look("EXPIRED")).state, NOW + 5, NOW + 5)

        assert start(expired.state, NOW + 5, NOW + 5).stream_act is None
        assert both.stream_act is None
        assert isinstance(swept(both.state, now=NOW + LEASE).stream_act, StartStream)

    def test_asked_for_while_it_waits_to_try_again_it_starts_at_once(self) -> None:
        waiting = end(known(running_since=0.0, restarts=1), look("FAILED"))
        assert of(waiting).status == "waiting"

        assert isinstance(start(waiting.state, NOW + 5, NOW + 5).stream_act, StartStream)

    def test_where_nobody_had_stopped_it_it_just_goes_on(self) -> None:
        wanted = start(stop(known()).state, NOW + 1, NOW + 1)

        on = swept(wanted.state, look("RUNNING"), NOW + LEASE)

        assert (of(on).status, of(on).job_run_id, on.stream_act) == ("running", "jr_1", None)

    def test_a_start_that_was_still_under_way_is_taken(self) -> None:
        starting = start(state())
        wanted = start(stop(starting.state, NOW + 1).state, NOW + 2)

        assert isinstance(starting.stream_act, StartStream)
        change = streams.started(wanted.state, DEFINED, starting.stream_act, Started(job_run_id="jr_9"), NOW + 3)

        assert (of(change).status, of(change).job_run_id, change.stream_act) == ("running", "jr_9", None)


def test_the_sweep_looks_after_the_run_and_the_stream_in_one_write() -> None:
    before = state(stream=stream(), requested=True)

    change = sweep.swept(before, Seen(stream=look("FAILED")), DEFINED, "run-2", NOW, TIMING)

    assert isinstance(change.stream_act, StartStream)
    assert change.acts == (change.stream_act,)
