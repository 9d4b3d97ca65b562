"""The form of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# where a rule comes from
GUIDE = "the AWS Glue guide"
POST = "re:Post knowledge center, How does the AWS Glue crawler detect the schema?"
DUMPS = "tables of real crawlers in public repositories"
ATHENA = "the Athena guide"
CHOSEN = "chosen: no source says what Glue does"

Rows = list[tuple[str | None, ...]]

FOLDER = "lake/things/"
"""Keys of a case are relative to this folder, which the crawler has as its target."""


@dataclass(frozen=True)
class Expected:
    """A table of the catalog, and what Athena reads from it."""

    columns: str
    """`name type` pairs, with a comma and a space between them."""
    rows: Rows | None = None
    """In any order. None: Athena cannot read the table, and `unreadable` says why."""
    unreadable: str = ""
    name: str = "things"
    format: str = "csv"
    """The classification."""
    location: str = FOLDER
    keys: tuple[str, ...] = ()
    partitions: tuple[tuple[str, ...], ...] = ()
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    """Some of the table's parameters; None stands for one that it must not have."""
    serde: Mapping[str, str] | None = None
    """The SerDe's parameters."""

    @property
    def column_list(self) -> list[tuple[str, str]]:
        """Names and types."""
        pairs = [pair.rpartition(" ") for pair in self.columns.split(", ")] if self.columns else []
        return [(name, kind) for name, _, kind in pairs]


@dataclass(frozen=True)
class Case:
    """Files, a crawler, and what the crawl makes of them."""

    says: str
    """The rule in one line."""
    source: str
    files: Mapping[str, str | bytes]
    tables: tuple[Expected, ...]
    crawler: Mapping[str, Any] = field(default_factory=dict)
    """What the crawler has beyond its one target."""
    targets: tuple[Mapping[str, Any], ...] = ({"Path": FOLDER},)
    """Paths are relative to the bucket."""
    classifiers: tuple[Mapping[str, Any], ...] = ()


def one(says: str, source: str, body: str | bytes, expected: Expected, key: str = "file") -> Case:
    """A case of one file and one table."""
    return Case(says, source, {key: body}, (expected,))
