"""What each recorded event must lead to: what was there before, what the function answers, what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.containers.situations import (
    Situation,
    after,
    at_rest,
    check_broken,
    check_cancelled,
    checked,
    crawl_failed,
    crawled,
    crawling,
    job_ended,
    paused_with_an_upload,
    streaming,
    with_another_schema,
    with_stream,
)
from tests.containers.stack_fixture import Scene
from tests.e2e.conftest import ROUTING_KEY

Outcome = Callable[[Scene], None]

_BAD = "059f36b4-87a3-44ab-83d2-661975830002"


def unchanged(scene: Scene) -> None:
    assert scene.now() == scene.before


@dataclass(frozen=True)
class Case:
    """One recorded event. `error` is what a bare one raises; a message that has it goes back to its queue.

    `as_of_now` is for one that would be too old to count.
    """

    then: Outcome = unchanged
    given: Situation = at_rest
    error: str = ""
    handed_back: tuple[str, ...] = ()
    as_of_now: bool = False


def started(*names: str) -> Outcome:
    """A run was started for these uploads, and its crawl."""

    def check(scene: Scene) -> None:
        keys = [f"data/dataprofile/{name}" for name in names]
        assert (scene.run["status"], scene.run["uploads"]["count"]) == ("running", len(keys))
        assert scene.run["uploads"]["keys"] == keys
        assert scene.new_crawls() == 1
        assert scene.heard() == ["Run Started"]

    return check


def orders_started(scene: Scene) -> None:
    """A run of the other dataset was started, and none of this one."""
    unchanged(scene)
    run = scene.landfall.state("orders")["run"]
    assert (run["status"], run["uploads"]["keys"]) == ("running", ["data/orders/day=2026-11-20/orders.json.gz"])
    assert scene.heard() == ["Run Started"]


def checks_started(scene: Scene) -> None:
    """The crawl's end was taken, and the checks' queries run."""
    assert (scene.run["step"], scene.run["status"]) == (1, "running")
    assert scene.state["crawl_consumed"] > 0
    (query,) = scene.run["queries"].values()
    assert scene.landfall.clients.athena.get_query_execution(QueryExecutionId=query)


def job_started(scene: Scene) -> None:
    """The checks hold, and the job runs."""
    assert (scene.run["step"], scene.run["status"]) == (2, "running")
    scene.job_run = scene.run["job_run_id"]
    assert scene.job_state()


def curated_crawl_started(scene: Scene) -> None:
    """The job's end was taken, and what it made is crawled."""
    assert (scene.run["step"], scene.run["status"]) == (3, "running")
    assert scene.crawls("person-curated-crawler") == scene.before["curated crawls"] + 1


def failed(kind: str) -> Outcome:
    """The run has failed, its uploads wait for the next one, and on-call hears of it."""

    def check(scene: Scene) -> None:
        assert not scene.state["run"]
        assert (scene.last_run["outcome"], scene.last_run["failure"]["kind"]) == ("failed", kind)
        assert scene.state["unprocessed"]["count"] == 1
        assert scene.incident(kind)["count"] == 1
        assert {"Run Failed", "Incident Opened"} <= set(scene.heard())

    return check


def paused(scene: Scene) -> None:
    """No run starts."""
    assert scene.state["paused"]
    assert scene.new_crawls() == 0


def resumed(scene: Scene) -> None:
    """What came during the pause is crawled."""
    assert not scene.state["paused"]
    started("profile_data.csv")(scene)


def acknowledged(scene: Scene) -> None:
    """A changed schema is over with that."""
    assert [incident["kind"] for incident in scene.state["incidents"]] == ["job failed"]
    assert "Incident Resolved" in scene.heard()


def stream_started(scene: Scene) -> None:
    """A run of the streaming job was started, with the label of this start."""
    (run,) = scene.stream_runs("STARTING", "RUNNING")
    assert (scene.stream["status"], scene.stream["job_run_id"]) == ("running", run)
    unchanged(scene)


def stream_stopped(scene: Scene) -> None:
    """It is asked to stop, and nobody is told of that."""
    assert (scene.stream["status"], scene.stream["wanted"]) == ("stopping", False)
    assert scene.stream_runs("STARTING", "RUNNING") == []
    assert scene.stream_incidents() == []


def stream_told(*kinds: str) -> Outcome:
    """These incidents of the stream are open now."""

    def check(scene: Scene) -> None:
        assert scene.stream_incidents() == list(kinds)
        unchanged(scene)

    return check


def told(*words: str) -> Outcome:
    """The on-call topic has told this, once."""

    def check(scene: Scene) -> None:
        (subject,) = scene.on_call_heard()
        assert all(word in subject for word in words), subject

    return check


def paged(action: str) -> Outcome:
    """PagerDuty was asked, once, to trigger or to resolve the alert of this incident."""

    def check(scene: Scene) -> None:
        (event,) = scene.landfall.pagerduty.accepted
        assert (event["event_action"], event["routing_key"]) == (action, ROUTING_KEY)
        assert event["dedup_key"].startswith("person/check-failed/")

    return check


_well = job_ended("print('done')", "SUCCEEDED")

