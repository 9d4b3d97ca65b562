"""SQL that reads a text as Hive's LazySimpleSerDe does: what does not parse is NULL, the usual text costs no regex."""

from __future__ import annotations

from local.engine.athena.functions import macros

_WHOLE = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]*)"
_DECIMAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
# Java's parseDouble: blanks around, a letter for the size at the end, and beyond the largest number infinity
_FLOATING = rf"[\x00-\x20]*({_DECIMAL}[fFdD]?|[+-]?(NaN|Infinity))[\x00-\x20]*"
_NUMBER = "[+-]?[0-9]{1,9}"
_DATE = f"({_NUMBER})-({_NUMBER})-({_NUMBER})"
_TIMESTAMP = rf"{_DATE} ({_NUMBER}):({_NUMBER}):({_NUMBER})(\.[0-9]{{1,9}})?"


def whole(cell: str, kind: str) -> str:
    """A whole number; of one with digits after the point the part before it. DuckDB alone would round and read 0x10."""
    number, part = f"TRY_CAST({cell} AS {kind})", f"split_part({cell}, '.', 1)"
    return (
        f"CASE WHEN CAST({number} AS VARCHAR) = {cell} THEN {number} "
        f"WHEN regexp_full_match({cell}, '{_WHOLE}') "
        f"THEN TRY_CAST(CASE WHEN {part} IN ('', '+', '-') THEN '0' ELSE {part} END AS {kind}) END"
    )


def decimal(cell: str, kind: str) -> str:
    """A decimal, rounded half up; blanks are not taken off."""
    return f"CASE WHEN regexp_full_match({cell}, '{_DECIMAL}') THEN TRY_CAST({cell} AS {kind}) END"


def floating(cell: str, kind: str) -> str:
    """A real or double; DuckDB would take 1_0, inf and nan as well."""
    number = f"TRY_CAST({cell} AS {kind})"
    bare = rf"regexp_replace(trim({cell}), '([0-9.])[fFdD][\x00-\x20]*$', '\1')"
    return (
        f"CASE WHEN isfinite({number}) AND NOT contains({cell}, '_') THEN {number} "
        f"WHEN regexp_full_match({cell}, '{_FLOATING}') THEN TRY_CAST({bare} AS {kind}) END"
    )


def binary(cell: str) -> str:
    """Bytes, which Hive writes as Base64."""
    message = f"'Input byte array is not Base64: ' || {cell}"
    wrong = f"NOT regexp_full_match({cell}, '([A-Za-z0-9+/]{{4}})*([A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?')"
    return macros.checked(f"from_base64({cell})", wrong, "HIVE_BAD_DATA", message)


def date(cell: str) -> str:
    """A date, before a space; a month or day that is too large goes on into the next."""
    usual = f"CASE WHEN {cell} LIKE '____-__-__' THEN TRY_CAST({cell} AS DATE) END"
    head = f"split_part(trim({cell}), ' ', 1)"
    return _first(usual, f"regexp_full_match({head}, '{_DATE}')", _day(head, _DATE))


def timestamp(cell: str) -> str:
    """`yyyy-mm-dd hh:mm:ss[.f]`, which goes on into the next minute and so on as well.

    Trino reads a T between date and time as well; the Athena guide says that only this form is read.
    """
    stamp = f"TRY_CAST({cell} AS TIMESTAMP)"
    usual = (
        f"CASE WHEN {cell} LIKE '____-__-__ __:__:__' THEN {stamp} "
        f"WHEN regexp_full_match({cell}, '[0-9-]{{10}} [0-9:]{{8}}\\.[0-9]{{1,6}}') THEN {stamp} END"
    )
    own = f"trim({cell})"
    hours, minutes, seconds = (_part(own, _TIMESTAMP, index) for index in (4, 5, 6))
    digits = f"left(rpad(substring(regexp_extract({own}, '{_TIMESTAMP}', 7), 2), 6, '0'), 6)"
    passed = f"(({hours} * 60 + {minutes}) * 60 + {seconds}) * 1000000 + TRY_CAST({digits} AS BIGINT)"
    lenient = f"TRY(CAST({_day(own, _TIMESTAMP)} AS TIMESTAMP) + to_microseconds({passed}))"
    return _first(usual, f"regexp_full_match({own}, '{_TIMESTAMP}')", lenient)


def _first(usual: str, condition: str, other: str) -> str:
    """The usual value, else the other if the condition holds. Within coalesce() both would be computed for each row."""
    return f"CASE WHEN {usual} IS NOT NULL THEN {usual} ELSE CASE WHEN {condition} THEN {other} END END"


def _day(text: str, pattern: str) -> str:
    year, month, day = (_part(text, pattern, index) for index in (1, 2, 3))
    months = f"({month} + 11)"
    first = f"make_date({year} - 1 + {months} // 12, {months} % 12 + 1, 1)"
    return f"TRY({first} + CAST({day} - 1 AS INTEGER))"


def _part(text: str, pattern: str, index: int) -> str:
    return f"TRY_CAST(regexp_extract({text}, '{pattern}', {index}) AS BIGINT)"
