"""What a file format gives to a crawl. A new format is one more class in the list of classifiers.py."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.engine.crawl.reading import Document
from local.engine.crawl.types import HiveType

TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True)
class Column:
    """A column of the catalog."""

    name: str
    type: HiveType


@dataclass(frozen=True)
class Shape:
    """What the files of one table, or of one partition, have in common."""

    classification: str
    columns: tuple[Column, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    serde: str = ""
    serde_parameters: Mapping[str, str] = field(default_factory=dict)
    input_format: str = TEXT_INPUT
    output_format: str = TEXT_OUTPUT


UNKNOWN = Shape(classification="UNKNOWN", input_format="", output_format="")
"""Glue's answer when no classifier recognises the data: a table without columns and without a SerDe."""


@dataclass(frozen=True)
class Sample:
    """What was read of one file tells; `evidence` belongs to the format."""

    evidence: Any
    records: int
    size: int
    """Bytes that the records took, uncompressed."""
    total_records: int | None = None
    """Records of the whole file, where the format says it."""


class Format(Protocol):
    """One classifier."""

    def sample(self, document: Document) -> Sample | None:
        """Look into a file; None if it is of another format."""
        ...

    def kind(self, sample: Sample) -> Hashable:
        """What must be equal for files to be of one table, such as CSV's delimiter."""
        ...

    def context(self, samples: Sequence[Sample]) -> Any:
        """What files tell about each other, such as CSV's headers."""
        ...

    def columns(self, sample: Sample, context: Any) -> tuple[Column, ...]:
        """The columns of one file among others."""
        ...

    def combine(self, samples: Sequence[Sample], context: Any) -> Shape:
        """The shape of a table made of files that gave these samples."""
        ...
