"""SearchTables: tables of all databases, by a text and by filters.

Source: the API reference (filters match one of the tokens that punctuation leaves; a text in quotes matches exactly).
What a text without quotes matches is not published; here any part of a name, description, property, column or comment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from local.engine import ministack_adapter
from local.engine.catalog.tables import shown
from local.engine.errors import ApiError
from local.engine.pages import page

_PAGE = 1000
_TIMES = ("CreateTime", "UpdateTime", "LastAccessTime", "LastAnalyzedTime")
_COMPARATORS: dict[str, Callable[[float, float], bool]] = {
    "EQUALS": lambda a, b: a == b,
    "GREATER_THAN": lambda a, b: a > b,
    "LESS_THAN": lambda a, b: a < b,
    "GREATER_THAN_EQUALS": lambda a, b: a >= b,
    "LESS_THAN_EQUALS": lambda a, b: a <= b,
}
_TEXTS = ("Name", "DatabaseName", "Description", "Owner", "TableType", "CatalogId")
Entry = Mapping[str, Any]


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler."""
    return {"SearchTables": search_tables}


def search_tables(request: dict[str, Any]) -> dict[str, Any]:
    """The tables that the text and every filter let through."""
    # with FOREIGN only tables of other accounts would be shown: there are none here
    own = request.get("ResourceShareType") not in ("FOREIGN", "FEDERATED")
    found = (
        [entry for name in ministack_adapter.database_names() for entry in ministack_adapter.tables(name)]
        if own
        else []
    )
    text = request.get("SearchText")
    if text:
        found = [entry for entry in found if _has_text(entry, str(text))]
    for rule in request.get("Filters") or []:
        found = [entry for entry in found if _passes(entry, rule)]
    for rule in request.get("SortCriteria") or []:
        name = _member(str(rule.get("FieldName")))
        found.sort(key=lambda entry: _sortable(entry.get(name)), reverse=rule.get("Sort") == "DESC")
    answer = page("TableList", found, request, _PAGE)
    answer["TableList"] = [shown(entry) for entry in answer["TableList"]]
    return answer


def _has_text(entry: Entry, text: str) -> bool:
    quoted = re.fullmatch(r"([\"'])(.+)\1", text)
    wanted = (quoted[2] if quoted else text).lower()
    values = (value.lower() for value in _values(entry))
    return any(value == wanted if quoted else wanted in value for value in values)


def _values(entry: Entry) -> Iterator[str]:
    yield from (str(entry[name]) for name in ("Name", "Description") if entry.get(name))
    # awswrangler's tests find a table by `parquet`, which only its classification has
    yield from (str(value) for value in (entry.get("Parameters") or {}).values())
    columns = (entry.get("StorageDescriptor") or {}).get("Columns") or []
    for column in [*columns, *(entry.get("PartitionKeys") or [])]:
        yield from (str(column[name]) for name in ("Name", "Comment") if column.get(name))


def _passes(entry: Entry, rule: Mapping[str, Any]) -> bool:
    name, wanted = str(rule.get("Key") or ""), str(rule.get("Value") or "")
    if _member(name) in _TIMES:
        compare = _COMPARATORS[str(rule.get("Comparator") or "EQUALS")]
        own = entry.get(_member(name))
        return own is not None and compare(float(own), _time(wanted))
    member = _member(name)
    value = entry.get(member) if member in _TEXTS else (entry.get("Parameters") or {}).get(name)
    if value is None:
        return False
    own = str(value).lower()
    return wanted.lower() == own or wanted.lower() in re.split(r"[^\w]+", own)


def _member(name: str) -> str:
    """A member of Table by its name, whatever its case."""
    return next((own for own in (*_TEXTS, *_TIMES) if own.lower() == name.lower()), name)


def _time(text: str) -> float:
    try:
        return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise ApiError("InvalidInputException", f"{text} is not a time") from error


def _sortable(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float)
    return value is None, float(value) if is_number else 0.0, "" if is_number else str(value)
