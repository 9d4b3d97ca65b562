"""`make source`: PostgreSQL with the table person, and its feeder, beside the engine; `make down` ends both."""

import os
import signal
import sys
from pathlib import Path

from local import engine_process
from local.place import Place
from local.source import postgres
from local.source.postgres import PYTHON, PostgresError
from local.source.session import Session

_ROWS = 5000


def main() -> int:
    """Start both, and say how to use them; 1 with one clear message when it cannot be done."""
    place = Place.chosen()
    if not engine_process.is_running(place):
        print(f"No engine of ours runs on {place.endpoint}: `make up` first.", file=sys.stderr)
        return 1
    if postgres.running(place):
        print(f"PostgreSQL runs there already: {place.directory / 'feeder.log'}. `make down` ends it.", file=sys.stderr)
        return 1
    try:
        database = postgres.start(place, outlives_us=True)
        Session(place, database).fill(_ROWS)
        environment = os.environ | database.environment | {"LANDFALL_PORT": str(place.port)}
        command: list[str | Path] = [PYTHON, "-m", "local.source.feeder"]
        log = place.directory / "feeder.log"
        feeder = postgres.guarded(command, signal.SIGTERM, log, environment, outlives_us=True)
        _file(place).write_text(str(feeder.pid))
    except PostgresError as error:
        stop(place)
        print(error, file=sys.stderr)
        return 1
    print(f"PostgreSQL has a table person of {_ROWS:,} rows; the feeder tells Kinesis of every change ({log}).\n")
    print(f"  {postgres.program('psql')} '{database.dsn}'")
    print("  .venv/dev/bin/landfall stream start    # in the shell that has what `make up` printed")
    print('  SELECT * FROM "person-stream-db"."person_current"    -- in Athena, after a crawl')
    print("\n`make down` ends it all.")
    return 0


def stop(place: Place) -> bool:
    """End both; False when there were none."""
    file = _file(place)
    if file.exists():
        pid = int(file.read_text())
        if postgres.is_guard(pid):
            postgres.end(pid)
        file.unlink()
    return postgres.stop(place)


def _file(place: Place) -> Path:
    return place.directory / "feeder.pid"


if __name__ == "__main__":
    raise SystemExit(main())
