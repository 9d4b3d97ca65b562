"""`make demo`: a CSV lands, a table answers, a Spark job curates it, a second table answers; nothing is left behind."""

import csv
import sys
import time
from decimal import Decimal
from functools import partial
from pathlib import Path

from rich.console import Console

from local.commands.up import bring_up
from local.data import expected
from local.demo import demo_output
from local.demo.observer import Observer
from local.demo.queries import QueryError, ask, sql_of
from local.demo.timeline import Timeline
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import DeployError
from local.stack.engine_process import EngineError
from local.stack.stack import ROOT, Stack

_FILE = ROOT / "local" / "data" / "profile_data.csv"
_FOLDER = "data/dataprofile/"
_DATABASE, _RAW, _CURATED = "person-db", "_dataprofile", "person"
_JOB = "person-curate"
_SECONDS = 180


class DemoError(Exception):
    """Something did not come out as it must."""


def main() -> int:
    """Run the demo on an engine of its own; 0 only when both tables' answers are what the file says."""
    stack, console = Stack.chosen(), Console(highlight=False)
    if engine_process.is_running(stack):
        print(
            f"An engine of yours runs on {stack.endpoint}, and the demo would end it. Use `make down` first, "
            f"or another port: LANDFALL_PORT={stack.port + 1} make demo",
            file=sys.stderr,
        )
        return 1
    try:
        bring_up(stack, console, outlives_us=False)
        _Demo(Clients(stack), console).run()
    except (EngineError, DeployError, DemoError, QueryError, TimeoutError) as error:
        print(f"The demo failed: {error}\nLogs: {stack.directory}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        engine_process.stop(stack)
    console.print(f"\nThe engine on {stack.endpoint} has ended; nothing is left running.")
    return 0


class _Demo:
    """One upload, followed to its two tables."""

    def __init__(self, clients: Clients, console: Console) -> None:
        self._clients, self._console = clients, console
        self._observer = Observer(clients)
        self._timeline = Timeline(console, partial(sql_of, clients))
        self._started = 0.0

    def run(self) -> None:
        """Raises DemoError where anything is not as promised."""
        self._upload(_FILE)
        raw_after = self._follow("checks of the raw table", until_check=True)
        try:
            all_after = self._follow("dataset ready")
        except DemoError:
            self._show(_RAW)  # what does not need the job is there all the same
            self._compare_raw()
            raise
        self._show(_RAW, _CURATED)
        self._compare_raw()
        self._compare_curated()
        self._console.print(
            f"\nFrom the upload to the raw table: [bold]{raw_after:.1f} s[/bold], to the curated one: "
            f"[bold]{all_after:.1f} s[/bold]"
        )

    def _upload(self, file: Path) -> None:
        bucket = self._clients.outputs["LakeBucketName"]
        rows = len(file.read_text().splitlines()) - 1
        self._started = time.monotonic()
        self._clients.s3.upload_file(str(file), bucket, _FOLDER + file.name)
        self._timeline.add("S3", f"{file.name} landed in s3://{bucket}/{_FOLDER}", f"{rows} rows")

    def _follow(self, what: str, *, until_check: bool = False) -> float:
        """Print events as they come, until a check has succeeded or the dataset is ready; seconds since the upload."""
        deadline = time.monotonic() + _SECONDS
        with self._console.status("") as status:
            while time.monotonic() < deadline:
                status.update(demo_output.waiting(self._clients, _JOB, since=self._started))
                for event in self._observer.hear():
                    self._timeline.add_event(event)
                    if event["detail-type"] == "Run Failed":
                        raise DemoError(f"the run failed: {event['detail']['cause']}")
                    checked = event["detail"].get("currentState") == "SUCCEEDED"
                    if event["detail-type"] == "Dataset Ready" or (until_check and checked):
                        return time.monotonic() - self._started
        raise DemoError(f"no {what} within {_SECONDS} s")

    def _show(self, *tables: str) -> None:
        demo_output.schema(self._console, self._clients, _DATABASE, _RAW)
        statements = [f'SELECT * FROM "{_DATABASE}"."{table}" LIMIT 10' for table in tables]  # noqa: S608  # constants
        demo_output.side_by_side(self._console, [(sql, *ask(self._clients, sql)) for sql in statements])

    def _compare_raw(self) -> None:
        """The seeds promise it: results match the data originally uploaded."""
        with _FILE.open(newline="") as file:
            names, *lines = csv.reader(file)
        columns, rows = ask(self._clients, f'SELECT * FROM "{_DATABASE}"."{_RAW}"')  # noqa: S608  # constants
        if list(columns) != names or sorted(map(list, rows), key=str) != sorted(lines, key=str):
            raise DemoError(
                f"Athena's {len(rows)} rows of {columns} are not the {len(lines)} lines of the file {names}"
            )
        self._console.print(
            f"\n[green]Raw: Athena's answer equals the uploaded file, {len(rows)} rows of {len(lines)}.[/green]"
        )

    def _compare_curated(self) -> None:
        """Rows and the sum of ages, against what plain Python works out from the raw file."""
        truth = expected.persons([_FILE])
        sql = f'SELECT count(*), sum(age) FROM "{_DATABASE}"."{_CURATED}"'  # noqa: S608  # constants
        rows, total = ask(self._clients, sql)[1][0]
        if (int(rows or 0), Decimal(total or 0)) != (truth.rows, truth.total):
            raise DemoError(f"the curated table has {rows} rows and ages of {total}; the file makes {truth}")
        self._console.print(
            f"[green]Curated: {rows} rows, ages of {total} in all, as plain Python works out from the file.[/green]"
        )


if __name__ == "__main__":
    raise SystemExit(main())
