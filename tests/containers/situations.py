"""What was there before an event: runs as far as real functions bring them, and Glue and Athena as tests want them.

Events of Glue and Athena are lost here, so nobody has been told of what has ended.
"""

from collections.abc import Callable
from typing import Any

from local.stack.polling import until
from tests.containers.stack_fixture import CRAWLER, JOB, STREAM_JOB, Scene, set_job
from verification.examples.payloads import payload

Situation = Callable[[Scene], None]

_NOBODY = "arn:aws:iam::000000000000:role/nobody"
_SECONDS = 30


def at_rest(scene: Scene) -> None:
    """The pipeline is known, and nothing is in flight."""


def crawling(scene: Scene) -> None:
    """A run whose crawl has begun, and takes as long as it is let."""
    scene.landfall.settings(crawl_seconds=600)
    invoke(scene, "OnUpload", "on_upload/put_unversioned")


def crawled(scene: Scene) -> None:
    """A run whose crawl has succeeded."""
    invoke(scene, "OnUpload", "on_upload/put_unversioned")
    until(scene.is_crawler_ready, _SECONDS, "the crawl to end")


def crawl_failed(scene: Scene) -> None:
    """A run whose crawl has failed."""
    glue = scene.landfall.clients.glue
    role = glue.get_crawler(Name=CRAWLER)["Crawler"]["Role"]
    glue.update_crawler(Name=CRAWLER, Role=_NOBODY)
    try:
        crawled(scene)
    finally:
        glue.update_crawler(Name=CRAWLER, Role=role)


def checked(scene: Scene) -> None:
    """A run whose check has come out well."""
    _check(scene)
    _until_query_is(scene, "SUCCEEDED")


def check_broken(scene: Scene) -> None:
    """A run whose check's query has failed: somebody has moved the table to a bucket that is not there."""
    crawled(scene)
    _move_table(scene, "s3://nowhere/")
    _take_crawl(scene)
    _until_query_is(scene, "FAILED")


def check_cancelled(scene: Scene) -> None:
    """A run whose check's query somebody has stopped."""
    scene.landfall.settings(query_seconds=600)
    _check(scene)
    scene.landfall.clients.athena.stop_query_execution(QueryExecutionId=scene.query)
    _until_query_is(scene, "CANCELLED")


def job_ended(script: str, state: str, **settings: float) -> Situation:
    """A run whose job has ended in this state; another script stands in for the job's own."""

    def arrange(scene: Scene) -> None:
        glue = scene.landfall.clients.glue
        scene.landfall.settings(**settings)
        checked(scene)
        set_job(scene.landfall.clients, script)
        invoke(scene, "OnQueryState", "on_query_state/succeeded")
        set_job(scene.landfall.clients)  # the run has taken the other one
        scene.job_run = scene.run["job_run_id"]
        if state == "STOPPED":
            until(lambda: scene.job_state() == "RUNNING", _SECONDS, "the job to run")
            glue.batch_stop_job_run(JobName=JOB, JobRunIds=[scene.job_run])
        until(lambda: scene.job_state() == state, _SECONDS, f"the job to end as {state}")

    return arrange


def paused_with_an_upload(scene: Scene) -> None:
    """The pipeline is paused, and a file has come."""
    invoke(scene, "OnUpload", "on_upload/pause_requested")
    invoke(scene, "OnUpload", "on_upload/put_unversioned")
    assert scene.state["pending"]["count"] == 1


def with_stream(scene: Scene) -> None:
    """The streaming job is not running; a stand-in, which would do nothing for long, has the place of its script."""
    clients = scene.landfall.clients
    set_job(clients, "import time; time.sleep(600)", STREAM_JOB)
    under_way = scene.stream_runs("STARTING", "RUNNING")
    if under_way:
        clients.glue.batch_stop_job_run(JobName=STREAM_JOB, JobRunIds=under_way)
    until(lambda: not scene.stream_runs("STARTING", "RUNNING", "STOPPING"), _SECONDS, "the last case's job to end")
    scene.know("person-stream")


def streaming(scene: Scene) -> None:
    """Its job runs."""
    with_stream(scene)
    invoke(scene, "OnStreamState", "on_stream_state/start_requested")


def after(event: str) -> Situation:
    """It has heard of this before."""

    def arrange(scene: Scene) -> None:
        with_stream(scene)
        invoke(scene, "OnStreamState", event)

    return arrange


def with_another_schema(scene: Scene) -> None:
    """The newest crawl has found another column than the one before, and an incident says so."""
    job_ended("raise SystemExit(1)", "FAILED")(scene)
    invoke(scene, "OnJobState", "on_job_state/failed")
    scene.upload(b"name,age,city,shoe\nAmara,31,Lagos,42\n")
    invoke(scene, "OnUpload", "on_upload/run_requested")
    until(scene.is_crawler_ready, _SECONDS, "the crawl to end")
    invoke(scene, "OnCrawlerState", "on_crawler_state/succeeded")
    assert scene.incident("schema changed")


def invoke(scene: Scene, logical_id: str, event: str) -> None:
    """A step on the way, which must go well."""
    answer = scene.invoke(logical_id, payload(event))
    assert not answer.error, answer


def _check(scene: Scene) -> None:
    crawled(scene)
    _take_crawl(scene)


def _take_crawl(scene: Scene) -> None:
    invoke(scene, "OnCrawlerState", "on_crawler_state/succeeded")
    (scene.query,) = scene.run["queries"].values()


def _until_query_is(scene: Scene, state: str) -> None:
    athena = scene.landfall.clients.athena

    def has_ended() -> bool:
        found = athena.get_query_execution(QueryExecutionId=scene.query)["QueryExecution"]
        return found["Status"]["State"] == state

    until(has_ended, _SECONDS, f"the query to be {state}")


def _move_table(scene: Scene, location: str) -> None:
    glue = scene.landfall.clients.glue
    table = glue.get_table(DatabaseName="person-db", Name="_dataprofile")["Table"]
    moved: Any = {"Name": table["Name"], "TableType": table["TableType"], "Parameters": table["Parameters"]}
    moved["PartitionKeys"] = table["PartitionKeys"]
    moved["StorageDescriptor"] = table["StorageDescriptor"] | {"Location": location}
    glue.update_table(DatabaseName="person-db", TableInput=moved)
