"""Quoted CSV that its table splits: a warning to those who read the table, which costs no run (decision 21)."""

import csv
from dataclasses import replace

from landfall.model import incident_kinds
from landfall.model.observations import TableStatus
from landfall.model.pipelines import CrawlStep
from landfall.model.state import Run, State
from landfall.rules import incidents


def note(state: State, run: Run, step: CrawlStep, table: TableStatus | None, now: float) -> State:
    """Open, count or resolve `quoted csv` by the table of a crawl that ends its step; None is a table never read.

    A pipeline has one such incident, of the table that was last seen to split. It is resolved by that table, or by any
    other where the definition names its crawl no longer.
    """
    is_split = splits(table) if table else False
    if is_split is None:
        return state
    if is_split:
        cause = (
            f"The SerDe of the table {step.database}.{step.table} knows no quotes, and a file of it has quoted values "
            "with delimiters in them: Athena splits them, and shifts the columns that follow."
        )
        made = incidents.create(run.definition.name, run.definition, incident_kinds.QUOTED_CSV, cause, now)
        return incidents.record(
            state, replace(made, severity="warning", run_id=run.id, step=step.name, uploads=run.uploads)
        )
    known = incidents.find(state, incident_kinds.QUOTED_CSV)
    crawls = [other.name for other in run.definition.steps if isinstance(other, CrawlStep)]
    if known is None or (table is not None and known.step != step.name and known.step in crawls):
        return state
    by = f"{step.database}.{step.table} splits no quoted values" if table else "the definition has no query_role"
    return incidents.resolve(state, (incident_kinds.QUOTED_CSV,), now, by)


def splits(table: TableStatus) -> bool | None:
    """Whether Athena splits quoted values of this table, by the head of one of its files; None if that is not known."""
    if table.unquoted is None:
        return False
    if table.unquoted.head is None:
        return None
    delimiter = table.unquoted.delimiter
    return any(_is_split(line, delimiter) for line in table.unquoted.head.split("\n"))


def _is_split(line: str, delimiter: str) -> bool:
    """A line alone, since Athena ends a row at each line feed; quotes that do not pair up are text."""
    if '"' not in line:
        return False
    try:
        rows = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
        return any(delimiter in cell for row in rows for cell in row)
    except csv.Error:
        return False
