"""Relations made of expressions: VALUES and UNNEST."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.scope import Compiled, Context, Output, Value, failure, name_of


def values(compiler: Compiler, node: Any, context: Context) -> Compiled:
    """VALUES (1, 'a'), ROW(2, 'b'): a row has a column for each of its fields, all else is one column."""
    rows = [_cells(compiler, item, context) for item in node.expressions]
    width = max(len(row) for row in rows)
    null = [Value("NULL", t.UNKNOWN)] * width
    rows = [null if len(row) == 1 and row[0].type == t.UNKNOWN else row for row in rows]
    if len({len(row) for row in rows}) != 1:
        raise failure(compiler.text, node, "TYPE_MISMATCH", "Values rows have mismatched sizes")
    kinds = [compiler.common_type(node, [cell.type for cell in column]) for column in zip(*rows, strict=True)]
    lines = ", ".join(f"({', '.join(_typed(compiler, c, k) for c, k in zip(row, kinds, strict=True))})" for row in rows)
    names = ", ".join(f"c{index}" for index in range(len(kinds)))
    sql = f"SELECT {names} FROM (VALUES {lines}) AS {compiler.fresh('v')}({names})"
    return Compiled(sql, tuple(Output(None, kind) for kind in kinds))


def _typed(compiler: Compiler, cell: Value, kind: t.Type) -> str:
    return f"CAST({compiler.coerced(cell, kind)} AS {t.duckdb_type(kind)})"


def _cells(compiler: Compiler, item: Any, context: Context) -> list[Value]:
    if isinstance(item, exp.Tuple) and len(item.expressions) == 1:
        item = item.expressions[0]
    if isinstance(item, exp.Tuple) or (isinstance(item, exp.Anonymous) and name_of(item) == "row"):
        return [compiler.value(cell, context) for cell in item.expressions]
    value = compiler.value(item, context)
    if value.type.name != "row":
        return [value]
    fields = enumerate(value.type.parameters)
    return [Value(f"struct_extract({value.sql}, 'f{index}')", kind) for index, (_, kind) in fields]


def unnest(compiler: Compiler, node: Any, context: Context) -> tuple[Any, Compiled]:
    """UNNEST of arrays and maps side by side, the shorter ones filled with NULL; and the node with its whole alias."""
    columns: list[tuple[str, t.Type, str | None]] = []
    inner: list[str] = []
    lengths: list[str] = []
    for item in node.expressions:
        value = compiler.value(item, context)
        place = f"u{len(inner)}"
        if value.type.name == "array":
            inner.append(f"unnest({value.sql}) AS {place}")
            lengths.append(f"len({value.sql})")
            if value.type.element.name == "row":
                fields = enumerate(value.type.element.parameters)
                columns += [(f"struct_extract({place}, 'f{i}')", kind, name) for i, (name, kind) in fields]
            else:
                columns.append((place, value.type.element, None))
        elif value.type.name == "map":
            inner.append(f"unnest(map_entries({value.sql})) AS {place}")
            lengths.append(f"CAST(cardinality({value.sql}) AS BIGINT)")
            sides = zip(("key", "value"), value.type.parameters, strict=True)
            columns += [(f"{place}.{side}", kind, None) for side, kind in sides]
        else:
            raise failure(compiler.text, item, "TYPE_MISMATCH", f"Cannot unnest type: {value.type}")
    if node.args.get("offset"):
        inner.append(f"unnest(range(1, greatest({', '.join(lengths)}) + 1)) AS number")
        columns.append(("number", t.BIGINT, None))
    items = ", ".join(f"{sql} AS c{index}" for index, (sql, _, _) in enumerate(columns))
    compiled = Compiled(
        f"SELECT {items} FROM (SELECT {', '.join(inner)})", tuple(Output(name, kind) for _, kind, name in columns)
    )
    return _with_whole_alias(node, len(columns)), compiled


def _with_whole_alias(node: Any, width: int) -> Any:
    """The parser takes the name of the ordinality column off the alias list."""
    alias, offset = node.args.get("alias"), node.args.get("offset")
    if alias is None or not alias.args.get("columns") or not isinstance(offset, exp.Identifier):
        return node
    names = [name_of(item) for item in [*alias.args["columns"], offset]]
    names = names if len(names) == width else names[:-1]
    whole = exp.TableAlias(this=alias.this, columns=[exp.to_identifier(name, quoted=True) for name in names])
    return exp.Unnest(expressions=node.expressions, alias=whole)
