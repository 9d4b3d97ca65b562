"""ORC by its footer. Source of the entry: crawled tables of OpenStreetMap's public data; types have Hive's names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from local.engine import orc_files
from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import Document
from local.engine.crawl.types import Array, HiveType, Map, Struct, merged
from local.engine.orc_files import Described, OrcError

_MAGIC = b"ORC"
_SERDE = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
_INPUT = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"
# Athena reads no union, and has one type for instants (chosen)
_OTHERWISE = {"uniontype": "string", "timestamp with local time zone": "timestamp"}


class OrcFormat:
    """The classifier."""

    def sample(self, document: Document) -> Sample | None:
        """Read the footer; a file that was written by half has none."""
        if document.raw(0, len(_MAGIC)) != _MAGIC:
            return None
        try:
            with document.open() as body:
                kind, rows = orc_files.schema(body, document.size)
        except OrcError as error:
            document.broken = f"the ORC footer cannot be read: {error}"
            return None
        columns = _columns(kind)
        return Sample(columns, records=rows, size=document.size, total_records=rows)

    def kind(self, sample: Sample) -> Hashable:
        """All ORC is alike."""
        return None

    def context(self, samples: Sequence[Sample]) -> None:
        """Files of ORC say nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """The columns of the footer."""
        columns: tuple[Column, ...] = sample.evidence
        return columns

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """Merge the columns of all files, in the order of first sight; a conflict of types widens."""
        columns = merged((column.name, column.type) for sample in samples for column in sample.evidence)
        return Shape(
            classification="orc",
            columns=tuple(Column(name, kind) for name, kind in columns.items()),
            serde=_SERDE,
            input_format=_INPUT,
            output_format=_OUTPUT,
        )


def _columns(schema: Described) -> tuple[Column, ...]:
    """The root's fields; names in lower case, as the catalog folds them."""
    folded = merged((name.lower(), _type(kind)) for name, kind in schema.get("fields", []))
    return tuple(Column(name, kind) for name, kind in folded.items())


def _type(kind: Described) -> HiveType:
    if kind["name"] == "struct":
        return Struct(tuple((name, _type(field)) for name, field in kind["fields"]))
    if kind["name"] == "array":
        return Array(_type(kind["element"]))
    if kind["name"] == "map":
        return Map(_type(kind["key"]), _type(kind["value"]))
    return _OTHERWISE.get(kind["name"], str(kind["text"]))
