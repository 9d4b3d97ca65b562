"""Logs as a grok classifier sees them.

Source: the AWS Glue guide, "Writing grok custom classifiers". At least half of the lines must match (chosen: the guide
speaks of certainty only).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, MOST_RECORDS, Document
from local.engine.crawl.types import merged
from local.engine.errors import CrawlError
from local.engine.grok import Grok, GrokError

SERDE = "com.amazonaws.glue.serde.GrokSerDe"
_LEAST_MATCHING = 0.5
_TYPES = {"byte": "tinyint", "short": "smallint", "long": "bigint", "int": "int", "boolean": "boolean"}
_TYPES |= {"double": "double", "float": "float", "string": "string", "": "string"}


class GrokFormat:
    """The classifier."""

    def __init__(self, name: str, classification: str, pattern: str, custom: str) -> None:
        self._classification = classification
        self._pattern = pattern
        self._custom = custom
        try:
            self._grok = Grok(pattern, custom)
        except GrokError as error:
            raise CrawlError(f"Classifier {name}: {error}") from error
        unknown = [field.kind for field in self._grok.fields if field.kind.lower() not in _TYPES]
        if unknown:
            raise CrawlError(f"Classifier {name}: the type {unknown[0]} is not known")

    def sample(self, document: Document) -> Sample | None:
        """Match the lines of the first megabyte."""
        whole = document.is_whole(MEGABYTE)
        text = document.head(MEGABYTE).decode("utf-8-sig", errors="replace")
        if not whole or document.broken:
            text = text[: text.rfind("\n") + 1]
        lines = [line for line in text.replace("\r\n", "\n").split("\n") if line][:MOST_RECORDS]
        matching = sum(self._grok.match(line) is not None for line in lines)
        if not matching or matching < _LEAST_MATCHING * len(lines):
            return None
        size = sum(len(line.encode()) + 1 for line in lines)
        return Sample(None, records=len(lines), size=size, total_records=len(lines) if whole else None)

    def kind(self, sample: Sample) -> Hashable:
        """Whatever a classifier matches is alike."""
        return None

    def context(self, samples: Sequence[Sample]) -> None:
        """Logs say nothing about each other."""

    def columns(self, sample: Sample, context: None) -> tuple[Column, ...]:
        """The pattern's fields, in their order; strings unless they are given a type."""
        folded = merged((field.name.lower(), _TYPES[field.kind.lower()]) for field in self._grok.fields)
        return tuple(Column(name, kind) for name, kind in folded.items())

    def combine(self, samples: Sequence[Sample], context: None) -> Shape:
        """The table that the classifier describes."""
        custom = {"input.grokCustomPatterns": self._custom} if self._custom else {}
        return Shape(
            classification=self._classification,
            columns=self.columns(samples[0], context),
            parameters={"grokPattern": self._pattern},
            serde=SERDE,
            serde_parameters={"input.format": self._pattern, **custom},
        )
