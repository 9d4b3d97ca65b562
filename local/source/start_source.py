"""`make source`: PostgreSQL with the table person, and its feeder, for the running engine; `make down` ends both."""

import os
import signal
import sys
from pathlib import Path

from local.source import postgres
from local.source.postgres import PYTHON, PostgresError
from local.source.session import Session
from local.stack import engine_process
from local.stack.stack import Stack

_ROWS = 5000


def main() -> int:
    """Start both, and say how to use them; 1 with one clear message when it cannot be done."""
    stack = Stack.chosen()
    if not engine_process.is_running(stack):
        print(f"No engine of ours runs on {stack.endpoint}: `make up` first.", file=sys.stderr)
        return 1
    if postgres.running(stack):
        print(f"PostgreSQL runs there already: {stack.directory / 'feeder.log'}. `make down` ends it.", file=sys.stderr)
        return 1
    try:
        database = postgres.start(stack, outlives_us=True)
        Session(stack, database).fill(_ROWS)
        environment = os.environ | database.environment | {"LANDFALL_PORT": str(stack.port)}
        command: list[str | Path] = [PYTHON, "-m", "local.source.feeder"]
        log = stack.directory / "feeder.log"
        feeder = postgres.guarded(command, signal.SIGTERM, log, environment, outlives_us=True)
        _file(stack).write_text(str(feeder.pid))
    except PostgresError as error:
        stop(stack)
        print(error, file=sys.stderr)
        return 1
    print(f"PostgreSQL has a table person of {_ROWS:,} rows; the feeder tells Kinesis of every change ({log}).\n")
    print(f"  {postgres.program('psql')} '{database.dsn}'")
    print("  .venv/dev/bin/landfall stream start    # in the shell that has what `make up` printed")
    print('  SELECT * FROM "person-stream-db"."person_current"    -- in Athena, after a crawl')
    print("\n`make down` ends it all.")
    return 0


def stop(stack: Stack) -> bool:
    """End both; False when there were none."""
    file = _file(stack)
    if file.exists():
        pid = int(file.read_text())
        if postgres.is_guard(pid):
            postgres.end(pid)
        file.unlink()
    return postgres.stop(stack)


def _file(stack: Stack) -> Path:
    return stack.directory / "feeder.pid"


if __name__ == "__main__":
    raise SystemExit(main())
