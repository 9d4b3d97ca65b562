"""The classifiers of a crawl, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from local.engine import ministack_adapter
from local.engine.crawl import foreign
from local.engine.crawl.avro_format import AvroFormat
from local.engine.crawl.csv_format import CsvFormat, CsvRules
from local.engine.crawl.formats import Format, Sample
from local.engine.crawl.grok_format import GrokFormat
from local.engine.crawl.json_format import JsonFormat
from local.engine.crawl.orc_format import OrcFormat
from local.engine.crawl.parquet_format import ParquetFormat
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.xml_format import XmlFormat
from local.engine.errors import CrawlError

_CSV_TYPES = {"LONG": "bigint", "SHORT": "smallint", "DECIMAL": "decimal(38,18)"}


@dataclass(frozen=True)
class Reading:
    """What a classifier made of a file."""

    format: Format
    compression: str
    sample: Sample

    @property
    def kind(self) -> Hashable:
        """What must be equal for files to be of one table: format, compression, and the format's own."""
        return (self.format, self.compression, self.format.kind(self.sample))


class Classifiers:
    """Custom ones first, in the crawler's order, then Glue's built-in order as far as the local engine has it.

    Built-in but missing here, so UNKNOWN: BSON, Ion and the logs.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._parquet = ParquetFormat()
        custom = [_custom(name) for name in names]
        built_in: list[Format] = [AvroFormat(), OrcFormat(), self._parquet, JsonFormat(), XmlFormat(), CsvFormat()]
        self._formats: list[Format] = [*custom, *built_in]

    def read(self, document: Document) -> Reading | None:
        """The first classifier that recognises the file; None is Glue's UNKNOWN."""
        for candidate in self._formats:
            sample = candidate.sample(document)
            if sample is not None:
                return Reading(candidate, document.compression, sample)
        document.broken = document.broken or foreign.reason(document)
        if not document.broken and not document.is_whole(MEGABYTE) and b"\n" not in document.head(MEGABYTE):
            document.broken = "no line ends within its first megabyte"
        return None

    def close(self) -> None:
        """Give back what reading took."""
        self._parquet.close()


def _custom(name: str) -> Format:
    definition = ministack_adapter.classifier(name)
    if definition is None:
        raise CrawlError(f"Classifier {name} not found.")
    for kind, make in _MAKERS.items():
        if kind in definition:
            return make(definition[kind])
    raise CrawlError(f"NOT_SUPPORTED: the local engine does not know the kind of the classifier {name}")


def _csv(definition: dict[str, Any]) -> Format:
    types = definition.get("CustomDatatypes") or [] if definition.get("CustomDatatypeConfigured") else []
    return CsvFormat(
        CsvRules(
            delimiter=definition.get("Delimiter") or None,
            quote=definition.get("QuoteSymbol") or '"',
            header=definition.get("ContainsHeader") or "UNKNOWN",
            names=tuple(name.lower() for name in definition.get("Header") or []),
            types=tuple(_CSV_TYPES.get(kind.upper(), kind.lower()) for kind in types),
            single_column=bool(definition.get("AllowSingleColumn")),
            trims=not definition.get("DisableValueTrimming"),
            serde=definition.get("Serde") or "None",
        )
    )


def _json(definition: dict[str, Any]) -> Format:
    return JsonFormat(str(definition.get("JsonPath") or "$"))


def _xml(definition: dict[str, Any]) -> Format:
    return XmlFormat(definition.get("RowTag") or None)


def _grok(definition: dict[str, Any]) -> Format:
    members = ("Name", "Classification", "GrokPattern", "CustomPatterns")
    return GrokFormat(*(str(definition.get(member) or "") for member in members))


_MAKERS: dict[str, Callable[[dict[str, Any]], Format]] = {
    "CsvClassifier": _csv,
    "JsonClassifier": _json,
    "XMLClassifier": _xml,
    "GrokClassifier": _grok,
}
