"""All output of the command line: tables for people, JSON for programs, progress on stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from landfall_cli.errors import CommandError

GOOD, BAD, WARN, QUIET = "green", "bold red", "yellow", "dim"
SEVERITIES = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "cyan"}
# A pipe has no width of its own: lines are not cut to that of a terminal.
_WIDTH_OF_A_PIPE = 160


class Output:
    """One command's output. Colours only for terminals, and never with NO_COLOR."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
        self.console = Console(highlight=False, width=width, soft_wrap=False)
        self._progress = Console(stderr=True, highlight=False)

    def json(self, value: Any) -> None:
        """One document, indented."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def json_line(self, value: Any) -> None:
        """One document on one line, flushed at once."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def say(self, *parts: str | Text | tuple[str, str]) -> None:
        """One line of text; markup in data is not interpreted."""
        self.console.print(Text.assemble(*parts))

    def line(self, text: Text, indent: int) -> None:
        """One line; on a terminal, what does not fit continues on the next lines, indented."""
        if not self.console.is_terminal:
            self.console.print(text, soft_wrap=True)
            return
        first, *rest = text.wrap(self.console, self.console.width)
        self.console.print(first)
        if rest:
            following = text[len(first.plain) :]
            following = following[len(following.plain) - len(following.plain.lstrip()) :]
            for part in following.wrap(self.console, max(self.console.width - indent, 20)):
                self.console.print(Text(" " * indent) + part)

    def table(self, *columns: str) -> Table:
        """A table that fits 80 columns: no frame, one blank between columns."""
        made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            name = column.removeprefix(">")
            made.add_column(name, justify="right" if column != name else "left", overflow="fold")
        return made

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Show on a terminal what is being waited for; the line disappears at the end."""
        if self.as_json or not self._progress.is_terminal:
            yield
            return
        with self._progress.status(text):
            yield


def show_error(error: CommandError) -> None:
    """Print what is wrong, and on the next line what to do."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("Error: ", BAD), error.problem))
    if error.next_step:
        console.print(Text(error.next_step))
