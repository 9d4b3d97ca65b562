"""EXPLAIN: the steps of a query as a tree of text. They are the engine's own: Athena's stages and costs are not known.

Nothing is run; a query that is wrong fails as it would when it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from local.engine.athena import parser
from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.results import Result, of_lines
from local.engine.athena.session import Run, Session
from local.engine.athena.statements.words import Words

_TYPES = ("DISTRIBUTED", "LOGICAL", "VALIDATE")


def explain(run: Run, text: str) -> Result:
    """EXPLAIN [(TYPE …, FORMAT TEXT)] query."""
    words = Words(text)
    words.need("EXPLAIN")
    if words.has("ANALYZE"):
        raise not_supported("EXPLAIN ANALYZE")
    kind = _options(words)
    query = words.rest()
    try:
        tree = parser.parse_query(query)
    except parser.MalformedQueryError as error:
        raise QueryFailedError("SYNTAX_ERROR", str(error)) from error
    with Session(run) as session:
        compiled = session.compile(query, tree)
    if kind == "VALIDATE":
        return Result(["Valid"], [t.BOOLEAN], [["true"]])
    names = [output.name or f"_col{index}" for index, output in enumerate(compiled.outputs)]
    columns = ", ".join(f"{name}:{output.type}" for name, output in zip(names, compiled.outputs, strict=True))
    return of_lines("Query Plan", [*_lines(f"Output[{columns}]", tree), ""])


def _options(words: Words) -> str:
    kind = "DISTRIBUTED"
    if words.peek().text != "(" or words.peek(1).text.upper() not in ("TYPE", "FORMAT"):
        return kind
    words.need("(")
    while not words.has(")"):
        if words.has("TYPE"):
            kind = words.take().text.upper()
        elif words.has("FORMAT"):
            form = words.take().text.upper()
            if form != "TEXT":
                raise not_supported(f"EXPLAIN in the format {form}")
        else:
            raise words.wrong("Expecting: 'FORMAT', 'TYPE'")
        words.has(",")
    if kind not in _TYPES:
        raise not_supported(f"EXPLAIN of the type {kind}")
    return kind


def _lines(first: str, query: Any) -> Iterator[str]:
    yield first
    yield from (f"    {line}" for line in _query(query))


def _query(node: Any) -> Iterator[str]:
    """The steps that make the rows, the last one first."""
    if isinstance(node, exp.Subquery):
        yield from _query(node.this)
        return
    steps = list(_steps(node))
    indent = ""
    for step in steps:
        yield f"{indent}- {step}"
        indent += "   "
    for source in _sources(node):
        yield from (f"{indent}{line}" for line in source)


def _steps(node: Any) -> Iterator[str]:
    if node.args.get("limit"):
        yield f"Limit[{_sql(node.args['limit'].args.get('expression'))}]"
    if node.args.get("order"):
        yield f"Sort[orderBy = [{', '.join(map(_sql, node.args['order'].expressions))}]]"
    if isinstance(node, exp.SetOperation):
        kind = f"{type(node).__name__}{'' if node.args.get('distinct') else ' ALL'}"
        yield kind
    if not isinstance(node, exp.Select):
        return
    if node.args.get("distinct"):
        yield "Distinct"
    yield f"Project[{', '.join(map(_sql, node.expressions))}]"
    if node.args.get("having"):
        yield f"Filter[{_sql(node.args['having'].this)}]"
    group = node.args.get("group")
    if group or any(item.find(exp.AggFunc) for item in node.expressions):
        yield f"Aggregate[keys = [{', '.join(map(_sql, group.expressions)) if group else ''}]]"
    if node.args.get("where"):
        yield f"Filter[{_sql(node.args['where'].this)}]"


def _sources(node: Any) -> Iterator[list[str]]:
    if isinstance(node, exp.SetOperation):
        yield list(_query(node.left))
        yield list(_query(node.right))
        return
    if isinstance(node, exp.Values):
        yield [f"- Values[{len(node.expressions)} rows]"]
        return
    clause = node.args.get("from_")
    if clause is None:
        yield ["- Values[1 row]"]
        return
    yield _relation(clause.this)
    for join in [*(clause.this.args.get("joins") or []), *(node.args.get("joins") or [])]:
        words = " ".join(str(join.args.get(part) or "") for part in ("side", "kind")).strip() or "INNER"
        on = f"[{_sql(join.args['on'])}]" if join.args.get("on") is not None else ""
        yield [f"- {words} JOIN{on}", *(f"   {line}" for line in _relation(join.this))]


def _relation(node: Any) -> list[str]:
    if isinstance(node, exp.Table):
        return [f"- TableScan[{'.'.join(str(part.name) for part in node.parts)}]"]
    if isinstance(node, exp.Subquery | exp.Query):
        return list(_query(node))
    return [f"- {type(node).__name__}"]


def _sql(node: Any) -> str:
    return str(node.sql(dialect="trino")) if node is not None else ""
