"""From Athena's SQL to DuckDB's. Pure: no catalog, no files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.engine.athena.failures import QueryFailedError, not_supported
from local.engine.athena.semantics import CASTS

CATALOG = "awsdatacatalog"
_DML = ("SELECT", "WITH", "INSERT", "DELETE", "UPDATE", "MERGE", "VALUES", "(")
_DDL = ("CREATE", "DROP", "ALTER", "MSCK")
_UNNAMED = "__landfall_unnamed_"

# Functions that mean the same in both, once sqlglot has translated them. Any other is refused: DuckDB has functions
# of Athena's names that count otherwise (date_diff counts borders, Athena whole units).
_FUNCTIONS = (
    *(exp.Abs, exp.Ceil, exp.Floor, exp.Ln, exp.Pow, exp.Round, exp.Sqrt),
    *(exp.And, exp.Or, exp.Xor, exp.Exists, exp.Case, exp.Coalesce, exp.If, exp.Nullif, exp.Cast, exp.TryCast),
    *(exp.Concat, exp.Length, exp.Lower, exp.RegexpLike, exp.Replace, exp.Reverse, exp.StrPosition, exp.Substring),
    *(exp.Trim, exp.Upper, exp.Greatest, exp.Least, exp.CurrentDate, exp.Day, exp.Month, exp.Year),
    *(exp.AnyValue, exp.ApproxDistinct, exp.ArgMax, exp.ArgMin, exp.Avg, exp.Count, exp.CountIf, exp.Max, exp.Min),
    *(exp.LogicalAnd, exp.LogicalOr, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance),
    *(exp.VariancePop, exp.DenseRank, exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.Rank, exp.RowNumber),
)
_TABLE_PARTS = ("this", "db", "catalog", "alias", "joins", "laterals")


class MalformedQueryError(Exception):
    """Athena refuses the text when it is submitted; the message is Athena's."""


@dataclass(frozen=True)
class TableName:
    """A table as a query names it, and where."""

    database: str
    name: str
    position: str


@dataclass(frozen=True)
class Statement:
    """A parsed statement; `tree` is None for what is no query."""

    text: str
    type: str
    tree: Any
    defines_table: bool = False
    """CREATE EXTERNAL TABLE or DROP TABLE."""


def parse(text: str) -> Statement:
    """Parse exactly one statement; comments do not count."""
    try:
        tokens = sqlglot.tokenize(text, read="athena")
        if not tokens:
            raise MalformedQueryError("Query string is empty.")
        trees = [tree for tree in sqlglot.parse(text, read="athena") if tree is not None]
    except SqlglotError as error:
        raise MalformedQueryError(_parse_message(error)) from error
    if len(trees) > 1:
        raise MalformedQueryError("Only one sql statement is allowed.")
    first = tokens[0].text.upper()
    kind = "DML" if first in _DML else "DDL" if first in _DDL else "UTILITY"
    tree = trees[0] if trees else None
    if isinstance(tree, exp.Query):
        return Statement(text, kind, tree)
    defines = isinstance(tree, exp.Create | exp.Drop) and tree.kind == "TABLE" and tree.args.get("expression") is None
    return Statement(text, kind, None, defines)


def to_duckdb(statement: Statement, database: str, relation: Callable[[TableName], str]) -> str:
    """DuckDB's SQL for a query; `relation` gives the name that stands for a table there."""
    tree = statement.tree.copy()
    _refuse_unknown(tree)
    for table in list(tree.find_all(exp.Table)):
        if _is_common_table(table):
            continue
        name = _table_name(statement.text, table, database)
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
        replacement = exp.Table(this=exp.to_identifier(relation(name)), alias=alias.copy())
        for part in ("joins", "laterals"):
            if table.args.get(part):
                replacement.set(part, table.args[part])
        table.replace(replacement)
    for column in tree.find_all(exp.Column):
        # "db"."table".column: the relation's alias is the bare table name
        column.set("db", None)
        column.set("catalog", None)
    _name_the_unnamed(tree)
    _repair(tree)
    return str(tree.sql(dialect="duckdb", comments=False))


def output_names(names: list[str]) -> list[str]:
    """Names as Athena prints them: lower case, and _col<position> for what has none."""
    return [f"_col{index}" if name.startswith(_UNNAMED) else name.lower() for index, name in enumerate(names)]


def column_position(statement: Statement, name: str, table: str = "") -> str:
    """Where a column stands in the text."""
    for column in statement.tree.find_all(exp.Column):
        if column.name.lower() == name.lower() and (not table or column.table.lower() == table.lower()):
            return _position(statement.text, column.parts[0])
    return "line 1:1"


def column_of_table(statement: Statement, table: str) -> str:
    """The first column that a query asks of a table."""
    found = (column.name for column in statement.tree.find_all(exp.Column) if column.table.lower() == table.lower())
    return next(found, "")


def _table_name(text: str, table: exp.Table, database: str) -> TableName:
    if not isinstance(table.this, exp.Identifier):
        raise not_supported(f"the table function {table.this.sql()}")
    position = _position(text, next(iter(table.parts)))
    if table.catalog and table.catalog.lower() != CATALOG:
        raise QueryFailedError("CATALOG_NOT_FOUND", f"{position}: Catalog '{table.catalog}' does not exist")
    if not table.db and not database:
        raise QueryFailedError(
            "MISSING_SCHEMA_NAME", f"{position}: Schema must be specified when session schema is not set"
        )
    return TableName((table.db or database).lower(), table.name.lower(), position)


