"""`landfall runs`."""

from landfall.model.state import Failure, State, StepAttempt, Uploads
from tests.cli.conftest import NOW, PREFIX, World, record
from verification.examples.builders import run

FAILURE = Failure("check failed", "The query returned rows.", "checks", "no empty names", "q-1", (("", "31"),))


def test_the_newest_come_first_and_the_one_in_flight_is_running(world: World) -> None:
    flying = run(id=record(3, NOW + 200).id, started_at=NOW + 200, uploads=Uploads(7))
    world.write(
        State("person", run=flying),
        record(1, NOW),
        record(2, NOW + 100, outcome="failed", failure=FAILURE),
        record(3, NOW + 200, ended_at=None, outcome=None, log=()),
    )

    told = world.json("runs", "person")["runs"]

    assert [(item["outcome"], item["uploads"]["count"]) for item in told] == [
        ("running", 7), ("failed", 1), ("succeeded", 1),
    ]  # fmt: skip
    assert told[1]["failure"]["queryExecutionId"] == "q-1"
    assert told[2]["durationSeconds"] == 4
    assert [item["run"] for item in world.json("runs", "-n", "1")["runs"]] == [flying.id]


def test_the_table_tells_duration_outcome_and_cause(world: World) -> None:
    world.write(State("person"), record(outcome="failed", failure=FAILURE))

    text = world.landfall("runs").stdout

    for part in ("person", "2026-11-18 11:06:40Z", "4.0 s", "failed", "check failed: The query returned rows."):
        assert part in text


def test_runs_of_all_pipelines_are_one_list(world: World) -> None:
    world.write(State("person"), record(1, NOW))
    world.write(State("orders"), record(2, NOW + 50, pipeline="orders"))

    assert [item["pipeline"] for item in world.json("runs")["runs"]] == ["orders", "person"]


def test_one_run_with_its_steps(world: World) -> None:
    steps = (
        StepAttempt("crawl person-crawler", 1, NOW, NOW + 2, "failed", "Database not found"),
        StepAttempt("crawl person-crawler", 2, NOW + 2, NOW + 3, "succeeded"),
    )
    many = Uploads(6, NOW, NOW, tuple(f"{PREFIX}{number}.csv" for number in range(5)))
    whole = record(log=steps, uploads=many, outcome="failed", failure=FAILURE)
    world.write(State("person"), record(2, NOW - 100), whole)

    text = world.landfall("runs", "person", whole.id[:19]).stdout

    for part in (
        whole.id,
        "6 uploads",
        f"{PREFIX}4.csv",
        "and 1 more",
        "no empty names",
        " | 31",
        "landfall run person",
    ):
        assert part in text
    assert [step["outcome"] for step in world.json("runs", "person", "last")["steps"]] == ["failed", "succeeded"]


def test_a_run_that_nobody_knows_and_one_that_is_not_told_apart(world: World) -> None:
    world.write(State("person"), record(1, NOW), record(2, NOW + 1))

    unknown, unclear = world.landfall("runs", "person", "2025"), world.landfall("runs", "person", "2026")

    assert (unknown.exit_code, unclear.exit_code) == (2, 2)
    assert "no run that is remembered" in unknown.stderr
    assert "more than one run" in unclear.stderr


def test_more_than_a_page_of_history(world: World) -> None:
    world.write(State("person"), *(record(number, NOW + number) for number in range(60)))

    assert len(world.json("runs", "-n", "100")["runs"]) == 60


def test_no_run_yet(world: World) -> None:
    assert world.landfall("runs").stdout == "No run yet.\n"
    assert world.json("runs") == {"runs": []}
