"""What each recorded event must lead to: what was there before, what the function answers, what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from local.wait import until
from tests.containers.scene import CRAWLER, Scene
from tests.e2e.conftest import ROUTING_KEY
from tests.payloads import payload

Step = Callable[[Scene], None]

_FOLDER = "data/dataprofile/"
_FIRST, _BAD, _THIRD = (f"059f36b4-87a3-44ab-83d2-66197583000{number}" for number in (1, 2, 3))
_NOBODY = "arn:aws:iam::000000000000:role/nobody"


def nothing(scene: Scene) -> None:
    """The pipeline is known, and at rest."""


def unchanged(scene: Scene) -> None:
    assert scene.is_unchanged()


@dataclass(frozen=True)
class Case:
    """One recorded event. `error` is what a bare one raises; a message that has it goes back to its queue."""

    then: Step = unchanged
    given: Step = nothing
    error: str = ""
    handed_back: tuple[str, ...] = ()


def started(*names: str) -> Step:
    """A run was started for these uploads, and its crawl."""

    def check(scene: Scene) -> None:
        keys = [_FOLDER + name for name in names]
        assert (scene.run["status"], scene.run["uploads"]["count"]) == ("running", len(keys))
        assert scene.run["uploads"]["keys"] == keys
        assert scene.new_crawls() == 1
        assert scene.heard() == ["Run Started"]

    return check


def checks_started(scene: Scene) -> None:
    """The crawl's end was taken, and the checks' queries run."""
    assert (scene.run["step"], scene.run["status"]) == (1, "running")
    assert len(scene.queries()) == 1
    assert scene.landfall.clients.athena.get_query_execution(QueryExecutionId=scene.queries()[0])
    assert scene.state["crawl_consumed"] > 0


def failed(kind: str) -> Step:
    """The run has failed, and its uploads wait for the next one."""

    def check(scene: Scene) -> None:
        assert not scene.state["run"]
        assert (scene.last_run["outcome"], scene.last_run["failure"]["kind"]) == ("failed", kind)
        assert scene.state["unprocessed"]["count"] == 1
        assert (scene.incident["kind"], scene.incident["count"]) == (kind, 1)
        assert {"Run Failed", "Incident Opened"} <= set(scene.heard())

    return check


def succeeded(scene: Scene) -> None:
    """The run is over, and all that came before it is covered."""
    assert not scene.state["run"]
    assert scene.last_run["outcome"] == "succeeded"
    assert scene.state["covered_until"] == scene.last_run["started_at"]
    assert "Dataset Ready" in scene.heard()


def paused(scene: Scene) -> None:
    """No run starts."""
    assert scene.state["paused"]
    assert scene.new_crawls() == 0


def resumed(scene: Scene) -> None:
    """What came during the pause is crawled."""
    assert not scene.state["paused"]
    started("profile_data.csv")(scene)


def acknowledged(scene: Scene) -> None:
    assert scene.incident["acknowledged_at"] > 0


def told(*words: str) -> Step:
    """The on-call topic has told this once."""

    def check(scene: Scene) -> None:
        (subject,) = scene.on_call_heard()
        assert all(word in subject for word in words), subject

    return check


def paged(action: str) -> Step:
    """PagerDuty was told to trigger, or to resolve, this incident's alert."""

    def check(scene: Scene) -> None:
        (event,) = scene.landfall.pagerduty.accepted
        assert (event["event_action"], event["routing_key"]) == (action, ROUTING_KEY)
        assert event["dedup_key"].startswith("person/check-failed/")

    return check


def with_upload_during_pause(scene: Scene) -> None:
    """The pipeline is paused, and a file has come."""
    _invoke(scene, "OnUpload", "on_upload/pause_requested")
    _start(scene)
    assert scene.state["pending"]["count"] == 1


def with_another_schema(scene: Scene) -> None:
    """A run has succeeded; the next one's crawl has found another column, and an incident says so."""
    checked(scene)
    _invoke(scene, "OnQueryState", "on_query_state/succeeded")
    scene.upload(b"name,age,city,shoe\nAmara,31,Lagos,42\n")
    _invoke(scene, "OnUpload", "on_upload/run_requested")
    until(scene.is_crawler_ready, 30, "the crawl to end")
    _take_crawl(scene)
    assert scene.incident["kind"] == "schema changed"


def crawling(scene: Scene) -> None:
    """A run in flight whose crawl has begun, and takes as long as it is let."""
    scene.landfall.settings(crawl_seconds=600)
    _start(scene)


def crawled(scene: Scene) -> None:
    """A run in flight whose crawl has succeeded, and nobody was told."""
    _start(scene)
    until(scene.is_crawler_ready, 30, "the crawl to end")