def _is_common_table(table: exp.Table) -> bool:
    """Whether the name is that of a WITH query in reach. A query that is not recursive does not see itself."""
    if table.db:
        return False
    path = _path(table)
    for above in path:
        commons = list(getattr(above, "ctes", None) or [])
        inside = next((index for index, common in enumerate(commons) if common in path), None)
        clause = above.args.get("with_")
        recursive = bool(clause and clause.args.get("recursive"))
        # inside the WITH clause of this query only the ones before are in reach
        reach = commons if inside is None else commons[: inside + recursive]
        if any(common.alias.lower() == table.name.lower() for common in reach):
            return True
    return False


def _path(node: Any) -> list[Any]:
    """The node and all that contain it. Compared by identity: equal trees are equal in sqlglot."""
    found = _Nodes()
    while node is not None:
        found.append(node)
        node = node.parent
    return found


class _Nodes(list[Any]):
    def __contains__(self, wanted: object) -> bool:
        return any(node is wanted for node in self)


def _refuse_unknown(tree: Any) -> None:
    """What DuckDB could take for something else fails here."""
    for table in tree.find_all(exp.Table):
        _refuse_unknown_table(table)
    for function in tree.find_all(exp.Func):
        if type(function) not in _FUNCTIONS:
            name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
            raise not_supported(f"the function {name.lower()}")
    for cast in tree.find_all(exp.Cast):
        if cast.to.this != exp.DType.DECIMAL and (cast.to.expressions or _type_name(cast) not in CASTS):
            raise not_supported(f"casts to {cast.to.sql(dialect='athena').lower()}")
    for column in tree.find_all(exp.Column):
        if column.name.startswith("$"):
            raise not_supported(f'the column "{column.name}"')
    if tree.find(exp.Placeholder, exp.Parameter):
        raise not_supported("parameters of queries")


def _refuse_unknown_table(table: exp.Table) -> None:
    """DuckDB's table functions would read files of this machine; Athena has none of them."""
    if not isinstance(table.this, exp.Identifier):
        raise not_supported(f"the table function {table.this.sql()}")
    unknown = [part for part, value in table.args.items() if value and part not in _TABLE_PARTS]
    if unknown:
        raise not_supported(f"{unknown[0]} on a table")


def _repair(tree: Any) -> None:
    """Where the same words mean something else: the macros of semantics.py, and two rewritings."""
    # the innermost first: a replaced node takes copies of what is in it
    for node in reversed(list(tree.find_all(exp.Div, exp.Mod, exp.Cast, exp.ApproxDistinct, exp.Trim, bfs=True))):
        if isinstance(node, exp.ApproxDistinct):
            # the exact count is within any error that Athena's estimate may have
            node.replace(exp.Count(this=exp.Distinct(expressions=[node.this.copy()])))
        elif isinstance(node, exp.Trim):
            if node.args.get("expression") is None:
                # DuckDB's trim leaves tabs and line ends
                node.set("expression", exp.Literal.string(" \t\n\x0b\f\r"))
        elif isinstance(node, exp.Cast):
            if node.to.this != exp.DType.DECIMAL:
                attempt = "try_" if isinstance(node, exp.TryCast) else ""
                _call(node, f"athena_{attempt}cast_{_type_name(node)}", node.this)
        else:
            name = "athena_divide" if isinstance(node, exp.Div) else "athena_remainder"
            _call(node, name, node.left, node.right)


def _call(node: Any, macro: str, *arguments: Any) -> None:
    node.replace(exp.Anonymous(this=macro, expressions=[argument.copy() for argument in arguments]))


def _type_name(cast: exp.Cast) -> str:
    """Athena's name of a cast's type, without its size."""
    name = str(cast.to.this.value).lower()
    return {"int": "integer", "float": "real", "text": "varchar"}.get(name, name)


def _name_the_unnamed(tree: Any) -> None:
    """DuckDB names a column after its expression; Athena does not."""
    for number, select in enumerate(list(tree.find_all(exp.Select))):
        projections = []
        for index, item in enumerate(select.expressions):
            named = isinstance(item, exp.Alias | exp.Column) or item.is_star
            projections.append(item if named else exp.alias_(item, f"{_UNNAMED}{number}_{index}", quoted=True))
        select.set("expressions", projections)


def _position(text: str, node: Any) -> str:
    start = node.meta.get("start")
    if start is None:
        return "line 1:1"
    before = text[:start]
    return f"line {before.count(chr(10)) + 1}:{start - (before.rfind(chr(10)) + 1) + 1}"


def _parse_message(error: SqlglotError) -> str:
    details = getattr(error, "errors", None) or []
    if details and details[0].get("line"):
        found = details[0]
        word = re.sub(r"\s+", " ", str(found.get("highlight") or "<EOF>"))
        column = max(1, int(found.get("col") or 1) - len(word) + 1)
        return f"line {found['line']}:{column}: mismatched input '{word}' ({found.get('description', '')})"
    return f"line 1:1: {error}"
