"""WITH RECURSIVE: the step is repeated ten times at most, as Athena does it; a query that wants more fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.functions import macros
from local.engine.athena.query import equality
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Compiled, Context, Output, Value, failure, name_of

_DEPTH = 10  # Trino's max_recursion_depth


def is_recursive(common: Any) -> bool:
    """Whether a query of WITH RECURSIVE names itself, and not another query of this name inside of it."""
    name = name_of(common.alias)
    tables = common.this.find_all(exp.Table)
    return any(not table.db and name_of(table.this) == name and not _is_hidden(table, common, name) for table in tables)


def _is_hidden(node: Any, common: Any, name: str) -> bool:
    while node is not common:
        clause = node.args.get("with_")
        if clause is not None and any(name_of(own.alias) == name for own in clause.expressions):
            return True
        node = node.parent
    return False


def compiled(compiler: Compiler, common: Any, context: Context) -> Compiled:
    """The rows of the base, and of each step on the rows of the one before."""
    union = common.this.unnest()
    names = [name_of(item) for item in common.args["alias"].args.get("columns") or []]
    if not isinstance(union, exp.Union) or not names:
        message = "WITH RECURSIVE takes a list of columns, and a UNION of a base and a step"
        raise failure(
            compiler.text, common, "SYNTAX_ERROR" if isinstance(union, exp.Union) else "NOT_SUPPORTED", message
        )
    base = compiler.select(union.this, context)
    if len(names) != len(base.outputs):
        message = f"Column alias list has {len(names)} entries but relation has {len(base.outputs)} columns"
        raise failure(compiler.text, common, "MISMATCHED_COLUMN_ALIASES", message)
    outputs = tuple(Output(name, output.type) for name, output in zip(names, base.outputs, strict=True))
    tables, queries = [compiler.fresh("w")], [base.sql]
    for _ in range(_DEPTH + 1):
        before = Compiled(f"SELECT * FROM {tables[-1]}", outputs)
        step = compiler.select(union.expression, replace(context, ctes={**context.ctes, name_of(common.alias): before}))
        queries.append(_fitted(compiler, common, step, outputs))
        tables.append(compiler.fresh("w"))
    parts = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, sql in zip(tables, queries, strict=True))
    every = " UNION ALL ".join(f"SELECT * FROM {name}" for name in tables[:-1])
    if union.args.get("distinct"):
        keys = ", ".join(equality.canonical(f"c{index}", output.type) for index, output in enumerate(outputs))
        every = f"SELECT DISTINCT ON ({keys}) * FROM ({every})"
    message = f"'Recursion depth limit exceeded ({_DEPTH})'"
    test = macros.checked("TRUE", f"(SELECT count(*) FROM {tables[-1]}) > 0", "NOT_SUPPORTED", message)
    return Compiled(f"WITH {parts} SELECT * FROM ({every}) WHERE {test}", outputs)


def _fitted(compiler: Compiler, common: Any, step: Compiled, outputs: tuple[Output, ...]) -> str:
    """A step's rows in the types of the base."""
    kinds = [output.type for output in outputs]
    if len(step.outputs) != len(kinds):
        message = (
            f"base and step relations of recursion have different number of fields: {len(kinds)}, {len(step.outputs)}"
        )
        raise failure(compiler.text, common, "TYPE_MISMATCH", message)
    items = []
    for index, (own, kind) in enumerate(zip(step.outputs, kinds, strict=True)):
        if not (own.type == t.UNKNOWN or t.is_coercible_to(own.type, kind)):
            message = f"recursion step relation output type ({own.type}) is not coercible to recursion base relation"
            raise failure(
                compiler.text, common, "TYPE_MISMATCH", f"{message} output type ({kind}) at column {index + 1}"
            )
        items.append(f"{compiler.coerced(Value(f'c{index}', own.type), kind)} AS c{index}")
    return f"SELECT {', '.join(items)} FROM ({step.sql})"