CASES = {
    "on_upload/put_unversioned": Case(started("profile_data.csv")),
    "on_upload/put_versioned": Case(started("profile_data.csv")),
    "on_upload/post": Case(started("profile_data.csv")),
    "on_upload/multipart": Case(started("profile_data_large.csv")),
    "on_upload/copy": Case(started("profile_data_copy.csv")),
    "on_upload/key_with_space_plus_percent": Case(started("a+b %41 ü=x.csv")),
    "on_upload/key_in_chinese": Case(started("客户 资料.csv")),
    "on_upload/key_of_a_partition": Case(orders_started),
    "on_upload/folder_marker": Case(),
    "on_upload/key_of_another_suffix": Case(),
    "on_upload/deleted_permanently": Case(),
    "on_upload/deleted_by_marker": Case(),
    "on_upload/deleted_by_lifecycle": Case(),
    "on_upload/key_outside_every_pipeline": Case(error="NoPipelineError"),
    "on_upload/run_requested": Case(started()),
    "on_upload/pause_requested": Case(paused),
    "on_upload/resume_requested": Case(resumed, given=paused_with_an_upload),
    "on_upload/acknowledgement_requested": Case(acknowledged, given=with_another_schema, as_of_now=True),
    "on_upload/batch": Case(started("profile_data.csv", "a+b %41 ü=x.csv")),
    "on_upload/batch_with_one_bad_record": Case(started("profile_data.csv", "客户 资料.csv"), handed_back=(_BAD,)),
    "on_crawler_state/started": Case(given=crawling),
    "on_crawler_state/succeeded": Case(checks_started, given=crawled),
    "on_crawler_state/failed": Case(failed("crawl failed"), given=crawl_failed),
    "on_crawler_state/hint": Case(checks_started, given=crawled),
    "on_crawler_state/of_a_strange_crawler": Case(given=crawled),
    "on_crawler_state/batch": Case(checks_started, given=crawled),
    "on_crawler_state/batch_with_one_bad_record": Case(checks_started, given=crawled, handed_back=(_BAD,)),
    "on_job_state/succeeded": Case(curated_crawl_started, given=_well),
    "on_job_state/failed": Case(failed("job failed"), given=job_ended("raise SystemExit(1)", "FAILED")),
    "on_job_state/timeout": Case(
        failed("job timed out"), given=job_ended("import time; time.sleep(600)", "TIMEOUT", job_minute_seconds=0.01)
    ),
    "on_job_state/stopped": Case(failed("job stopped"), given=job_ended("import time; time.sleep(600)", "STOPPED")),
    "on_job_state/running": Case(error="MalformedEventError"),
    "on_job_state/of_a_strange_job": Case(given=_well),
    "on_job_state/batch": Case(curated_crawl_started, given=_well),
    "on_job_state/batch_with_one_bad_record": Case(curated_crawl_started, given=_well, handed_back=(_BAD,)),
    "on_stream_state/start_requested": Case(stream_started, given=with_stream),
    "on_stream_state/stop_requested": Case(stream_stopped, given=streaming),
    "on_stream_state/alarm_stream_behind": Case(stream_told("stream behind"), given=with_stream),
    "on_stream_state/alarm_source_behind": Case(stream_told("source behind"), given=with_stream),
    "on_stream_state/alarm_ok": Case(stream_told(), given=after("on_stream_state/alarm_stream_behind")),
    "on_stream_state/alarm_insufficient_data": Case(
        stream_told("stream behind"), given=after("on_stream_state/alarm_stream_behind")
    ),
    "on_stream_state/replication_failed": Case(stream_told("source failed"), given=with_stream),
    "on_stream_state/replication_running": Case(stream_told(), given=after("on_stream_state/replication_failed")),
    "on_stream_state/replication_initializing": Case(error="MalformedEventError"),
    "on_stream_state/task_failed": Case(stream_told("source failed"), given=with_stream),
    "on_stream_state/task_started": Case(stream_told(), given=after("on_stream_state/task_failed")),
    "on_stream_state/of_a_strange_replication": Case(stream_told(), given=with_stream),
    "on_stream_state/batch": Case(stream_started, given=with_stream),
    "on_stream_state/batch_with_one_bad_record": Case(stream_started, given=with_stream, handed_back=(_BAD,)),
    "on_query_state/succeeded": Case(job_started, given=checked),
    "on_query_state/failed": Case(failed("query failed"), given=check_broken),
    "on_query_state/cancelled": Case(failed("query failed"), given=check_cancelled),
    "on_query_state/batch": Case(job_started, given=checked),
    "on_query_state/batch_with_one_bad_record": Case(job_started, given=checked, handed_back=(_BAD,)),
    "notify/opened": Case(told("person", "check failed")),
    "notify/reminder": Case(told("person", "check failed")),
    "notify/resolved": Case(told("RESOLVED", "person")),
    "notify/batch": Case(told("person", "check failed")),
    "page/opened": Case(paged("trigger")),
    "page/resolved": Case(paged("resolve")),
    "page/batch": Case(paged("trigger")),
    "watchdog/tick": Case(checks_started, given=crawled),
}
