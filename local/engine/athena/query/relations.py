"""FROM: tables, views, subqueries, VALUES, UNNEST and joins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from local.engine.athena import parser
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.query import pruning, unnesting
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.conditions import compare, condition
from local.engine.athena.query.scope import Compiled, Context, Field, Output, Scope, Value, failure, name_of
from local.engine.athena.relation import CATALOG, TableRequest
from local.engine.athena.sql import quoted

Fields = tuple[Field, ...]


def sources(compiler: Compiler, node: Any, context: Context) -> tuple[str, Fields]:
    """The FROM clause of a SELECT and the fields that it gives."""
    clause = node.args.get("from_")
    if clause is None:
        return "", ()
    where = node.args["where"].this if node.args.get("where") is not None else None
    sql, fields = _relation(compiler, clause.this, context, (), where)
    # a comma or JOIN may stand at the relation instead of the query
    for join in [*(clause.this.args.get("joins") or []), *(node.args.get("joins") or [])]:
        sql, fields = _join(compiler, join, sql, fields, context, where)
    return f" FROM {sql}", fields


def _relation(compiler: Compiler, node: Any, context: Context, left: Fields, where: Any) -> tuple[str, Fields]:
    """One relation as DuckDB's SQL; `left` is what a lateral one may name."""
    if isinstance(node, exp.Unnest):
        inside = Context(Scope(left, context.scope.outer), context.parameters, context.ctes)
        node, compiled = unnesting.unnest(compiler, node, inside)
        return _aliased(compiler, node, compiled, lateral=True)
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Values):
        # how the parser has VALUES with an alias in parentheses
        return _aliased(compiler, node, compiler.select(node.this, context))
    if isinstance(node, exp.Table):
        return _table(compiler, node, context, where)
    if isinstance(node, exp.Paren):
        return _relation(compiler, node.this, context, left, where)
    if isinstance(node, exp.Subquery) and _is_relation(node.this):
        return _in_parentheses(compiler, node, context, left, where)
    lateral = isinstance(node, exp.Lateral)
    scope = Scope(left, context.scope.outer) if lateral else context.scope.outer
    inside = Context(Scope((), scope), context.parameters, context.ctes)
    body = node.this if isinstance(node, exp.Lateral) else node
    compiled = compiler_query(compiler, body, inside)
    return _aliased(compiler, node, compiled, lateral=lateral)


def _is_relation(node: Any) -> bool:
    """Whether parentheses hold a relation, maybe joined to others, and not a query."""
    if isinstance(node, exp.Subquery):
        return bool(node.args.get("joins") or node.args.get("alias")) or _is_relation(node.this)
    return isinstance(node, exp.Table | exp.Unnest | exp.Lateral) or (
        isinstance(node, exp.Values) and bool(node.args.get("alias"))
    )


def _in_parentheses(compiler: Compiler, node: Any, context: Context, left: Fields, where: Any) -> tuple[str, Fields]:
    inner, fields = _relation(compiler, node.this, context, left, where)
    joins = node.this.args.get("joins") or []
    for join in joins:
        inner, fields = _join(compiler, join, inner, fields, context, where)
    if node.args.get("alias") is None:
        return f"({inner})" if joins else inner, fields
    shown = [field for field in fields if not field.hidden]
    items = ", ".join(f"{field.sql} AS c{index}" for index, field in enumerate(shown))
    outputs = tuple(Output(field.name, field.type) for field in shown)
    return _aliased(compiler, node, Compiled(f"SELECT {items} FROM {inner}", outputs))


def compiler_query(compiler: Compiler, node: Any, context: Context) -> Compiled:
    """A subquery in FROM."""
    return compiler.select(
        node.this if isinstance(node, exp.Subquery) and not node.args.get("with_") else node, context
    )


def _aliased(
    compiler: Compiler, node: Any, compiled: Compiled, *, lateral: bool = False, name: str = ""
) -> tuple[str, Fields]:
    alias = node.args.get("alias")
    names = [name_of(item) for item in (alias.args.get("columns") or [])] if alias is not None else []
    compiled = renamed(compiler, node, compiled, names)
    qualifier = (name_of(alias.this),) if alias is not None and alias.this is not None else ((name,) if name else ())
    own = compiler.fresh("r")
    fields = tuple(
        Field(qualifier, output.name, output.type, f"{own}.c{index}") for index, output in enumerate(compiled.outputs)
    )
    return f"{'LATERAL ' if lateral else ''}({compiled.sql}) AS {own}", fields


def renamed(compiler: Compiler, node: Any, compiled: Compiled, names: list[str]) -> Compiled:
    """The query with the column names of an alias."""
    if not names:
        return compiled
    if len(names) != len(compiled.outputs):
        message = f"Column alias list has {len(names)} entries but relation has {len(compiled.outputs)} columns"
        raise failure(compiler.text, node, "MISMATCHED_COLUMN_ALIASES", message)
    outputs = tuple(Output(name, output.type) for name, output in zip(names, compiled.outputs, strict=True))
    return Compiled(compiled.sql, outputs)


