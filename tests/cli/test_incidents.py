"""`landfall incidents`."""

from landfall.model.state import IncidentRecord, State, Uploads
from tests.cli.conftest import NOW, PREFIX, World, incident

CHECK = incident(
    "check failed", NOW + 50, severity="critical", cause="The query returned rows.", step="checks",
    check="no empty names", query_id="q-1", rows=(("", "31"),), run_id="run-1", owner="data team",
    runbook="https://example.com/runbook", uploads=Uploads(9, NOW, NOW, (f"{PREFIX}a.csv",)),
    count=3, last_at=NOW + 90,
)  # fmt: skip
RESOLVED = incident("late", NOW - 900, resolved_at=NOW - 300, resolved_by="a run has started", cause="3 uploads wait")


def test_open_ones_come_with_cause_and_command_the_newest_first(world: World) -> None:
    world.write(State("person", incidents=(incident(), CHECK)), IncidentRecord("person", RESOLVED))

    told = world.json("incidents")["incidents"]
    text = world.landfall("incidents").stdout

    assert [item["kind"] for item in told] == ["check failed", "crawl failed"]
    assert told[0]["rows"] == [["", "31"]]
    assert told[0]["resolvedAt"] is None
    for part in (
        "check failed, 3 times",
        "critical",
        "Database person-db not found",
        "9 uploads",
        "landfall run person",
    ):
        assert part in text
    assert "late" not in text


def test_resolved_ones_too_when_asked(world: World) -> None:
    world.write(State("person", incidents=(CHECK,)), IncidentRecord("person", RESOLVED))

    told = world.json("incidents", "--all")["incidents"]

    assert [(item["kind"], item["resolvedBy"]) for item in told] == [
        ("check failed", ""), ("late", "a run has started"),
    ]  # fmt: skip
    text = world.landfall("incidents", "person", "--all").stdout
    assert "after 10 min" in text
    assert "a run has started" in text


def test_one_in_full(world: World) -> None:
    world.write(State("person", incidents=(incident(), CHECK)))

    text = world.landfall("incidents", "person", "check failed").stdout

    for part in (
        "no empty names", " | 31", "q-1", "run-1", "data team", "https://example.com/runbook", f"{PREFIX}a.csv",
        "and 8 more", CHECK.id, "landfall run person",
    ):  # fmt: skip
        assert part in text
    assert world.landfall("incidents", "person", "check-failed").stdout == text


def test_what_changed_in_a_schema_and_how_to_accept_it(world: World) -> None:
    changed = incident("schema changed", changes=("added: city string", "removed: age bigint"))
    world.write(State("person", incidents=(changed,)))

    text = world.landfall("incidents", "person", "schema changed").stdout

    for part in ("added: city string", "removed: age bigint", 'landfall ack person "schema changed"'):
        assert part in text


def test_one_that_is_not_there(world: World) -> None:
    world.write(State("person", incidents=(CHECK,)))

    result = world.landfall("incidents", "person", "stale")

    assert result.exit_code == 2
    assert result.stderr == 'Error: person has no open incident "stale".\nOpen there: "check failed".\n'


def test_all_is_well(world: World) -> None:
    assert world.landfall("incidents").stdout == "No open incident.\n"
    assert world.landfall("incidents", "persn").stderr.endswith("Did you mean person?\n")


def test_text_of_others_is_not_taken_for_markup(world: World) -> None:
    world.write(State("person", incidents=(incident(cause="[red]column[/red] [bold]"),)))

    assert "[red]column[/red] [bold]" in world.landfall("incidents").stdout
