"""What functions with a form of their own share: how many arguments there are, and what to say of wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure, name_of, with_parameters

TypedFunction = Callable[[Compiler, list[Any], Any, Context], Value]


def exactly(count: int, compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> list[Value]:
    """The arguments, if there are so many."""
    if len(arguments) != count:
        name = node.name.lower()
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}")
    return [compiler.value(item, context) for item in arguments]


def wrong(compiler: Compiler, node: Any, name: str, kinds: Sequence[t.Type]) -> QueryFailedError:
    """The failure for arguments of types that the function does not take."""
    shown = ", ".join(map(str, kinds))
    return failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown}) for function {name}")


def array_of(compiler: Compiler, node: Any, value: Value) -> Value:
    """An argument that must be an array; an unknown one is an array of unknowns."""
    if value.type == t.UNKNOWN:
        kind = t.array(t.UNKNOWN)
        return Value(f"CAST(NULL AS {t.duckdb_type(kind)})", kind)
    if value.type.name != "array":
        raise wrong(compiler, node, node.name.lower(), [value.type])
    return value


def map_value(compiler: Compiler, node: Any, value: Value) -> Value:
    """An argument that must be a map."""
    if value.type == t.UNKNOWN:
        kind = t.map_of(t.UNKNOWN, t.UNKNOWN)
        return Value(f"CAST(NULL AS {t.duckdb_type(kind)})", kind)
    if value.type.name != "map":
        raise wrong(compiler, node, node.name.lower(), [value.type])
    return value


def lambda_body(compiler: Compiler, node: Any, context: Context, places: Sequence[Value]) -> Value:
    """The body of a lambda, with values for its parameters."""
    if not isinstance(node, exp.Lambda) or len(node.expressions) != len(places):
        message = f"Expected a lambda that takes {len(places)} argument(s)"
        raise failure(compiler.text, node, "INVALID_PARAMETER_USAGE", message)
    named = {name_of(name): place for name, place in zip(node.expressions, places, strict=True)}
    return compiler.value(node.this, with_parameters(context, named))
