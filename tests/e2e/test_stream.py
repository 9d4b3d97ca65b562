"""A PostgreSQL table and its changes reach Athena while the streaming job is killed twice and the feeder once.

Needs PostgreSQL and Spark. The same as `make demo-stream CHAOS=1`, with less of everything.
"""

import time
from collections.abc import Iterator

import pytest

from local.demo import streaming
from local.source import postgres
from local.source.chaos import chaos
from local.source.session import Session, session
from local.source.stream_output import Landed, current, differences
from local.spark import environment
from local.stack.polling import until
from tests.e2e.conftest import Landfall

pytestmark = [
    pytest.mark.fresh("the changes that it writes stay in Kinesis"),
    pytest.mark.engine,
    pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing()),
    pytest.mark.skipif(
        not environment.is_ready(), reason="Spark's environment is not there: run `make setup-spark`"
    ),
]  # fmt: skip

ROWS, CHANGES, RATE, SEED = 300, 600, 25, 7
SECONDS = 240  # on a busy machine; alone it takes a quarter of that


@pytest.fixture
def source(landfall: Landfall) -> Iterator[Session]:
    """A source whose changes the streaming job reads; the job has ended when the next test begins."""
    with session(landfall.stack) as made:
        yield made
    streaming.stop(landfall.stack)
    until(lambda: landfall.is_done(streaming.PIPELINE), SECONDS, "the stream's last run to end")


def test_the_view_shows_the_table_whatever_was_killed_on_the_way(landfall: Landfall, source: Session) -> None:
    landed, told = Landed(landfall.clients), list[str]()
    source.fill(ROWS, SEED)
    source.start_feeder()
    streaming.start(landfall.stack)
    changing = source.change(CHANGES, rate=RATE, seed=SEED)
    troubles = chaos(landfall.stack, landfall.clients, source, landed, CHANGES, told.append)

    deadline = time.monotonic() + SECONDS
    while next(troubles, troubles) is None or not changing.is_done() or not has_landed(landed, source, changing.counts):
        assert time.monotonic() < deadline, f"{len(landed.changes)} of {changing.counts} landed; {told}"
        source.check_feeder()
        landed.look()
        time.sleep(0.2)
    ended = streaming.landfall(landfall.stack, "run", streaming.PIPELINE, "--wait", "--timeout", str(SECONDS))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(told) == 3
    assert changing.counts["changes"] >= CHANGES
    rows = source.rows()
    assert len(rows) > ROWS
    assert not differences(rows, current(landfall.clients))


def has_landed(landed: Landed, source: Session, told: dict[str, int]) -> bool:
    """Whether every row of the load and every change is in a file."""
    loaded = source.loaded()
    return loaded is not None and len(landed.loads) >= loaded and len(landed.changes) >= told["changes"]
