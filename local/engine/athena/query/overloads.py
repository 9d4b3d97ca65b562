"""Which meaning of a function a call has, and its SQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import not_supported
from local.engine.athena.functions import aggregates, scalars, signatures
from local.engine.athena.functions.signatures import Bindings, Pattern, Signature
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure, name_of
from local.engine.athena.query.temporal import instant, local

SCALARS = signatures.parse(scalars.TABLE)


AGGREGATES = signatures.parse(aggregates.AGGREGATES)


WINDOWS = signatures.parse(aggregates.WINDOWS)


@dataclass(frozen=True)
class Modifiers:
    """What stands around the arguments of an aggregate."""

    distinct: str = ""
    order: str = ""
    nulls: str = ""
    order_keys: frozenset[str] = frozenset()
    """The expressions of ORDER BY, as they are written."""
    within: bool = False
    """Whether the order is that of WITHIN GROUP."""
    tail: str = ""
    """FILTER and OVER."""


_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def is_aggregate(name: str) -> bool:
    """Whether a function makes one value of many rows."""
    return name in AGGREGATES


def chosen(
    compiler: Compiler,
    name: str,
    candidates: Sequence[Signature],
    arguments: list[Any],
    node: Any,
    context: Context,
    modifiers: Modifiers,
) -> Value:
    """The call's value by the first signature that takes the arguments; FUNCTION_NOT_FOUND if none does."""
    lambdas = [isinstance(argument, exp.Lambda) for argument in arguments]
    values = [
        None if is_lambda else compiler.value(item, context) for item, is_lambda in zip(arguments, lambdas, strict=True)
    ]
    match = _match([item for item in candidates if _takes(item, lambdas)], values)
    if match is None:
        kinds = ", ".join("function" if value is None else str(value.type) for value in values)
        expected = ", ".join(sorted({str(signature) for signature in candidates}))
        message = f"Unexpected parameters ({kinds}) for function {name}. Expected: {expected}"
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", message)
    signature, bound = match
    _refuse_dropped(compiler, node, signature, modifiers)
    patterns = signature.patterns(len(values)) or ()
    prepared: list[Value] = []
    entry = compiler.fresh("p")
    for argument, value, pattern in zip(arguments, values, patterns, strict=True):
        if value is None:
            prepared.append(_lambda(compiler, argument, pattern, bound, context, entry))
        else:
            wanted = signatures.resolved(pattern, bound, value.type)
            prepared.append(Value(compiler.coerced(value, wanted), wanted))
    if signature.result.parts and any(part.name == "E" for part in signature.result.parts):
        bound["E"] = t.row((None, bound["K"]), (None, bound["V"]))
    signatures.bind_lengths([value.type for value in prepared], bound)
    result = signatures.resolved(signature.result, bound)
    return Value(_fill(compiler, signature, prepared, result, modifiers, entry), result)


# DISTINCT changes nothing in what they answer
_ALIKE = """
    min max bool_and bool_or every arbitrary any_value approx_distinct bitwise_and_agg bitwise_or_agg max_by min_by
    set_agg map_agg
"""


def _refuse_dropped(compiler: Compiler, node: Any, signature: Signature, modifiers: Modifiers) -> None:
    """DISTINCT and IGNORE NULLS where the signature has no place for them."""
    if modifiers.distinct and "$D" not in signature.template and signature.name not in _ALIKE.split():
        raise not_supported(f"DISTINCT in {signature.name}")
    if modifiers.nulls and "$N" not in signature.template:
        message = f"Cannot specify null treatment clause for {signature.name} function"
        raise failure(compiler.text, node, "NULL_TREATMENT_NOT_ALLOWED", message)


def _takes(signature: Signature, lambdas: list[bool]) -> bool:
    patterns = signature.patterns(len(lambdas))
    return patterns is not None and [item.name == "function" for item in patterns] == lambdas


def _match(candidates: Sequence[Signature], values: Sequence[Value | None]) -> tuple[Signature, Bindings] | None:
    """Choose by the arguments that are no lambdas: a lambda's type follows from the others."""
    reduced = {}
    for signature in candidates:
        patterns = signature.patterns(len(values)) or ()
        plain = tuple(pattern for pattern in patterns if pattern.name != "function")
        reduced[replace(signature, arguments=plain, variadic=False)] = signature
    found = signatures.choose(list(reduced), [value.type for value in values if value is not None])
    return (reduced[found[0]], found[1]) if found else None


def _lambda(compiler: Compiler, node: Any, pattern: Pattern, bound: Bindings, context: Context, entry: str) -> Value:
    """X -> body, with the types that the function gives to its parameters."""
    names = [name_of(name) for name in node.expressions]
    *kinds, result = pattern.parts
    if len(names) != len(kinds):
        raise failure(
            compiler.text, node, "INVALID_PARAMETER_USAGE", f"Expected a lambda that takes {len(kinds)} argument(s)"
        )
    types = [signatures.resolved(kind, bound) for kind in kinds]
    places = [entry] if len(names) == 1 else [f"{entry}.key", f"{entry}.value"]
    parameters = {name: Value(place, kind) for name, place, kind in zip(names, places, types, strict=True)}
    value = compiler.value(node.this, replace(context, parameters={**context.parameters, **parameters}))
    if result.is_letter:
        bound[result.name] = value.type
    else:
        value = Value(compiler.coerced(value, signatures.resolved(result, bound)), signatures.resolved(result, bound))
    return Value(f"lambda {entry}: {value.sql}" if len(names) == 1 else value.sql, value.type)


def _fill(
    compiler: Compiler, signature: Signature, values: list[Value], result: t.Type, modifiers: Modifiers, entry: str
) -> str:
    inserts = {
        "$*": ", ".join(value.sql for value in values),
        "$T": t.duckdb_type(result),
        "$B": str(_BITS.get(result.name, 0)),
        "$E": entry,
        "$D": modifiers.distinct,
        "$O": modifiers.order,
        "$N": modifiers.nulls,
        "$name": signature.name,
        "$now": f"TIMESTAMP '{compiler.now:%Y-%m-%d %H:%M:%S}.{compiler.now.microsecond // 1000:03d}'",
        "@": modifiers.tail,
    }
    for index, value in enumerate(values, 1):
        inserts[f"${index}"] = value.sql
        if value.type.name in ("date", "timestamp", t.ZONED.name):
            inserts[f"$L{index}"], inserts[f"$I{index}"] = local(value), instant(value)
    # one pass: what is put in may itself contain these signs
    return re.sub(r"\$(?:name|now|[LI]\d|[*TDONBE]|\d)|@", lambda match: inserts[match[0]], signature.template)
