"""OVER and ORDER BY clauses."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query import equality
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure, name_of


def sort_key(value: Value, ordered: Any) -> str:
    """One item of ORDER BY; NULL comes last whatever the direction, unless the query says otherwise."""
    sql = equality.canonical(value.sql, value.type)
    direction = "DESC" if ordered.args.get("desc") else "ASC"
    return f"{sql} {direction} NULLS {'FIRST' if ordered.args.get('nulls_first') else 'LAST'}"


def order_by(compiler: Compiler, node: Any, context: Context) -> str:
    """ORDER BY inside of an aggregate or a window."""
    return "ORDER BY " + ", ".join(sort_key(compiler.value(item.this, context), item) for item in node.expressions)


def over(compiler: Compiler, node: Any, context: Context) -> str:
    """The parentheses after OVER; a named window is put in its place, and may get an order and a frame."""
    parts = _window_parts(compiler, node, context)
    return f"({' '.join(parts[name] for name in ('partition', 'order', 'frame') if name in parts)})"


def _window_parts(compiler: Compiler, node: Any, context: Context) -> dict[str, str]:
    named, parts = node.args.get("alias"), {}
    if named is not None:
        known = context.windows.get(name_of(named))
        if known is None:
            raise failure(compiler.text, node, "INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {named.name}")
        parts = _window_parts(compiler, known, context)
    own = _own_parts(compiler, node, context)
    if named is not None and (wrong := _wrong_addition(parts, own)):
        raise failure(compiler.text, node, wrong, f"WINDOW {named.name} cannot be given this again or have a frame")
    return parts | own


def _wrong_addition(parts: dict[str, str], own: dict[str, str]) -> str:
    if "partition" in own:
        return "INVALID_PARTITION_BY"
    if "order" in own and "order" in parts:
        return "INVALID_ORDER_BY"
    return "INVALID_WINDOW_REFERENCE" if "frame" in parts and own else ""


def _own_parts(compiler: Compiler, node: Any, context: Context) -> dict[str, str]:
    parts = {}
    if node.args.get("partition_by"):
        keys = (compiler.value(item, context) for item in node.args["partition_by"])
        parts["partition"] = "PARTITION BY " + ", ".join(equality.canonical(key.sql, key.type) for key in keys)
    if node.args.get("order") is not None:
        parts["order"] = order_by(compiler, node.args["order"], context)
    if node.args.get("spec") is not None:
        parts["frame"] = _frame(compiler, node.args["spec"], context)
    return parts


def _frame(compiler: Compiler, spec: Any, context: Context) -> str:
    kind = str(spec.args.get("kind") or "ROWS")
    start = _bound(compiler, spec.args.get("start"), spec.args.get("start_side"), context, kind)
    end = _bound(compiler, spec.args.get("end"), spec.args.get("end_side"), context, kind)
    return f"{kind} BETWEEN {start} AND {end or 'CURRENT ROW'}" if start else ""


def _bound(compiler: Compiler, bound: Any, side: Any, context: Context, kind: str) -> str:
    if bound is None:
        return ""
    if isinstance(bound, str):
        return f"{bound} {side}" if bound == "UNBOUNDED" else bound
    value = compiler.value(bound, context)
    if not isinstance(bound, exp.Literal):
        message = "'Window frame offset value must not be negative or null'"
        value = Value(macros.checked(value.sql, f"{value.sql} IS NULL", "INVALID_WINDOW_FRAME", message), value.type)
        value = Value(f"({value.sql})", value.type)
    if value.type == t.DAYS:
        return f"to_milliseconds({value.sql}) {side}"
    if value.type == t.MONTHS:
        return f"to_months(CAST({value.sql} AS INTEGER)) {side}"
    return f"{value.sql} {side}"


def clauses_of(select: Any) -> dict[str, Any]:
    """The WINDOW clause's windows by name."""
    return {name_of(item.this): item for item in select.args.get("windows") or []}
