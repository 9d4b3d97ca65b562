"""Statements that are no queries: each pattern and what runs it. The first that fits is taken."""

from __future__ import annotations

import re
from collections.abc import Callable

from local.engine.athena.results import Result
from local.engine.athena.session import Run
from local.engine.athena.statements import definitions, explain, prepared, shows, views, writes

Handler = Callable[[Run, str], Result]
_START = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*"


def _words(text: str) -> re.Pattern[str]:
    return re.compile(_START + text.replace(" ", r"\s+") + r"\b", re.IGNORECASE | re.DOTALL)


HANDLERS: tuple[tuple[re.Pattern[str], Handler], ...] = tuple(
    (_words(words), handler)
    for words, handler in (
        ("SHOW (?:DATABASES|SCHEMAS)", shows.databases),
        ("SHOW TABLES", shows.tables),
        ("SHOW VIEWS", shows.views),
        ("SHOW COLUMNS", shows.columns),
        ("SHOW PARTITIONS", shows.partitions),
        ("SHOW CREATE TABLE", shows.create_table),
        ("SHOW CREATE VIEW", shows.create_view),
        ("SHOW TBLPROPERTIES", shows.properties),
        ("(?:DESCRIBE|DESC)", shows.describe),
        ("CREATE (?:OR REPLACE )?VIEW", views.create),
        ("DROP VIEW", views.drop),
        ("CREATE (?:DATABASE|SCHEMA)", definitions.create_database),
        ("DROP (?:DATABASE|SCHEMA)", definitions.drop_database),
        ("CREATE EXTERNAL TABLE", definitions.create_table),
        ("DROP TABLE", definitions.drop_table),
        ("MSCK REPAIR TABLE", definitions.repair_table),
        ("ALTER TABLE", definitions.alter_table),
        ("CREATE TABLE", writes.create_table_as),
        ("INSERT INTO", writes.insert),
        ("UNLOAD", writes.unload),
        ("EXPLAIN", explain.explain),
        ("PREPARE", prepared.prepare),
        ("DEALLOCATE PREPARE", prepared.deallocate),
    )
)
