"""What no event tells, the sweep finds: on the local engine, with real crawls and queries."""

from collections.abc import Iterator

import pytest

from local.demo.queries import ask
from local.stack.polling import until
from tests.e2e.conftest import PREFIX, Landfall

pytestmark = pytest.mark.engine


def test_with_every_event_of_glue_and_athena_lost_a_run_still_ends_ready(landfall: Landfall) -> None:
    landfall.settings(drop_events=True)
    landfall.upload("people.csv", "Amara,31,Lagos")
    until(lambda: landfall.runs()[landfall.runs_before :], 20, "the run to start")

    def swept_to_its_end() -> bool:
        landfall.sweep()
        return landfall.is_at_rest()

    until(swept_to_its_end, 30, "the sweeps to end the run", every=0.5)

    last = landfall.runs()[-1]
    assert (last["outcome"], last["uploads"]["keys"]) == ("succeeded", [PREFIX + "people.csv"])


def test_a_crawl_that_somebody_stopped_has_no_event_and_is_found(landfall: Landfall) -> None:
    landfall.settings(crawl_seconds=30)
    landfall.upload("people.csv", "Amara,31,Lagos")
    until(lambda: (landfall.state().get("run") or {}).get("status") == "running", 20, "the crawl to run")

    landfall.clients.glue.stop_crawler(Name="person-crawler")
    landfall.settings(crawl_seconds=0.5)
    glue = landfall.clients.glue
    until(lambda: glue.get_crawler(Name="person-crawler")["Crawler"]["State"] == "READY", 10, "the crawler to be READY")
    landfall.sweep()

    last = landfall.runs()[-1]
    assert (last["outcome"], last["failure"]["kind"]) == ("failed", "crawl stopped")
    assert landfall.state()["unprocessed"]["count"] == 1
    landfall.upload("more.csv", "Hugo,47,Lyon")
    landfall.covered(1 + 2)


@pytest.fixture
def short_lease(landfall: Landfall) -> Iterator[None]:
    """A lease of 2 s in every function that repeats a try, so that no test waits a real one."""
    functions, usual = landfall.clients.functions, {}
    for name in map(landfall.clients.physical_id, ("OnUpload", "OnCrawlerState", "Watchdog")):
        usual[name] = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        changed = usual[name] | {"LEASE_SECONDS": "2"}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    yield
    for name, variables in usual.items():
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def test_a_worker_killed_between_the_write_and_the_start_loses_nothing(landfall: Landfall, short_lease: None) -> None:
    landfall.settings(kill_at="StartCrawler")
    landfall.upload("people.csv", "Amara,31,Lagos")
    killed = until(lambda: landfall.state().get("run"), 20, "the run to be written")
    assert (killed["status"], killed["try_number"]) == ("starting", 1)
    landfall.settings(kill_at="")

    def swept_until_it_goes_on() -> bool:
        landfall.sweep()
        return len(landfall.runs()) > landfall.runs_before and landfall.is_done()

    until(swept_until_it_goes_on, 30, "the sweep after the lease to start the crawl", every=0.5)

    last = landfall.runs()[-1]
    assert (last["outcome"], last["sk"]) == ("succeeded", f"run#{killed['id']}")
    assert last["uploads"]["keys"] == [PREFIX + "people.csv"]
    assert ask(landfall.clients, 'SELECT count(*) FROM "person-db"."_dataprofile"')[1] == [("1",)]
    # The dead one's message would come again in minutes, and change nothing.
    landfall.clients.sqs.purge_queue(QueueUrl=landfall.clients.outputs["UploadQueueUrl"])


def test_a_sweep_of_what_is_well_changes_nothing(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before = landfall.state()

    assert landfall.sweep()["swept"] >= 2  # this and the orders

    assert landfall.state() == before


def test_a_run_is_requested_by_an_event_on_the_bus(landfall: Landfall) -> None:
    landfall.upload("people.csv", "Amara,31,Lagos")
    landfall.covered(1)
    before = len(landfall.runs())

    landfall.clients.events.put_events(
        Entries=[
            {
                "EventBusName": landfall.clients.outputs["BusName"],
                "Source": "somebody",
                "DetailType": "Run Requested",
                "Detail": '{"pipeline": "person"}',
            }
        ]
    )

    until(lambda: len(landfall.runs()) == before + 1 and landfall.is_at_rest(), 30, "the requested run to end")
    assert landfall.runs()[-1]["outcome"] == "succeeded"
