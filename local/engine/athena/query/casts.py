"""CAST and TRY_CAST, and literals such as DATE '2024-01-01'."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.functions import json_values, zones
from local.engine.athena.query.coercion import converted
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Context, Value, failure, name_of
from local.engine.athena.sql import text
from local.engine.athena.types import Type


def cast(compiler: Compiler, node: Any, context: Context) -> Value:
    """CAST(x AS type); TRY_CAST gives NULL where CAST fails."""
    wanted = type_of(node.to)
    if _is_typed_literal(compiler, node):
        return _typed_literal(compiler, node, wanted)
    value = compiler.value(node.this, context)
    sql = converted(value, wanted)
    if sql is None and "time" in (wanted.name, value.type.name):
        raise not_supported(f"the cast of {value.type} to {wanted}")
    if sql is None:
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"Cannot cast {value.type} to {wanted}")
    return Value(f"TRY({sql})" if isinstance(node, exp.TryCast) else sql, wanted)


def json_literal(compiler: Compiler, node: Any, context: Context) -> Value:
    """JSON '{"a": 1}'."""
    if not isinstance(node.this, exp.Literal) or not node.this.is_string:
        raise not_supported("JSON before what is no text")
    return Value(text(json_values.parse(str(node.this.this))), t.JSON)


def type_of(node: Any) -> Type:
    """The type that a cast names."""
    try:
        return _type(node)
    except ValueError as error:
        raise not_supported(f"the type {node.sql(dialect='trino').lower()}") from error


def _type(node: Any) -> Type:
    kind = node.this
    name = str(kind.value).lower() if isinstance(kind, exp.DType) else str(kind)
    if name == "array":
        return t.array(_type(node.expressions[0]))
    if name == "map":
        return t.map_of(*(_type(part) for part in node.expressions))
    if name == "struct":
        return t.row(*(_field(part) for part in node.expressions))
    sizes = tuple(int(part.this.this) for part in node.expressions if isinstance(part, exp.DataTypeParam))
    names = {"int": "integer", "float": "real", "text": "varchar", "timestamptz": t.ZONED.name}
    name = names.get(name, name)
    if name == t.ZONED.name:
        return Type(name, sizes or (3,))
    if name == "decimal":
        precision, scale = (*(sizes or (38,)), 0)[:2]
        if not 1 <= precision <= t.MOST_DIGITS or scale > precision:
            raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Invalid DECIMAL({precision}, {scale})")
        return t.decimal(precision, scale)
    found = t.parse(f"{name}({', '.join(map(str, sizes))})" if sizes else name)
    if found.name == "timestamp" and found.parameters[0] > 6:
        raise ValueError("nanoseconds")
    return found


def _field(part: Any) -> tuple[str | None, Type]:
    if isinstance(part, exp.ColumnDef):
        return name_of(part.this), _type(part.args["kind"])
    return None, _type(part)


def _is_typed_literal(compiler: Compiler, node: Any) -> bool:
    """DATE '…' and CAST('…' AS date) have the same tree; the text tells them apart."""
    start = node.this.meta.get("start") if isinstance(node.this, exp.Literal) and node.this.is_string else None
    if start is None or isinstance(node, exp.TryCast):
        return False
    before = compiler.text[:start].rstrip()
    return not re.search(r"\bCAST\s*\($", before, re.IGNORECASE)


def _timestamp(compiler: Compiler, node: Any, written: str) -> Value:
    """Its precision is that of its text, and it has a zone if the text has one."""
    found = zones.TIMESTAMP.fullmatch(written)
    precision = len(found["fraction"] or "") if found else 0
    if precision > 6:
        raise not_supported("timestamps of more than 6 digits")
    try:
        if found is None:
            raise ValueError(written)
        plain = f"TIMESTAMP '{zones.moment_of(found).isoformat(' ')}'"
        zone = text(zones.normalized(found["zone"])) if found["zone"] else ""
    except (ValueError, OverflowError) as error:
        message = f"'{written}' is not a valid TIMESTAMP literal"
        raise failure(compiler.text, node, "INVALID_LITERAL", message) from error
    if not zone:
        return Value(plain, Type("timestamp", (precision,)))
    return Value(f"trino_in_zone({plain}, {zone})", Type(t.ZONED.name, (precision,)))


def _typed_literal(compiler: Compiler, node: Any, wanted: Type) -> Value:
    if wanted.name == "char" and not node.to.expressions:
        whole = str(node.this.this)
        return Value(text(whole), Type("char", (len(whole),)))
    written = str(node.this.this).strip()
    if wanted.name in ("timestamp", t.ZONED.name):
        return _timestamp(compiler, node, written)
    if wanted.name == "decimal":
        whole, _, fraction = written.lstrip("+-").partition(".")
        wanted = t.decimal(max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction))
        return Value(f"CAST({text(written)} AS {t.duckdb_type(wanted)})", wanted)
    if wanted.name == "date" and re.fullmatch(r"-\d+-\d{1,2}-\d{1,2}", written):
        raise not_supported("years before 1")
    if wanted.name == "date" and not re.fullmatch(r"\+?\d+-\d{1,2}-\d{1,2}", written):
        raise failure(compiler.text, node, "INVALID_LITERAL", f"'{written}' is not a valid DATE literal")
    sql = converted(Value(text(written), t.VARCHAR), wanted)
    if sql is None:
        raise not_supported(f"literals of the type {wanted}")
    return Value(sql, wanted)


HANDLERS: dict[type, Handler] = {exp.Cast: cast, exp.TryCast: cast, exp.ParseJSON: json_literal}
