"""`make diagrams`: the state machines of docs/architecture.md, from the tables that the rules move by."""

import sys

from landfall.rules.state_machines import NO_RUN, RUN, STREAM, Table
from local.stack.stack import ROOT

PAGE = ROOT / "docs" / "architecture.md"
_TABLES = {"run": (RUN, NO_RUN), "stream": (STREAM, "stopped")}


def main() -> int:
    """Write the page again."""
    PAGE.write_text(drawn(PAGE.read_text()))
    return 0


def drawn(page: str) -> str:
    """The page with each machine between its two marks."""
    for name, (table, start) in _TABLES.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        machine = "\n".join([begin, "```mermaid", *diagram(table, start), "```", "", *rows(table), end])
        assert page.count(begin) == page.count(end) == 1, f"{PAGE.name} has the marks of {name} not once"
        before, _, rest = page.partition(begin)
        page = before + machine + rest.partition(end)[2]
    return page


def diagram(table: Table, start: str) -> list[str]:
    """A Mermaid state diagram. Moves are numbered: their reasons would cover one another in the picture."""
    lines = ["stateDiagram-v2", "  direction LR", f"  [*] --> {_id(start)}"]
    lines += [f"  {_id(status)}: {status}" for status in table if _id(status) != status]
    moves = enumerate(_moves(table), start=1)
    return [*lines, *(f"  {_id(before)} --> {_id(after)}: {number}" for number, (before, after, _) in moves)]


def rows(table: Table) -> list[str]:
    """The moves by their numbers, as a Markdown table."""
    moves = enumerate(_moves(table), start=1)
    return [
        "| | from | to | when |", "| --- | --- | --- | --- |",
        *(f"| {number} | {before} | {after} | {reason} |" for number, (before, after, reason) in moves),
    ]  # fmt: skip


def _moves(table: Table) -> list[tuple[str, str, str]]:
    return [(before, after, reason) for before, moves in table.items() for after, reason in moves.items()]


def _id(status: str) -> str:
    return status.replace(" ", "_")


if __name__ == "__main__":
    sys.exit(main())
