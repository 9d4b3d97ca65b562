"""The rules of a streaming job that is stopped on purpose, and perhaps wanted again."""

import pytest

from landfall.model.observations import Refused, Started, StopAsked
from landfall.rules import streams
from landfall.rules.transition import StartStream, StopStream, Transition
from tests.unit.rules.streams import (
    DEFINED,
    DENIED,
    GONE,
    JOB,
    LEASE,
    MINUTES,
    end,
    incident,
    known,
    look,
    of,
    open_kinds,
    start,
    stop,
    stopped,
    swept,
)
from verification.examples.builders import NOW, TIMING, state


class TestStop:
    def test_the_state_is_written_first_and_the_run_is_stopped(self) -> None:
        change = stop(known())

        assert (of(change).status, of(change).wanted) == ("stopping", False)
        assert change.stream_command == StopStream(JOB, of(change).label, 2, "jr_1", NOW - 3600)

    @pytest.mark.parametrize("ending", ["STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"])
    def test_its_end_opens_no_incident_however_it_is_called(self, ending: str) -> None:
        change = end(stop(known()).state, look(ending))

        assert (of(change).status, of(change).job_run_id, change.stream_command) == ("stopped", "", None)
        assert open_kinds(change) == []

    @pytest.mark.parametrize("status", ["running", "waiting", "given up", "starting"])
    def test_it_resolves_what_was_open(self, status: str) -> None:
        change = stop(known(incident(), status=status))

        assert open_kinds(change) == []
        assert change.state.incidents[0].resolved_by == "the stream was stopped on purpose"

    def test_given_up_is_stopped_with_whatever_somebody_has_started_meanwhile(self) -> None:
        change = stop(known(status="given up", job_run_id="", restarts=5))

        assert isinstance(change.stream_command, StopStream)
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
            assert (of(change).status, of(change).job_run_id, change.stream_command) == ("stopping", "", None)
            assert isinstance(swept(change.state, now=NOW + 5 + LEASE).stream_command, StopStream)

    def test_what_we_may_not_look_at_has_not_stopped_by_that(self) -> None:
        asked = stop(known())

        assert swept(asked.state, Refused("access denied", "GetJobRun: no"), NOW + LEASE) == Transition(asked.state)

    def test_one_that_waits_is_stopped_with_whatever_is_under_way(self) -> None:
        change = stop(known(status="waiting", job_run_id="", try_number=0))

        assert isinstance(change.stream_command, StopStream)
        assert change.stream_command.job_run_id == ""
        assert of(stopped(change, StopAsked(""))).status == "stopped"
        assert of(stopped(change, StopAsked("jr_8"))).job_run_id == "jr_8"

    def test_a_start_under_way_is_stopped_by_who_makes_it(self) -> None:
        starting = start(state())
        asked = stop(starting.state, NOW + 1, NOW + 1)
        assert (of(asked).status, asked.stream_command) == ("stopping", None)

        assert isinstance(starting.stream_command, StartStream)
        came_back = streams.record_start(
            asked.state, DEFINED, starting.stream_command, Started(job_run_id="jr_9"), NOW + 2
        )
        refused = streams.record_start(asked.state, DEFINED, starting.stream_command, DENIED, NOW + 2)

        assert came_back.stream_command == StopStream(JOB, of(starting).label, 2, "jr_9", NOW)
        assert (of(refused).status, open_kinds(refused)) == ("stopped", [])

    def test_where_that_one_died_the_watchdog_stops_it_after_the_lease(self) -> None:
        asked = stop(start(state()).state, NOW + 1, NOW + 1)

        assert swept(asked.state, now=NOW + TIMING.lease) == Transition(asked.state)
        assert isinstance(swept(asked.state, now=NOW + LEASE).stream_command, StopStream)

    @pytest.mark.parametrize("going", ["STARTING", "RUNNING", "WAITING"])
    def test_the_watchdog_repeats_it_while_the_run_goes_on(self, going: str) -> None:
        asked = stop(known())

        assert swept(asked.state, look(going), NOW + TIMING.lease) == Transition(asked.state)
        again = swept(asked.state, look(going), NOW + LEASE)
        assert isinstance(again.stream_command, StopStream)
        assert swept(again.state, look("STOPPING"), NOW + 3 * LEASE) == Transition(again.state)

    def test_a_run_that_vanished_has_stopped(self) -> None:
        assert of(swept(stop(known()).state, GONE, NOW + LEASE)).status == "stopped"

    def test_what_cannot_be_stopped_is_an_incident_that_its_end_resolves(self) -> None:
        refused = stopped(stop(known()), Refused("access denied", "BatchStopJobRun: no"))
        assert open_kinds(refused) == ["stream not stopped"]

        assert open_kinds(end(refused.state, look("STOPPED"))) == []
        assert open_kinds(start(refused.state, NOW + 5, NOW + 5)) == []

    def test_what_is_refused_otherwise_is_left_to_the_look_at_the_run(self) -> None:
        asked = stop(known())

        assert stopped(asked, GONE) == Transition(asked.state)

    def test_what_does_not_stop_is_told_of_once(self) -> None:
        asked = stop(known())

        assert open_kinds(swept(asked.state, look("STOPPING"), NOW + 30 * MINUTES)) == []
        late = swept(asked.state, look("STOPPING"), NOW + 30 * MINUTES + 1)
        assert open_kinds(late) == ["stream not stopped"]
        assert swept(late.state, look("STOPPING"), NOW + 60 * MINUTES) == Transition(late.state)

    def test_never_started_there_is_nothing_to_stop(self) -> None:
        assert stop(state()) == Transition(state())

    def test_a_job_that_somebody_starts_by_hand_while_it_is_not_wanted_is_left_alone(self) -> None:
        at_rest = known(status="stopped", wanted=False, job_run_id="")

        assert swept(at_rest, None) == Transition(at_rest)
        assert not streams.concerns(at_rest, JOB)


