"""Functions of decimals, whose type depends on precision and scale; of other numbers they have signatures."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.arguments import TypedFunction
from local.engine.athena.query.arithmetic import of_decimals
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import SCALARS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value


def number(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """round, floor, ceil and truncate."""
    name = {"ceiling": "ceil"}.get(node.name.lower(), node.name.lower())
    values = [compiler.value(item, context) for item in arguments[:2]]
    if values and all(value.type == t.UNKNOWN for value in values) and name == "truncate":
        return Value("CAST(NULL AS DOUBLE)", t.DOUBLE)
    if not values or values[0].type.name != "decimal" or len(arguments) > 2:
        return chosen(compiler, name, SCALARS[name], arguments, node, context, Modifiers())
    value = values[0]
    precision, scale = value.type.parameters
    if len(values) == 1:
        more = 0 if name == "truncate" else min(scale, 1)
        kind = t.decimal(max(precision - scale + more, 1), 0)
        function = {"truncate": "trunc"}.get(name, name)
        return Value(f"CAST({function}({value.sql}) AS {t.duckdb_type(kind)})", kind)
    if name not in ("round", "truncate") or not (values[1].type.is_whole or values[1].type == t.UNKNOWN):
        return chosen(compiler, name, SCALARS[name], arguments, node, context, Modifiers())
    kind = t.decimal(precision + 1, scale) if name == "round" else value.type
    digits = "CAST(NULL AS BIGINT)" if values[1].type == t.UNKNOWN else values[1].sql
    sizes = ", ".join(map(str, kind.parameters))
    found = f"py_{name}_decimal(CAST({value.sql} AS VARCHAR), {digits}, {sizes})"
    literal = arguments[1]
    if name == "round" and isinstance(literal, exp.Literal) and not literal.is_string and int(literal.this) >= scale:
        found = value.sql
    return Value(f"CAST({found} AS {t.duckdb_type(kind)})", kind)


def mod(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Mod of two decimals."""
    values = [compiler.value(item, context) for item in arguments]
    kinds = {value.type.name for value in values}
    if len(values) == 2 and "decimal" in kinds and not kinds & {"real", "double"}:
        return of_decimals(values[0], values[1], "%")
    return chosen(compiler, "mod", SCALARS["mod"], arguments, node, context, Modifiers())


def sign(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Sign of a decimal has one digit."""
    values = [compiler.value(item, context) for item in arguments]
    if len(values) == 1 and values[0].type.name == "decimal":
        return Value(f"CAST(sign({values[0].sql}) AS DECIMAL(1, 0))", t.decimal(1, 0))
    return chosen(compiler, "sign", SCALARS["sign"], arguments, node, context, Modifiers())


FUNCTIONS: dict[str, TypedFunction] = {
    "round": number,
    "floor": number,
    "ceil": number,
    "ceiling": number,
    "truncate": number,
    "mod": mod,
    "sign": sign,
}
