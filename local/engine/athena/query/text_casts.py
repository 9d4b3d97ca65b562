"""SQL of casts from text and to text."""

from __future__ import annotations

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query.scope import Value
from local.engine.athena.query.temporal import local
from local.engine.athena.types import Type


def from_text(value: Value, wanted: Type) -> str | None:
    """A text as another type; char has its blanks."""
    name = {"real": "float"}.get(wanted.name, wanted.name)
    if wanted.name == "char":
        return padded(value.sql, wanted.parameters[0])
    if wanted.name == "varchar":
        own = f"rtrim({value.sql}, ' ')" if value.type.name == "char" else value.sql
        return f"left({own}, {wanted.parameters[0]})" if wanted.parameters else own
    if value.type.name == "char" and wanted != t.VARBINARY:
        value = Value(f"rtrim({value.sql}, ' ')", value.type)
    if name == "timestamp":
        return f"py_text_to_timestamp({value.sql}, {wanted.parameters[0]})"
    if name == "boolean" or name == "date" or wanted.is_whole or name in ("float", "double"):
        return f"trino_cast_{name}({value.sql})"
    if wanted.name == "decimal":
        return _decimal(value.sql, wanted)
    if wanted.name == t.ZONED.name:
        return f"py_text_to_zoned({value.sql}, {wanted.parameters[0]})"
    if wanted == t.UUID:
        return f"CAST(py_text_to_uuid({value.sql}) AS UUID)"
    return f"encode({value.sql})" if wanted == t.VARBINARY else None


def _decimal(sql: str, wanted: Type) -> str:
    """A text as decimal; Python reads what is not in the usual form, or must be rounded."""
    precision, scale = wanted.parameters
    own = t.duckdb_type(wanted)
    whole, places = max(precision - scale, 1), f"([.][0-9]{{0,{scale}}})?" if scale else ""
    usual = f"regexp_full_match({sql}, '-?[0-9]{{1,{whole}}}{places}') AND TRY_CAST({sql} AS {own}) IS NOT NULL"
    slow = f"CAST(py_text_to_decimal({sql}, {precision}, {scale}) AS {own})"
    return f"(CASE WHEN {usual} THEN CAST({sql} AS {own}) ELSE {slow} END)"


def padded(sql: str, length: int) -> str:
    """A char: as long as its type, with blanks at its end."""
    return f"rpad({sql}, {length}, ' ')" if length else f"left({sql}, 0)"


def to_text(value: Value, wanted: Type) -> str | None:
    """A value as text, which fails where it is longer than its type."""
    plain = plain_text(value)
    if plain is None:
        return None
    if not wanted.parameters:
        return plain
    length = wanted.parameters[0]
    message = f"'Value ' || {plain} || ' cannot be represented as {wanted}'"
    fitting = macros.checked(plain, f"length({plain}) > {length}", "INVALID_CAST_ARGUMENT", message)
    return padded(f"({fitting})", length) if wanted.name == "char" else fitting


def plain_text(value: Value) -> str | None:
    """A value as Trino casts it to varchar; None if it does not."""
    own = value.type
    if own.name in ("varchar", "char", "json"):
        return value.sql
    if own.name in ("double", "real"):
        return f"py_{own.name}_to_text({value.sql})"
    if own.name == "timestamp":
        return moment_text(value.sql, own.parameters[0])
    if own.name == t.ZONED.name:
        return f"({moment_text(local(value), own.parameters[0])} || ' ' || ({value.sql}).z)"
    if own == t.TIME:
        return f"strftime(DATE '2000-01-01' + {value.sql}, '%H:%M:%S.%g')"
    if own == t.DAYS:
        return f"trino_days_text({value.sql})"
    if own == t.MONTHS:
        return f"trino_months_text({value.sql})"
    if own.name == "decimal":
        return decimal_text(value)
    return f"CAST({value.sql} AS VARCHAR)" if own.is_number or own in (t.BOOLEAN, t.DATE, t.UUID) else None


def decimal_text(value: Value) -> str:
    """A decimal with all its places, and a zero before the point: DuckDB has none where there is no room for it."""
    precision, scale = value.type.parameters
    if precision > scale:
        return f"CAST({value.sql} AS VARCHAR)"
    return f"regexp_replace(CAST({value.sql} AS VARCHAR), '^(-?)[.]', '\\10.')"


def moment_text(sql: str, precision: int) -> str:
    """A timestamp with the places of its type."""
    if precision == 0:
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    return f"left(strftime({sql}, '%Y-%m-%d %H:%M:%S.%f'), {20 + precision})"


def rounded(sql: str, precision: int) -> str:
    """A timestamp with no more digits than its type has."""
    return sql if precision >= 6 else f"trino_rounded({sql}, {10 ** (6 - precision)})"
