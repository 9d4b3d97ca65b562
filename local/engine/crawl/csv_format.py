"""CSV as Glue's built-in classifier sees it, and as a custom CSV classifier changes it.

Source: "Built-in CSV classifier" and "Writing CSV custom classifiers" in the AWS Glue guide: the delimiters, at least
two columns and two rows, the header rule. Columns without a header are `col0`, `col1` ... in tables of the wild, though
the guide begins at `col1`. What those sources leave open is marked "chosen".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from local.engine.crawl import csv_rows
from local.engine.crawl.formats import Column, Sample, Shape
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import NOTHING, HiveType, merged, widen

LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# what text does not contain; tab, line feeds and \x01, which is a delimiter, apart
_BINARY = re.compile("[\x00\x02-\x08\x0e-\x1f]")

_LONGEST_KEPT = 256

Header = tuple[str, ...]


@dataclass(frozen=True)
class CsvRules:
    """What a custom classifier lays down; the defaults are the built-in one's."""

    delimiter: str | None = None
    quote: str = '"'
    header: str = "UNKNOWN"
    """ContainsHeader: PRESENT, ABSENT or UNKNOWN, which means that the header rule decides."""
    names: Header = ()
    types: tuple[str, ...] = ()
    single_column: bool = False
    trims: bool = True
    serde: str = "None"


@dataclass(frozen=True)
class CsvEvidence:
    """What one file tells about its table."""

    delimiter: str
    quoted: bool
    first_row: tuple[str, ...]
    first: tuple[HiveType, ...]
    """The type of each column in the first row alone."""
    rest: tuple[HiveType, ...]
    """The type of each column without the first row."""
    headed: bool