class TestStopAndStart:
    def test_asked_for_again_while_it_stops_it_starts_when_it_has_ended_and_nothing_is_told(self) -> None:
        wanted = start(stop(known()).state, NOW + 1, NOW + 1)
        assert (of(wanted).status, of(wanted).wanted, wanted.stream_command) == ("stopping", True, None)

        ended = end(wanted.state, look("STOPPED"), NOW + 2)

        assert (of(ended).status, of(ended).number, open_kinds(ended)) == ("starting", 4, [])
        assert ended.stream_command is not None

    def test_while_glue_s_own_restart_may_come_nothing_else_is_started(self) -> None:
        expired = end(known(), look("EXPIRED"))
        both = start(end(stop(known()).state, look("EXPIRED")).state, NOW + 5, NOW + 5)

        assert start(expired.state, NOW + 5, NOW + 5).stream_command is None
        assert both.stream_command is None
        assert isinstance(swept(both.state, now=NOW + LEASE).stream_command, StartStream)

    def test_asked_for_while_it_waits_to_try_again_it_starts_at_once(self) -> None:
        waiting = end(known(running_since=0.0, restarts=1), look("FAILED"))
        assert of(waiting).status == "waiting"

        assert isinstance(start(waiting.state, NOW + 5, NOW + 5).stream_command, StartStream)

    def test_where_nobody_had_stopped_it_it_just_goes_on(self) -> None:
        wanted = start(stop(known()).state, NOW + 1, NOW + 1)

        on = swept(wanted.state, look("RUNNING"), NOW + LEASE)

        assert (of(on).status, of(on).job_run_id, on.stream_command) == ("running", "jr_1", None)

    def test_a_start_that_was_still_under_way_is_taken(self) -> None:
        starting = start(state())
        wanted = start(stop(starting.state, NOW + 1).state, NOW + 2)

        assert isinstance(starting.stream_command, StartStream)
        change = streams.record_start(
            wanted.state, DEFINED, starting.stream_command, Started(job_run_id="jr_9"), NOW + 3
        )

        assert (of(change).status, of(change).job_run_id, change.stream_command) == ("running", "jr_9", None)
