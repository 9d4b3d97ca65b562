"""Every function with every one of its events, in a real container: what it answers, and what it did on the engine."""

import json

import pytest

from local.recordings import Recording, has_queue, recordings
from tests.containers.cases import CASES, Case
from tests.containers.scene import Scene
from tests.payloads import as_queue_record

pytestmark = pytest.mark.containers

EVERY = list(recordings())
BARE = [recording for recording in EVERY if not recording.is_batch]
QUEUED = [recording for recording in BARE if has_queue(recording.folder)]
BATCHES = [recording for recording in EVERY if recording.is_batch]


def _case(recording: Recording) -> Case:
    return CASES.get(recording.name, Case(then=lambda _: None))


@pytest.mark.parametrize("recording", BARE, ids=lambda recording: recording.name)
def test_a_recorded_event_does_what_it_must(scene: Scene, recording: Recording) -> None:
    case = _case(recording)
    case.given(scene)
    scene.remember()

    answer = scene.invoke(recording.logical_id, recording.as_recorded())

    assert answer.error == case.error, answer
    case.then(scene)


@pytest.mark.parametrize("recording", QUEUED, ids=lambda recording: recording.name)
def test_a_queue_delivers_it_to_the_same_effect(scene: Scene, recording: Recording) -> None:
    case = _case(recording)
    case.given(scene)
    scene.remember()
    event = {"Records": [as_queue_record(json.dumps(recording.as_recorded()), "the-message")]}

    answer = scene.invoke(recording.logical_id, event)

    assert answer.handed_back == (["the-message"] if case.error else [])
    case.then(scene)


@pytest.mark.parametrize("recording", BATCHES, ids=lambda recording: recording.name)
def test_a_batch_is_handled_and_its_bad_records_alone_go_back(scene: Scene, recording: Recording) -> None:
    case = _case(recording)
    case.given(scene)
    scene.remember()

    answer = scene.invoke(recording.logical_id, recording.as_recorded())

    assert answer.handed_back == list(case.handed_back)
    case.then(scene)
