"""The definitions that a function keeps for a minute, and when it reads them again."""

import json
from typing import Any

from landfall.adapters.definition_registry import DefinitionRegistry, Parameter
from verification.examples.builders import CURATE, document

CRAWL = {"crawl": "person-crawler", "database": "person-db", "table": "_dataprofile"}


class Parameters:
    """What lies in SSM, and how often it was read."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.reads = 0
        self.stored: dict[str, dict[str, Any]] = {}

    def read(self) -> list[Parameter]:
        self.reads += 1
        return [(f"/landfall/dev/pipelines/{name}", json.dumps(text), 0.0) for name, text in self.stored.items()]

    def registry(self) -> DefinitionRegistry:
        return DefinitionRegistry(self.read, lambda: self.now)


def test_definitions_are_kept_for_a_minute() -> None:
    parameters = Parameters()
    registry = parameters.registry()
    registry.pipelines()
    parameters.stored["person"] = document()
    parameters.now += 59

    assert registry.pipelines().by_name == {}
    parameters.now += 2
    assert list(registry.pipelines().by_name) == ["person"]


def test_the_first_crawl_and_job_of_a_new_pipeline_are_not_a_stranger_s() -> None:
    parameters = Parameters()
    registry = parameters.registry()
    registry.pipelines()
    parameters.stored["person"] = document(steps=[CRAWL, CURATE])
    parameters.now += 4

    found = registry.of_crawler("person-crawler")

    assert found is not None
    assert found.name == "person"
    assert registry.of_job("person-curate") is found


def test_the_first_event_of_a_new_stream_s_replication_is_not_a_stranger_s() -> None:
    parameters = Parameters()
    registry = parameters.registry()
    registry.pipelines()
    parameters.stored["person"] = document(stream={"job": "person-stream", "replication": "person-source"})
    parameters.now += 4

    assert [pipeline.name for pipeline in registry.of_replication("person-source")] == ["person"]


def test_strangers_that_end_often_are_not_looked_up_each_time() -> None:
    parameters = Parameters()
    registry = parameters.registry()
    for _ in range(100):
        parameters.now += 0.5
        assert registry.of_crawler("nobodys") is None
        assert registry.of_job("nobodys") is None
        assert registry.of_replication("nobodys") == ()

    assert parameters.reads <= 50 / 3 + 1