def crawl_failed(scene: Scene) -> None:
    """A run in flight whose crawl has failed, and nobody was told."""
    glue = scene.landfall.clients.glue
    role = glue.get_crawler(Name=CRAWLER)["Crawler"]["Role"]
    glue.update_crawler(Name=CRAWLER, Role=_NOBODY)
    try:
        crawled(scene)
    finally:
        glue.update_crawler(Name=CRAWLER, Role=role)


def checked(scene: Scene) -> None:
    """A run in flight whose check has come out well, and nobody was told."""
    _check(scene)
    _until_query_is(scene, "SUCCEEDED")


def check_broken(scene: Scene) -> None:
    """A run in flight whose query has failed: somebody has dropped the table."""
    crawled(scene)
    scene.landfall.clients.glue.delete_table(DatabaseName="person-db", Name="_dataprofile")
    _take_crawl(scene)
    _until_query_is(scene, "FAILED")


def check_cancelled(scene: Scene) -> None:
    """A run in flight whose query somebody has stopped."""
    scene.landfall.settings(query_seconds=600)
    _check(scene)
    scene.landfall.clients.athena.stop_query_execution(QueryExecutionId=scene.query)
    _until_query_is(scene, "CANCELLED")


def _invoke(scene: Scene, logical_id: str, event: str) -> None:
    answer = scene.invoke(logical_id, payload(event))
    assert not answer.error, answer


def _start(scene: Scene) -> None:
    _invoke(scene, "OnUpload", "on_upload/put_unversioned")


def _check(scene: Scene) -> None:
    crawled(scene)
    _take_crawl(scene)


def _take_crawl(scene: Scene) -> None:
    _invoke(scene, "OnCrawlerState", "on_crawler_state/succeeded")
    scene.query = scene.queries()[0]


def _until_query_is(scene: Scene, state: str) -> None:
    athena = scene.landfall.clients.athena

    def has_ended() -> bool:
        found = athena.get_query_execution(QueryExecutionId=scene.query)["QueryExecution"]
        return found["Status"]["State"] == state

    until(has_ended, 30, f"the query to be {state}")


CASES = {
    "on_upload/put_unversioned": Case(started("profile_data.csv")),
    "on_upload/put_versioned": Case(started("profile_data.csv")),
    "on_upload/post": Case(started("profile_data.csv")),
    "on_upload/multipart": Case(started("profile_data_large.csv")),
    "on_upload/copy": Case(started("profile_data_copy.csv")),
    "on_upload/key_with_space_plus_percent": Case(started("a+b %41 ü=x.csv")),
    "on_upload/key_in_chinese": Case(started("客户 资料.csv")),
    "on_upload/folder_marker": Case(),
    "on_upload/key_of_another_suffix": Case(),
    "on_upload/deleted_permanently": Case(),
    "on_upload/deleted_by_marker": Case(),
    "on_upload/deleted_by_lifecycle": Case(),
    "on_upload/key_outside_every_pipeline": Case(error="NoPipelineError"),
    "on_upload/run_requested": Case(started()),
    "on_upload/pause_requested": Case(paused),
    "on_upload/resume_requested": Case(resumed, given=with_upload_during_pause),
    "on_upload/acknowledgement_requested": Case(acknowledged, given=with_another_schema),
    "on_upload/batch": Case(started("profile_data.csv", "a+b %41 ü=x.csv")),
    "on_upload/batch_with_one_bad_record": Case(started("profile_data.csv", "客户 资料.csv"), handed_back=(_BAD,)),
    "on_crawler_state/started": Case(given=crawling),
    "on_crawler_state/succeeded": Case(checks_started, given=crawled),
    "on_crawler_state/failed": Case(failed("crawl failed"), given=crawl_failed),
    "on_crawler_state/hint": Case(checks_started, given=crawled),
    "on_crawler_state/of_a_strange_crawler": Case(given=crawled),
    "on_crawler_state/batch": Case(checks_started, given=crawled),
    "on_crawler_state/batch_with_one_bad_record": Case(checks_started, given=crawled, handed_back=(_BAD,)),
    "on_query_state/succeeded": Case(succeeded, given=checked),
    "on_query_state/failed": Case(failed("query failed"), given=check_broken),
    "on_query_state/cancelled": Case(failed("query failed"), given=check_cancelled),
    "on_query_state/batch": Case(succeeded, given=checked),
    "on_query_state/batch_with_one_bad_record": Case(succeeded, given=checked, handed_back=(_BAD,)),
    "notify/opened": Case(told("person")),
    "notify/reminder": Case(told("person")),
    "notify/resolved": Case(told("RESOLVED", "person")),
    "notify/batch": Case(told("person")),
    "page/opened": Case(paged("trigger")),
    "page/resolved": Case(paged("resolve")),
    "page/batch": Case(paged("trigger")),
    "watchdog/tick": Case(checks_started, given=crawled),
}
