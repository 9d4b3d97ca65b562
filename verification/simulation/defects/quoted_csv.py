"""Defects of `quoted csv`: what is noticed, and what resolves it."""

from typing import Any

from landfall.model import incident_kinds
from landfall.rules import incidents, quoted_csv
from verification.simulation.defects.seeding import Replacement, defect


@defect
def split_values_are_not_noticed() -> list[Replacement]:
    """Whatever the files of a table have in quotes, nothing opens."""
    return [(quoted_csv, "splits", lambda table: None if table.unquoted and table.unquoted.head is None else False)]


@defect
def files_that_were_not_read_count_as_good() -> list[Replacement]:
    """S3 gives no answer, and the incident is resolved."""
    real = quoted_csv.splits
    return [(quoted_csv, "splits", lambda table: bool(real(table)))]


@defect
def another_table_resolves_split_values() -> list[Replacement]:
    """A later crawl of the pipeline leaves a table that splits nothing, and the first one's incident is over."""
    real = quoted_csv.note

    def note(state: Any, run: Any, step: Any, table: Any, now: float) -> Any:
        noted = real(state, run, step, table, now)
        if table is None or quoted_csv.splits(table) is not False:
            return noted
        return incidents.resolve(noted, (incident_kinds.QUOTED_CSV,), now, "another table")

    return [(quoted_csv, "note", note)]
