"""Functions of decimals, whose type depends on precision and scale."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.query.arguments import TypedFunction
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import SCALARS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value


def number(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """round, floor, ceil and truncate of a decimal; of other numbers they have signatures."""
    name = {"ceiling": "ceil"}.get(node.name.lower(), node.name.lower())
    value = compiler.value(arguments[0], context) if arguments else None
    if value is None or value.type.name != "decimal":
        return chosen(compiler, name, SCALARS[name], arguments, node, context, Modifiers())
    precision, scale = value.type.parameters
    if len(arguments) == 1:
        kind = t.decimal(precision - scale + min(scale, 1), 0)
        function = {"truncate": "trunc"}.get(name, name)
        return Value(f"CAST({function}({value.sql}) AS {t.duckdb_type(kind)})", kind)
    digits = compiler.value(arguments[1], context)
    if name != "round" or not digits.type.is_whole or not isinstance(arguments[1], exp.Literal):
        raise not_supported(f"{name} of a decimal to so many digits")
    kind = t.decimal(precision + 1, scale)
    rounded = f"round({value.sql}, {int(arguments[1].this)})" if int(arguments[1].this) < scale else value.sql
    return Value(f"CAST({rounded} AS {t.duckdb_type(kind)})", kind)


FUNCTIONS: dict[str, TypedFunction] = {
    "round": number,
    "floor": number,
    "ceil": number,
    "ceiling": number,
    "truncate": number,
}
