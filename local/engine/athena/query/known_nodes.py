"""What of the parser's tree is compiled: no argument of a node is dropped without a word.

A line is `Node, Node = read | harmless | refused`, with all arguments that sqlglot's class has: `read` are compiled,
`harmless` change nothing in what a query answers, and a query in which a refused one is set fails with NOT_SUPPORTED,
as does one with a node that is not here. tests/engine/test_athena_nodes.py compares the lines with the pinned sqlglot
and watches the compiler read what is said to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import ErrorLevel, exp

from local.engine.athena.failures import not_supported

_MODIFIERS = """
    match laterals connect pivots prewhere qualify distribute sort cluster locks sample settings format options for_
"""
_TABLE = f"""
Select = with_ expressions distinct from_ joins where group having windows order limit offset
       | | kind hint into operation_modifiers exclude {_MODIFIERS}
# a kind is INNER or missing, and belongs to by_name
Union, Intersect, Except = with_ this expression distinct order limit offset
       | kind | by_name side on joins where group having windows {_MODIFIERS}
Subquery = this alias with_ joins order limit offset | | where group having windows {_MODIFIERS}
Values = expressions alias order limit offset | | pivots
With = expressions recursive | | search cycle udfs
CTE = this alias | | scalar materialized key_expressions
From, Where, Having, Paren, Not, Neg, Any, All, IgnoreNulls, Var = this | |
RespectNulls = this | |
Table = this alias db catalog joins | |
      laterals pivots hints system_time version format pattern ordinality when only partition changes rows_from sample
      indexed
TableAlias = this columns | |
Join = this on side kind using | | method global_ hint match_condition nearest directed expressions pivots
Lateral = this alias | | view outer cross_apply ordinality
Unnest = expressions alias offset | | explode_array
Group = expressions all | | grouping_sets cube rollup totals
GroupingSets, Rollup, Cube, Tuple = expressions | |
Order = this expressions | | siblings
Ordered = this desc nulls_first | | with_fill
Limit = expression | | this offset limit_options expressions
# FIRST and NEXT mean the same
Fetch = count | direction limit_options |
# so do ROW and ROWS
LimitOptions = | rows | percent with_ties
Offset = expression | | this expressions
Distinct = expressions | | on
Window = this partition_by order spec alias | over | first
WindowSpec = kind start start_side end end_side | | exclude
Filter, WithinGroup = this expression | |
Star = | | except_ replace rename ilike
Alias = this alias | |
Aliases = this expressions | |
Column = this table db catalog | | join_mark shadow
# Trino compares names in lower case, quoted or not
Identifier = this | quoted | global_ temporary
Is = this expression | | negate
Dot, Escape, And, Or, Add, Sub, Mul, Mod, EQ, NEQ, LT, LTE, GT, GTE, NullSafeEQ, NullSafeNEQ = this expression | |
# whole numbers are divided as whole numbers by their types
Div = this expression | typed | safe
DPipe = this expression | safe |
Like = this expression negate | |
Between = this low high symmetric | |
In = this expressions query | | unnest field is_global
Exists = this | | expression
Case = this ifs default | |
If = this true false | |
Literal = this is_string | |
Boolean = this | |
Null = | |
HexString = this | | is_integer
UnicodeString = this escape | |
Interval = this unit | | fraction_in_string
IntervalSpan = this expression | |
# the tree of JSON '…'
ParseJSON = this | is_literal | expression safe
# the class says what `safe` says
Cast = this to | safe | format action default
TryCast = this to | safe | format action default requires_string null_on_text_overflow probe_date_format
# the class says which type is nested
DataType = this expressions | nested | values kind nullable collate
DataTypeParam = this | | expression
ColumnDef = this kind | | constraints exists position default output
Array = expressions | | bracket_notation struct_name_inheritance value_constructor
Bracket = this expressions | | offset safe returns_list_for_maps json_access
AtTimeZone = this zone | |
CurrentDate, CurrentTime, Localtimestamp, Localtime = | | this
CurrentTimestamp = | | this sysdate
Anonymous = this expressions | |
Lambda = this expressions | |
Extract = this expression | |
Substring = this start length | | zero_start
Trim = this expression position | | collation
StrPosition = this substr | | position occurrence clamp_position
"""


@dataclass(frozen=True)
class Arguments:
    """The names of a node's arguments."""

    read: frozenset[str]
    harmless: frozenset[str]
    refused: frozenset[str]


def _parsed(table: str) -> dict[type, Arguments]:
    found: dict[type, Arguments] = {}
    lines: list[str] = []
    for line in table.splitlines():
        if line.startswith(" "):
            lines[-1] += line
        elif line and not line.startswith("#"):
            lines.append(line)
    for line in lines:
        nodes, _, arguments = line.partition(" =")
        own = Arguments(*(frozenset(part.split()) for part in arguments.split("|")))
        found |= {getattr(exp, node.strip()): own for node in nodes.split(",")}
    return found


NODES: Mapping[type, Arguments] = _parsed(_TABLE)


def refuse_unknown(tree: Any) -> None:
    """Fail with NOT_SUPPORTED if a tree has a node or an argument that would be dropped."""
    for node in tree.walk():
        known = NODES.get(type(node))
        if isinstance(node, exp.Command):
            raise not_supported(str(node.this))
        if known is None:
            raise not_supported(f"this part of the query: {_shown(node)}")
        for name, value in node.args.items():
            if value and name in known.refused:
                raise not_supported(f"{name.strip('_').replace('_', ' ').upper()} here: {_shown(node)}")


def _shown(node: Any) -> str:
    return str(node.sql(dialect="trino", unsupported_level=ErrorLevel.IGNORE))