class CsvFormat:
    """The classifier."""

    def __init__(self, rules: CsvRules | None = None) -> None:
        self._rules = rules or CsvRules()

    def sample(self, document: Document) -> Sample | None:
        """Read the delimiter, the first row and the types from the beginning of a file."""
        text, whole = _text(document)
        # JSON and XML are full of commas, but have classifiers of their own that come first
        if _BINARY.search(text) or text.lstrip().startswith(("{", "[", "<?xml")):
            return None
        found = self._split(text)
        if found is None or len(found.rows) < 2:
            return None
        complete = whole and found.size >= len(text.encode())
        return Sample(
            self._evidence(found, text),
            records=len(found.rows),
            size=found.size,
            total_records=len(found.rows) if complete else None,
        )

    def kind(self, sample: Sample) -> Hashable:
        """Files of one table have one delimiter."""
        evidence: CsvEvidence = sample.evidence
        return evidence.delimiter

    def context(self, samples: Sequence[Sample]) -> list[Header]:
        """The headers among the files, the most frequent first."""
        headed: list[CsvEvidence] = [sample.evidence for sample in samples if sample.evidence.headed]
        counted = Counter(csv_rows.header_names(item.first_row) for item in headed)
        return [header for header, _ in counted.most_common()]

    def columns(self, sample: Sample, context: list[Header]) -> tuple[Column, ...]:
        """A file's columns. Beside files with a header, a file of strings whose first row repeats it has one too."""
        evidence: CsvEvidence = sample.evidence
        own = csv_rows.header_names(evidence.first_row)
        if self._rules.names:
            names, kinds = self._rules.names, evidence.rest
        elif evidence.headed or own in context:
            names, kinds = own, evidence.rest
        else:
            # a file without a header beside files that have one of as many columns (chosen)
            names = next((header for header in context if len(header) == len(evidence.rest)), ())
            kinds = ()
        if not kinds or not self._skips_first_row(evidence, own in context):
            kinds = tuple(widen(*pair) for pair in zip(evidence.first, evidence.rest, strict=True))
        return self._named(names, kinds)

    def combine(self, samples: Sequence[Sample], context: list[Header]) -> Shape:
        """Merge the columns of all files, in the order of first sight; a conflict of types widens."""
        columns = merged((column.name, column.type) for sample in samples for column in self.columns(sample, context))
        evidence: list[CsvEvidence] = [sample.evidence for sample in samples]
        delimiter = evidence[0].delimiter
        parameters = {
            "areColumnsQuoted": "true" if any(item.quoted for item in evidence) else "false",
            "columnsOrdered": "true",
            "delimiter": delimiter,
        }
        if any(self._skips_first_row(item, csv_rows.header_names(item.first_row) in context) for item in evidence):
            parameters["skip.header.line.count"] = "1"
        is_open_csv = self._rules.serde == "OpenCSVSerDe"
        return Shape(
            classification="csv",
            columns=tuple(Column(name, "string" if is_open_csv else kind) for name, kind in columns.items()),
            parameters=parameters,
            serde=OPEN_CSV if is_open_csv else LAZY_SIMPLE,
            # OpenCSVSerDe's are those of a crawled table in the Well-Architected labs' price list
            serde_parameters={"quoteChar": self._rules.quote, "separatorChar": delimiter}
            if is_open_csv
            else {"field.delim": delimiter},
        )

    def _split(self, text: str) -> csv_rows.Rows | None:
        rules = self._rules
        if rules.delimiter is None:
            found = csv_rows.best_split(text, rules.quote)
        else:
            found = csv_rows.split(text, rules.delimiter, rules.quote)
        if found is not None and found.width > 1:
            return found
        if not rules.single_column:
            return None
        return found or csv_rows.split(text, ",", rules.quote)

    def _evidence(self, found: csv_rows.Rows, text: str) -> CsvEvidence:
        first, *others = found.rows
        cells = tuple(cell.strip() for cell in first) if self._rules.trims else tuple(first)
        headed = self._is_header(cells, others, found.width)
        # the header says how many columns there are; without one, most rows do (chosen: Glue is silent on ragged rows)
        width = max(len(cells), found.width) if headed else found.width
        return CsvEvidence(
            delimiter=found.delimiter,
            quoted=csv_rows.has_quoted_cell(text, found.delimiter, self._rules.quote),
            # what is no name is not kept: cells may be as long as the sample
            first_row=tuple(cell[:_LONGEST_KEPT] for cell in cells),
            first=csv_rows.column_kinds([first], width),
            rest=csv_rows.column_kinds(others, width),
            headed=headed,
        )

    def _is_header(self, cells: Header, others: Sequence[Sequence[str]], width: int) -> bool:
        """Glue's rule: names in the first row, and something that is not a string below it."""
        if self._rules.header != "UNKNOWN":
            return self._rules.header == "PRESENT"
        if self._rules.names and csv_rows.header_names(cells) == self._rules.names:
            return True
        below = csv_rows.column_kinds(others, width)
        return csv_rows.could_be_header(cells) and any(kind not in ("string", NOTHING) for kind in below)

    def _skips_first_row(self, evidence: CsvEvidence, repeats_header: bool) -> bool:
        return evidence.headed or (repeats_header and self._rules.header == "UNKNOWN")

    def _named(self, names: Header, kinds: Sequence[HiveType]) -> tuple[Column, ...]:
        types = self._rules.types
        return tuple(
            Column(
                names[index] if index < len(names) else f"col{index}",
                # CustomDatatypes are taken in the order of the columns (chosen: the API does not say)
                types[index] if index < len(types) else kind,
            )
            for index, kind in enumerate(kinds)
        )


def _text(document: Document) -> tuple[str, bool]:
    """The first megabyte without a byte order mark, up to its last whole line; and whether that is all of the file."""
    head, whole = document.head(MEGABYTE), document.is_whole(MEGABYTE)
    text = head.decode("utf-8-sig", errors="replace")
    if not whole or document.broken:
        # the last line may be cut anywhere, within a character too
        text = text[: text.rfind("\n") + 1]
    return text, whole
