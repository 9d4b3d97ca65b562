"""Small data sets, each with the catalog entry that Glue makes of it: the crawler's rules as a table."""

from __future__ import annotations

from tests.engine.crawl_cases.case import Case, Expected
from tests.engine.crawl_cases.classifiers import CLASSIFIERS
from tests.engine.crawl_cases.csv_files import CSV_FILES
from tests.engine.crawl_cases.json_files import JSON_FILES
from tests.engine.crawl_cases.layouts import LAYOUTS
from tests.engine.crawl_cases.more_formats import MORE_FORMATS
from tests.engine.crawl_cases.other_files import OTHER_FILES
from tests.engine.crawl_cases.parquet_files import PARQUET_FILES
from tests.engine.crawl_cases.tables import TABLES

CASES: list[Case] = [
    *CSV_FILES,
    *JSON_FILES,
    *OTHER_FILES,
    *PARQUET_FILES,
    *MORE_FORMATS,
    *CLASSIFIERS,
    *LAYOUTS,
    *TABLES,
]

__all__ = ["CASES", "Case", "Expected"]
