"""What functions with a form of their own share: how many arguments there are, and what to say of wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Context, Value, failure

TypedFunction = Callable[[Compiler, list[Any], Any, Context], Value]


def exactly(count: int, compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> list[Value]:
    """The arguments, if there are so many."""
    if len(arguments) != count:
        name = node.name.lower()
        raise failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters for function {name}")
    return [compiler.value(item, context) for item in arguments]


def wrong(compiler: Compiler, node: Any, name: str, kinds: list[t.Type]) -> QueryFailedError:
    """The failure for arguments of types that the function does not take."""
    shown = ", ".join(map(str, kinds))
    return failure(compiler.text, node, "FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown}) for function {name}")
