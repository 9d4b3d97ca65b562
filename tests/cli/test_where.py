"""`landfall where`: what it asks S3 and the state table, and how it says it."""

import boto3
import pytest

from landfall.model.state import Failure, State, Uploads
from tests.cli.conftest import BUCKET, PREFIX, World, record
from verification.examples.builders import run

KEY = f"{PREFIX}mine.csv"
URI = f"s3://{BUCKET}/{KEY}"


def test_it_is_in_the_table_by_the_run_that_had_it(world: World) -> None:
    at = world.land(KEY)
    had_it = record(started_at=at + 5)
    world.write(State("person", last_run_started_at=at + 5), record(2, at - 500), had_it)

    result = world.landfall("where", URI)

    assert result.exit_code == 0
    assert "In the table person-db._dataprofile since" in result.stdout
    told = world.json("where", URI)
    assert (told["inTable"], told["certain"], told["run"]["run"]) == (True, True, had_it.id)
    assert told["tables"] == [{"database": "person-db", "table": "_dataprofile"}]


def test_what_is_not_in_the_table_yet_has_an_exit_code_of_its_own(world: World) -> None:
    world.land(KEY)

    result = world.landfall("where", URI)

    assert result.exit_code == 3
    assert "its event is on its way" in result.stdout


def test_it_waits_during_a_run_or_in_a_pause(world: World) -> None:
    at = world.land(KEY)
    pending = Uploads(1, at, at, (KEY,))

    world.write(State("person", pending=pending, run=run(started_at=at - 50)))
    assert "the next one, right after, takes it over" in world.landfall("where", URI).stdout

    world.write(State("person", pending=pending, paused=True))
    assert "landfall resume person" in world.landfall("where", URI).stdout


def test_a_failed_run_is_named_with_its_cause_and_what_to_do(world: World) -> None:
    at = world.land(KEY)
    failure = Failure("crawl failed", "Database person-db not found", "crawl person-crawler")
    world.write(State("person"), record(started_at=at + 5, outcome="failed", failure=failure))

    result = world.landfall("where", URI)

    assert result.exit_code == 3
    assert "crawl failed: Database person-db not found" in result.stdout
    assert "landfall run person" in result.stdout


def test_an_object_that_nobody_heard_of_for_long_is_a_matter_for_on_call(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = world.land(KEY)
    monkeypatch.setattr("landfall_cli.commands.where.time.time", lambda: at + 3600)

    text = world.landfall("where", URI).stdout

    assert "has not heard of it although it landed 1 h ago" in text
    assert "landfall redrive" in text


def test_an_upload_in_parts_says_what_is_not_known(world: World) -> None:
    s3 = boto3.client("s3")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=KEY)["UploadId"]
    part = s3.upload_part(Bucket=BUCKET, Key=KEY, UploadId=upload, PartNumber=1, Body=b"a")
    parts = [{"ETag": part["ETag"], "PartNumber": 1}]
    s3.complete_multipart_upload(Bucket=BUCKET, Key=KEY, UploadId=upload, MultipartUpload={"Parts": parts})  # type: ignore[typeddict-item]
    at = s3.head_object(Bucket=BUCKET, Key=KEY)["LastModified"].timestamp()
    world.write(State("person"), record(started_at=at + 500))

    result = world.landfall("where", URI)

    assert result.exit_code == 0
    assert "S3 tells only when it began" in " ".join(result.stdout.split())


def test_what_is_not_data_says_why(world: World) -> None:
    world.land(f"{PREFIX}notes.txt")
    world.land(f"{PREFIX}new/", b"")

    assert "keys that end in .csv only" in world.landfall("where", f"s3://{BUCKET}/{PREFIX}notes.txt").stdout
    assert "folder marker" in world.landfall("where", f"s3://{BUCKET}/{PREFIX}new/").stdout
    assert world.json("where", f"s3://{BUCKET}/{PREFIX}notes.txt")["place"] == "not data"


def test_keys_are_taken_as_they_are(world: World) -> None:
    world.land(f"{PREFIX}a+b %41 客户.csv")

    assert world.landfall("where", f"s3://{BUCKET}/{PREFIX}a+b %41 客户.csv").exit_code == 3


def test_the_longest_prefix_covers(world: World) -> None:
    step = {"crawl": "inner-crawler", "database": "d", "table": "t"}
    world.define("inner", prefix=f"{PREFIX}inner/", steps=[step])
    world.land(f"{PREFIX}inner/a.csv")

    assert world.json("where", f"s3://{BUCKET}/{PREFIX}inner/a.csv")["pipeline"] == "inner"


@pytest.mark.parametrize(
    ("uri", "code", "said"),
    [
        ("data/a.csv", 2, "is not the address of an object"),
        ("s3://landfall-lake", 2, "is not the address of an object"),
        (f"s3://{BUCKET}/elsewhere/a.csv", 1, "In this bucket there are: data/dataprofile/ (person)."),
        ("s3://another/a.csv", 1, "No pipeline watches the bucket another"),
        (URI, 1, "There is no object"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(world: World, uri: str, code: int, said: str) -> None:
    result = world.landfall("where", uri)

    assert result.exit_code == code
    assert said in result.stderr


def test_an_invalid_definition_may_be_why_nothing_covers_it(world: World) -> None:
    world.define_as("broken", "{")

    assert "Definitions that are invalid: broken." in world.landfall("where", "s3://another/a.csv").stderr
