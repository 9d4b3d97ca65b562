"""What a crawl found, as values of the catalog: read at the start of a crawl, written at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Finding:
    """One table with its partitions, as TableInput and PartitionInputs."""

    table: Mapping[str, Any]
    partitions: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Findings:
    """All that a crawl found."""

    tables: list[Finding] = field(default_factory=list)
    additions: list[Finding] = field(default_factory=list)
    """New partitions of tables that are in the catalog, which a crawl of new folders adds."""
    locations: list[str] = field(default_factory=list)
    """The targets."""
    folders: set[str] = field(default_factory=set)
    """The locations of all folders with data, which the next crawl of new folders leaves out."""

    def covers(self, location: str) -> bool:
        """Whether a table's location is in a target of this crawl."""
        return any(f"{location}/".startswith(target.rstrip("/") + "/") for target in self.locations)