def _table(compiler: Compiler, node: Any, context: Context, where: Any) -> tuple[str, Fields]:
    if not isinstance(node.this, exp.Identifier):
        raise not_supported(f"the table function {node.this.sql()}")
    name = name_of(node.this)
    if not node.db and name in context.ctes:
        return _aliased(compiler, node, context.ctes[name], name=name)
    request = _request(compiler, node, name, where)
    relation = compiler.catalog(request)
    if relation.query:
        return _aliased(compiler, node, compiler.view(relation), name=name)
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        shown = [column for column in relation.columns if not column.hidden]
        sql = f"SELECT {', '.join(f'{quoted(c.name)} AS c{i}' for i, c in enumerate(shown))} FROM {relation.view}"
        return _aliased(compiler, node, Compiled(sql, tuple(Output(c.name, c.type) for c in shown)))
    own = compiler.fresh("r")
    qualifier = (name_of(alias.this),) if alias is not None else (CATALOG, request.database, name)
    fields = tuple(
        Field(qualifier, column.name, column.type, f"{own}.{quoted(column.name)}", column.hidden)
        for column in relation.columns
    )
    return f"{relation.view} AS {own}", fields


def _request(compiler: Compiler, node: Any, name: str, where: Any) -> TableRequest:
    place = parser.position(compiler.text, next(iter(node.parts)))
    if node.catalog and node.catalog.lower() != CATALOG:
        raise QueryFailedError("CATALOG_NOT_FOUND", f"{place}: Catalog '{node.catalog}' does not exist")
    database = (node.db or compiler.database).lower()
    if not database:
        message = f"{place}: Schema must be specified when session schema is not set"
        raise QueryFailedError("MISSING_SCHEMA_NAME", message)
    alias = node.args.get("alias")
    known = name_of(alias.this) if alias is not None else name
    return TableRequest(database, name, place, *pruning.of(where, known))


def _join(compiler: Compiler, join: Any, sql: str, left: Fields, context: Context, where: Any) -> tuple[str, Fields]:
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    right_sql, right = _relation(compiler, join.this, context, left, where)
    for inner in join.this.args.get("joins") or []:
        right_sql, right = _join(compiler, inner, right_sql, right, context, where)
    words = f"{side} JOIN" if side else "JOIN"
    using = [name_of(item) for item in join.args.get("using") or []]
    if using:
        return _using(compiler, join, (sql, left), (right_sql, right), words, using)
    on = join.args.get("on")
    if on is None:
        if side or kind not in ("", "CROSS"):
            raise failure(compiler.text, join, "SYNTAX_ERROR", f"{words} needs ON or USING")
        return f"{sql} CROSS JOIN {right_sql}", left + right
    lateral = isinstance(join.this, exp.Lateral) and side in ("RIGHT", "FULL")
    is_true = isinstance(on, exp.Boolean) and on.this
    if (lateral or (side and isinstance(join.this, exp.Unnest))) and not is_true:
        what = "LATERAL" if lateral else "UNNEST"
        message = f"{words} involving {what} is only supported with condition ON TRUE"
        raise failure(compiler.text, join, "NOT_SUPPORTED", message)
    scope = Scope(left + right, context.scope.outer)
    clause = "OUTER JOIN" if side else "JOIN"
    test = condition(compiler, on, replace(context, scope=scope, keys=None, clause=clause), "JOIN ON clause")
    return f"{sql} {words} {right_sql} ON {test}", left + right


def _using(
    compiler: Compiler, join: Any, left: tuple[str, Fields], right: tuple[str, Fields], words: str, names: list[str]
) -> tuple[str, Fields]:
    """The columns of USING come first, once, and without a table's name."""
    tests, merged, used = [], [], []
    for name in names:
        pair = [_only(compiler, join, name, fields) for fields in (left[1], right[1])]
        kind = compiler.common_type(join, [field.type for field in pair])
        one, other = (Value(field.sql, field.type) for field in pair)
        tests.append(compare(compiler, join, one, "=", other))
        sides = [compiler.coerced(value, kind) for value in (one, other)]
        chosen = {"LEFT JOIN": sides[0], "JOIN": sides[0], "RIGHT JOIN": sides[1]}
        merged.append(Field((), name, kind, chosen.get(words, f"coalesce({', '.join(sides)})")))
        used += pair
    rest = [field for field in left[1] + right[1] if not any(field is one for one in used)]
    return f"{left[0]} {words} {right[0]} ON {' AND '.join(tests)}", (*merged, *rest)


def _only(compiler: Compiler, join: Any, name: str, fields: Fields) -> Field:
    found = [field for field in fields if field.name == name]
    if len(found) != 1:
        message = f"Column '{name}' is {'ambiguous' if found else 'missing from one side of join'}"
        raise failure(compiler.text, join, "COLUMN_NOT_FOUND", message)
    return found[0]
