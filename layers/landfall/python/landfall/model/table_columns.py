"""The columns of a table as text, as the state keeps them, and the changes between two of these texts.

The text is a JSON list of [name, type] in the table's order; the type of a partition key ends in " (partition key)".
If it is so long that it would fill the state item (400 KB), its hash is kept: a change is detected, but not which.
"""

import hashlib
import json
from collections.abc import Iterable

_BYTES = 64_000  # for all tables of a pipeline together; a column takes some 30 bytes
_HASH = "sha256:"
_LINES, _LINE = 50, 300
_PARTITION_KEY = " (partition key)"

Column = tuple[str, str]


def text_of(columns: Iterable[Column], partition_keys: Iterable[Column], tables: int) -> str:
    """The text of one table; `tables` is the number of tables of the pipeline, which share the space."""
    marked = [(name, kind + _PARTITION_KEY) for name, kind in partition_keys]
    text = json.dumps([*columns, *marked], ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > _BYTES // tables:
        return _HASH + hashlib.sha256(text.encode()).hexdigest()
    return text


def compare(before: str, after: str) -> tuple[str, ...]:
    """Compare two texts: a line for each changed column, empty if there is no change."""
    if before == after:
        return ()
    if before.startswith(_HASH) or after.startswith(_HASH):
        return ("The table is too wide for its columns to be kept; some of them have changed.",)
    old, new = json.loads(before), json.loads(after)
    was, now = dict(old), dict(new)
    lines = [f"added: {name} {kind}" for name, kind in now.items() if name not in was]
    lines += [f"removed: {name} {kind}" for name, kind in was.items() if name not in now]
    lines += [f"type: {name} {was[name]} -> {now[name]}" for name in was if name in now and was[name] != now[name]]
    if not lines:
        lines = [f"order: {_join_names(old)} -> {_join_names(new)}"]
    more = len(lines) - _LINES
    lines = [line if len(line) <= _LINE else line[: _LINE - 1] + "…" for line in lines[:_LINES]]
    return (*lines, f"and {more} more") if more > 0 else tuple(lines)


def _join_names(columns: list[list[str]]) -> str:
    return ", ".join(name for name, _ in columns)
