"""`make demo`: a CSV lands, a table answers, and nothing is left behind."""

import csv
import sys
import time
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from local import engine_process
from local.clients import Clients
from local.deploy import DeployError
from local.engine_process import EngineError
from local.observer import Observer
from local.place import ROOT, Place
from local.queries import QueryError, Row, ask, sql_of
from local.timeline import Timeline
from local.up import bring_up

_FILE = ROOT / "local" / "data" / "profile_data.csv"
_FOLDER = "data/dataprofile/"
_DATABASE, _TABLE = "person-db", "_dataprofile"
_SECONDS = 60


class DemoError(Exception):
    """Something did not come out as it must."""


def main() -> int:
    """Run the demo on an engine of its own; 0 only when Athena's answer equals the file."""
    place, console = Place.chosen(), Console(highlight=False)
    if engine_process.is_running(place):
        print(
            f"An engine of yours runs on {place.endpoint}, and the demo would end it. Use `make down` first, "
            f"or another port: LANDFALL_PORT={place.port + 1} make demo",
            file=sys.stderr,
        )
        return 1
    try:
        bring_up(place, console, outlives_us=False)
        _show(Clients(place), console)
    except (EngineError, DeployError, DemoError, QueryError, TimeoutError) as error:
        print(f"The demo failed: {error}\nLogs: {place.directory}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        engine_process.stop(place)
    console.print(f"\nThe engine on {place.endpoint} has ended; nothing is left running.")
    return 0


def _show(clients: Clients, console: Console) -> None:
    started = time.monotonic()
    observer = Observer(clients)
    with _FILE.open(newline="") as file:
        names, *lines = csv.reader(file)
    key = _FOLDER + _FILE.name
    bucket = clients.outputs["LakeBucketName"]
    timeline = Timeline(console, partial(sql_of, clients))
    clients.s3.upload_file(str(_FILE), bucket, key)
    timeline.add("S3", f"{_FILE.name} landed in s3://{bucket}/{_FOLDER}", f"{len(lines)} rows")
    _follow(observer, timeline)
    _print_schema(clients, console)
    statement = f'SELECT * FROM "{_DATABASE}"."{_TABLE}" LIMIT 10'  # noqa: S608  # constants
    columns, rows = ask(clients, statement)
    _print_rows(console, statement, columns, rows)
    console.print(f"\nFrom the upload to these rows: [bold]{time.monotonic() - started:.1f} s[/bold]")
    _compare(clients, console, tuple(names), [tuple(line) for line in lines])


def _follow(observer: Observer, timeline: Timeline) -> None:
    """Print each event as it comes, until the dataset is ready or the run has failed."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        for event in observer.hear():
            timeline.add_event(event)
            if event["detail-type"] == "Run Failed":
                raise DemoError(f"the run failed: {event['detail']['cause']}")
            if event["detail-type"] == "Dataset Ready":
                return
    raise DemoError(f"no Dataset Ready within {_SECONDS} s")


def _print_schema(clients: Clients, console: Console) -> None:
    found: dict[str, Any] = dict(clients.glue.get_table(DatabaseName=_DATABASE, Name=_TABLE)["Table"])
    storage, parameters = found["StorageDescriptor"], found["Parameters"]
    console.print(f"\nWhat the crawler left in the catalog, [bold]{_DATABASE}.{_TABLE}[/bold]:")
    table = Table()
    for heading in ("column", "type"):
        table.add_column(heading)
    for column in storage["Columns"]:
        table.add_row(column["Name"], column["Type"])
    console.print(table)
    console.print(
        f"{parameters['classification']}, delimiter {parameters['delimiter']!r}, about {parameters['recordCount']} "
        f"records in {parameters['objectCount']} object(s), at {storage['Location']}",
        soft_wrap=True,
    )


def _print_rows(console: Console, statement: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    console.print(f"\nAthena, [bold]{statement}[/bold]:", soft_wrap=True)
    table = Table()
    for column in columns:
        table.add_column(column, justify="right" if column == "age" else "left")
    for row in rows:
        table.add_row(*(cell if cell is not None else "NULL" for cell in row))
    console.print(table)


def _compare(clients: Clients, console: Console, names: tuple[str, ...], lines: list[tuple[str, ...]]) -> None:
    """The seeds promise it: results match the data originally uploaded."""
    columns, rows = ask(clients, f'SELECT * FROM "{_DATABASE}"."{_TABLE}"')  # noqa: S608  # constants
    if columns != names or sorted(map(str, rows)) != sorted(map(str, lines)):
        raise DemoError(f"Athena's {len(rows)} rows of {columns} are not the {len(lines)} lines of the file {names}")
    console.print(f"[green]Athena's answer equals the uploaded file: {len(rows)} rows of {len(lines)}.[/green]")


if __name__ == "__main__":
    raise SystemExit(main())
