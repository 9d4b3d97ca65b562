"""Where DuckDB's answer would differ from Athena's: macros that a query uses in place of the operator.

DuckDB casts '3.7' to the whole number 4, '2024/1/2' to a date and 2.5e0 to 2, and divides by zero to NULL; Athena
fails, fails, says 3, and fails. typeof is known when a query is bound, so the tests cost nothing.
"""

from __future__ import annotations

_DOUBLES = "('DOUBLE', 'FLOAT')"
_WHOLE = ("tinyint", "smallint", "integer", "bigint")
# how a text must look to be cast; Athena takes no other
_WHOLE_TEXT = "[+-]?[0-9]+"
_DOUBLE_TEXT = r"\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*"
_DATE_TEXT = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TEXTS = {
    **dict.fromkeys(_WHOLE, _WHOLE_TEXT),
    "double": _DOUBLE_TEXT,
    "real": _DOUBLE_TEXT,
    "date": _DATE_TEXT,
    "timestamp": rf"{_DATE_TEXT}( [0-9]{{1,2}}:[0-9]{{1,2}}(:[0-9]{{1,2}}(\.[0-9]+)?)?)?",
}
CASTS = frozenset({*_TEXTS, "varchar"})


def whole_number(cell: str, kind: str) -> str:
    """SQL that reads a text as a whole number, or as NULL."""
    return f"CASE WHEN regexp_full_match({cell}, '{_WHOLE_TEXT}') THEN TRY_CAST({cell} AS {kind}) END"


def decimal_number(cell: str, kind: str) -> str:
    """SQL that reads a text as a number with decimals, or as NULL."""
    return f"CASE WHEN regexp_full_match({cell}, '{_DOUBLE_TEXT}') THEN TRY_CAST(trim({cell}) AS {kind}) END"


def macros() -> list[str]:
    """The statements that define the macros."""
    casts = [_cast(kind, attempt=attempt) for kind in _TEXTS for attempt in (False, True)]
    return [_division("athena_divide", "/"), _division("athena_remainder", "%"), *casts, *_texts()]


def _division(name: str, sign: str) -> str:
    a_double = f"typeof(a) IN {_DOUBLES} OR typeof(b) IN {_DOUBLES}"
    a_decimal = "typeof(a) LIKE 'DECIMAL%' OR typeof(b) LIKE 'DECIMAL%'"
    return (
        f"CREATE MACRO {name}(a, b) AS CASE WHEN ({a_decimal}) AND NOT ({a_double}) THEN error('division of decimals') "
        f"WHEN b = 0 AND ({a_double}) THEN error('division of a double by zero') "
        f"WHEN b = 0 THEN error('DIVISION_BY_ZERO: Division by zero') ELSE a {sign} b END"
    )


def _cast(kind: str, *, attempt: bool) -> str:
    cast = "TRY_CAST" if attempt else "CAST"
    otherwise = (
        "NULL" if attempt else f"error('INVALID_CAST_ARGUMENT: Cannot cast ''' || CAST(x AS VARCHAR) || ''' to {kind}')"
    )
    rounded = f"WHEN typeof(x) IN {_DOUBLES} THEN {cast}(round(TRY_CAST(x AS DOUBLE)) AS {kind}) "
    return (
        f"CREATE MACRO athena_{cast.lower()}_{kind}(x) AS CASE WHEN typeof(x) = 'VARCHAR' "
        f"AND NOT regexp_full_match(CAST(x AS VARCHAR), '{_TEXTS[kind]}') THEN {otherwise} "
        f"{rounded if kind in _WHOLE else ''}ELSE {cast}(x AS {kind}) END"
    )


def _texts() -> list[str]:
    unlike = f"typeof(x) IN {_DOUBLES} OR typeof(x) LIKE 'TIMESTAMP%'"
    return [
        f"CREATE MACRO athena_{cast}_varchar(x) AS CASE WHEN {unlike} "
        "THEN error('casts of ' || typeof(x) || ' to varchar') ELSE CAST(x AS VARCHAR) END"
        for cast in ("cast", "try_cast")
    ]
