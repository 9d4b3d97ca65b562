"""What a file format gives to a crawl. A new format is one more class in the table of formats (see run.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Column:
    """A column of the catalog."""

    name: str
    type: str


@dataclass(frozen=True)
class Shape:
    """What the files of one table have in common."""

    classification: str
    columns: tuple[Column, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    serde: str = ""
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    input_format: str = "org.apache.hadoop.mapred.TextInputFormat"
    output_format: str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


UNKNOWN = Shape(classification="UNKNOWN")
"""Glue's answer when no classifier recognises the data."""


@dataclass(frozen=True)
class Sample:
    """What the beginning of one file tells; `evidence` belongs to the format."""

    evidence: Any
    records: int
    size: int
    """Bytes that the records took."""


class Format(Protocol):
    """One classifier."""

    def sample(self, head: bytes, whole: bool) -> Sample | None:
        """Look at the first bytes of a file (`whole`: at all of them); None if it is of another format."""
        ...

    def combine(self, samples: Sequence[Sample]) -> Shape:
        """The shape of a table made of files that gave these samples."""
        ...
