"""Every function with every one of its events, in a real container: what it answers, and what it did on the engine."""

from typing import Any

import pytest

from local.sam.recordings import Recording, has_queue, recordings
from local.sam.retimed_events import brought_to_now
from local.stack.stack import runtime
from tests.containers.cases import CASES, Case
from tests.containers.stack_fixture import Scene
from verification.examples.payloads import as_queue_record

pytestmark = pytest.mark.containers

EVERY = list(recordings())
BARE = [recording for recording in EVERY if not recording.is_batch]
QUEUED = [recording for recording in BARE if has_queue(recording.folder)]
BATCHES = [recording for recording in EVERY if recording.is_batch]


def test_every_event_has_its_expectation() -> None:
    assert {recording.name for recording in EVERY} == set(CASES)


def prepared(scene: Scene, recording: Recording) -> tuple[Case, dict[str, Any]]:
    """The case, with its situation brought about, and the event."""
    case = CASES[recording.name]
    case.given(scene)
    scene.remember()
    event = recording.as_recorded()
    return case, brought_to_now(event, scene.landfall.clients) if case.as_of_now else event


@pytest.mark.parametrize("recording", BARE, ids=lambda recording: recording.name)
def test_a_recorded_event_does_what_it_must(scene: Scene, recording: Recording) -> None:
    case, event = prepared(scene, recording)

    answer = scene.invoke(recording.logical_id, event)

    assert answer.error == case.error, answer
    case.then(scene)


@pytest.mark.parametrize("runtime", [runtime()], indirect=True)
@pytest.mark.parametrize("recording", QUEUED, ids=lambda recording: recording.name)
def test_a_queue_delivers_it_to_the_same_effect(scene: Scene, recording: Recording) -> None:
    case, event = prepared(scene, recording)

    answer = scene.invoke(recording.logical_id, {"Records": [as_queue_record(event, "the-message")]})

    assert answer.handed_back == (["the-message"] if case.error else [])
    case.then(scene)


@pytest.mark.parametrize("recording", BATCHES, ids=lambda recording: recording.name)
def test_a_batch_is_handled_and_its_bad_records_alone_go_back(scene: Scene, recording: Recording) -> None:
    case, event = prepared(scene, recording)

    answer = scene.invoke(recording.logical_id, event)

    assert answer.handed_back == list(case.handed_back)
    case.then(scene)
