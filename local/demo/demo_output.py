"""How the demo's tables and its waiting look on a terminal."""

import time
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from local.demo.queries import Row
from local.stack.clients import Clients

Answer = tuple[str, tuple[str, ...], list[Row]]


def waiting(clients: Clients, job: str, since: float) -> str:
    """What goes on right now, in a line; `since` is of the monotonic clock."""
    runs = clients.glue.get_job_runs(JobName=job, MaxResults=1)["JobRuns"]
    doing = "the crawler reads"
    if runs:
        state = runs[0]["JobRunState"]
        doing = "the curated rows are crawled and checked" if state == "SUCCEEDED" else f"Spark, job {job}: {state}"
    return f"{time.monotonic() - since:.0f} s: {doing} …"


def schema(console: Console, clients: Clients, database: str, name: str) -> None:
    """What a crawler left in the catalog."""
    found: dict[str, Any] = dict(clients.glue.get_table(DatabaseName=database, Name=name)["Table"])
    storage, parameters = found["StorageDescriptor"], found["Parameters"]
    console.print(f"\nWhat the crawler left in the catalog, [bold]{database}.{name}[/bold]:")
    table = Table("column", "type")
    for column in storage["Columns"]:
        table.add_row(column["Name"], column["Type"])
    console.print(table)
    console.print(
        f"{parameters['classification']}, delimiter {parameters['delimiter']!r}, about {parameters['recordCount']} "
        f"records in {parameters['objectCount']} object(s), at {storage['Location']}",
        soft_wrap=True,
    )


def side_by_side(console: Console, answers: Iterable[Answer]) -> None:
    """Athena's answers to queries, next to each other where the terminal is wide enough."""
    made = [_table(*answer) for answer in answers]
    console.print("\nAthena:")
    if sum(console.measure(table).maximum for table in made) + 2 > console.width:
        console.print(*made, sep="\n")
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_row(*made)
    console.print(grid)


def _table(sql: str, columns: tuple[str, ...], rows: list[Row]) -> Table:
    table = Table(title=sql, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        is_number = all((row[number] or "").lstrip("-").isdigit() for row in rows)
        table.add_column(column, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(cell if cell is not None else "NULL" for cell in row))
    return table
