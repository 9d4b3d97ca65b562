"""Comparisons, logic, CASE and subqueries in expressions."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.parser import operator_position
from local.engine.athena.query import equality
from local.engine.athena.query.compiler import Compiler, Handler
from local.engine.athena.query.scope import Compiled, Context, Value, failure, name_of

_SIGNS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}


def comparison(compiler: Compiler, node: Any, context: Context) -> Value:
    """A < b; a text and a number do not compare."""
    quantifier = _quantifier(node.right)
    if quantifier is not None:
        return _quantified(compiler, node, *quantifier, context)
    left, right = compiler.value(node.left, context), compiler.value(node.right, context)
    return Value(compare(compiler, node, left, _SIGNS[type(node)], right), t.BOOLEAN)


def compare(compiler: Compiler, node: Any, left: Value, sign: str, right: Value) -> str:
    """SQL that compares two values, or TYPE_MISMATCH."""
    kind = t.common(left.type, right.type)
    if kind is None or (sign in ("<", "<=", ">", ">=") and not t.is_orderable(kind)):
        place = operator_position(compiler.text, node)
        raise QueryFailedError("TYPE_MISMATCH", f"{place}: Cannot apply operator: {left.type} {sign} {right.type}")
    return equality.compared(compiler.coerced(left, kind), sign, compiler.coerced(right, kind), kind)


def comparable(compiler: Compiler, value: Value, kind: t.Type) -> str:
    """SQL of a value as it compares: of a zoned time the instant."""
    return equality.canonical(compiler.coerced(value, kind), kind)


def _quantifier(node: Any) -> tuple[str, Any] | None:
    """ALL, ANY or SOME with a query; before VALUES the parser takes the word for a function."""
    if isinstance(node, exp.Any | exp.All):
        return ("any" if isinstance(node, exp.Any) else "all"), node.this
    if isinstance(node, exp.Anonymous) and name_of(node) in ("all", "any", "some") and len(node.expressions) == 1:
        query = node.expressions[0]
        if isinstance(query, exp.Query | exp.Values):
            return ("all" if name_of(node) == "all" else "any"), query
    return None


def _quantified(compiler: Compiler, node: Any, word: str, source: Any, context: Context) -> Value:
    """A > ALL (SELECT …): unknown where a comparison is, unless another one decides."""
    left = compiler.value(node.left, context)
    query = compiler.subquery(source, context)
    right = _one_value(query, left.type)
    inner = compare(compiler, node, left, _SIGNS[type(node)], right)
    return Value(f"trino_{word}((SELECT coalesce(list({inner}), []) FROM ({query.sql})))", t.BOOLEAN)


def _one_value(query: Compiled, other: t.Type = t.UNKNOWN) -> Value:
    """What a row of a subquery is next to a value: its column, or a row of its columns."""
    kind = t.row(*((output.name, output.type) for output in query.outputs))
    if len(query.outputs) == 1 and (other.name != "row" or t.common(other, kind) is None):
        return Value("c0", query.outputs[0].type)
    fields = ", ".join(f"f{index} := c{index}" for index in range(len(query.outputs)))
    return Value(f"struct_pack({fields})", kind)


def logic(compiler: Compiler, node: Any, context: Context) -> Value:
    """AND and OR."""
    word = "AND" if isinstance(node, exp.And) else "OR"
    sides = [
        condition(compiler, side, context, f"Logical expression term of {word}") for side in (node.left, node.right)
    ]
    return Value(f"({sides[0]} {word} {sides[1]})", t.BOOLEAN)


def condition(compiler: Compiler, node: Any, context: Context, what: str) -> str:
    """SQL of a boolean, or TYPE_MISMATCH."""
    value = compiler.value(node, context)
    if value.type not in (t.BOOLEAN, t.UNKNOWN):
        message = f"{what} must evaluate to a boolean: actual type {value.type}"
        raise failure(compiler.text, node, "TYPE_MISMATCH", message)
    return value.sql


def negation(compiler: Compiler, node: Any, context: Context) -> Value:
    """NOT x."""
    return Value(f"(NOT {condition(compiler, node.this, context, 'Value of logical NOT expression')})", t.BOOLEAN)


def is_null(compiler: Compiler, node: Any, context: Context) -> Value:
    """X IS NULL; of a boolean IS TRUE, IS FALSE and IS UNKNOWN are SQL, but not Trino's."""
    if not isinstance(node.expression, exp.Null):
        raise failure(compiler.text, node, "SYNTAX_ERROR", f"Expecting: NULL in {node.sql(dialect='trino')}")
    value = compiler.value(node.this, context)
    # DuckDB takes a row of NULLs for NULL where it is a constant
    return Value(f"({value.sql} IS NULL)", t.BOOLEAN)


def between(compiler: Compiler, node: Any, context: Context) -> Value:
    """X BETWEEN a AND b."""
    value, low, high = (compiler.value(node.args[part], context) for part in ("this", "low", "high"))
    parts = [compare(compiler, node, value, ">=", low), compare(compiler, node, value, "<=", high)]
    inside = f"({' AND '.join(parts)})"
    if not node.args.get("symmetric"):
        return Value(inside, t.BOOLEAN)
    turned = [compare(compiler, node, value, ">=", high), compare(compiler, node, value, "<=", low)]
    return Value(f"({inside} OR ({' AND '.join(turned)}))", t.BOOLEAN)


def like(compiler: Compiler, node: Any, context: Context) -> Value:
    """A text and a pattern of % and _, which ESCAPE may turn off."""
    escape = None
    if isinstance(node, exp.Escape):
        node, escape = node.this, node.expression
    value, pattern = compiler.value(node.this, context), compiler.value(node.expression, context)
    for side in (value, pattern):
        if side.type.name not in ("varchar", "char", "unknown"):
            message = f"Left side of LIKE expression must evaluate to a varchar (actual: {side.type})"
            raise failure(compiler.text, node, "TYPE_MISMATCH", message)
    tail = ""
    if escape is not None:
        _check_escape(compiler, node.expression, escape)
        tail = f" ESCAPE {compiler.value(escape, context).sql}"
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return Value(f"({value.sql} {word} {pattern.sql}{tail})", t.BOOLEAN)


def _check_escape(compiler: Compiler, pattern: Any, escape: Any) -> None:
    """The sign is one character, and stands before %, _ or itself."""
    sign = str(escape.this) if isinstance(escape, exp.Literal) and escape.is_string else None
    if sign is not None and len(sign) != 1:
        message = "Escape string must be a single character"
        raise failure(compiler.text, escape, "INVALID_FUNCTION_ARGUMENT", message)
    if sign is not None and isinstance(pattern, exp.Literal) and pattern.is_string:
        rest = str(pattern.this).replace(sign * 2, "")
        if any(after not in ("%", "_") for after in [part[:1] for part in rest.split(sign)[1:]]):
            message = "Escape character must be followed by '%', '_' or the escape character itself"
            raise failure(compiler.text, pattern, "INVALID_FUNCTION_ARGUMENT", message)


def within(compiler: Compiler, node: Any, context: Context) -> Value:
    """X IN (1, 2) or IN (SELECT …)."""
    value = compiler.value(node.this, context)
    query = node.args.get("query")
    if query is None and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        query = node.expressions[0]
    if query is not None:
        return _in_query(compiler, node, query, value, context)
    if not node.expressions:
        raise failure(compiler.text, node, "SYNTAX_ERROR", "mismatched input ')'. Expecting: <expression>")
    items = [compiler.value(item, context) for item in node.expressions]
    kind = value.type
    for item in items:
        both = t.common(kind, item.type)
        if both is None:
            message = f"IN value and list items must be the same type: {value.type}"
            raise failure(compiler.text, node, "TYPE_MISMATCH", f"{message} and {item.type}")
        kind = both
    own = compiler.coerced(value, kind)
    if kind.name in ("array", "map", "row"):
        tests = (equality.equal(own, compiler.coerced(item, kind), kind) for item in items)
        return Value(f"({' OR '.join(tests)})", t.BOOLEAN)
    inner = ", ".join(comparable(compiler, item, kind) for item in items)
    return Value(_never_nan(f"({equality.canonical(own, kind)} IN ({inner}))", own, kind), t.BOOLEAN)


def _in_query(compiler: Compiler, node: Any, source: Any, value: Value, context: Context) -> Value:
    query = compiler.subquery(source, context)
    right = _one_value(query, value.type)
    kind = t.common(value.type, right.type)
    if kind is None:
        message = f"value and result of subquery must be of the same type for IN expression: {value.type} vs "
        raise failure(compiler.text, node, "TYPE_MISMATCH", f"{message}{right.type}")
    if kind.name in ("array", "map", "row"):
        inner = equality.equal(compiler.coerced(value, kind), compiler.coerced(right, kind), kind)
        return Value(f"trino_any((SELECT coalesce(list({inner}), []) FROM ({query.sql})))", t.BOOLEAN)
    source = f"(SELECT {comparable(compiler, right, kind)} FROM ({query.sql}))"
    own = comparable(compiler, value, kind)
    return Value(_never_nan(f"({own} IN {source})", own, kind), t.BOOLEAN)


def _never_nan(test: str, own: str, kind: t.Type) -> str:
    """NaN is in no list."""
    return f"({test} AND NOT isnan({own}))" if kind in (t.REAL, t.DOUBLE) else test


def exists(compiler: Compiler, node: Any, context: Context) -> Value:
    """EXISTS (SELECT …)."""
    return Value(f"(EXISTS ({compiler.subquery(node.this, context).sql}))", t.BOOLEAN)


def scalar(compiler: Compiler, node: Any, context: Context) -> Value:
    """(SELECT …) as a value: at most one row; several columns are a row."""
    query = compiler.subquery(node, context)
    if len(query.outputs) == 1:
        return Value(f"({query.sql})", query.outputs[0].type)
    value = _one_value(query)
    return Value(f"(SELECT {value.sql} FROM ({query.sql}))", value.type)


def case(compiler: Compiler, node: Any, context: Context) -> Value:
    """Both forms of CASE: of a subject, and of conditions."""
    subject = compiler.value(node.this, context) if node.this is not None else None
    tests = []
    for branch in node.args["ifs"]:
        if subject is None:
            tests.append(condition(compiler, branch.this, context, "CASE WHEN clause"))
        else:
            tests.append(compare(compiler, branch, subject, "=", compiler.value(branch.this, context)))
    results = [compiler.value(branch.args["true"], context) for branch in node.args["ifs"]]
    default = compiler.value(node.args["default"], context) if node.args.get("default") is not None else None
    return _choice(compiler, node, tests, results, default)


def conditional(compiler: Compiler, node: Any, context: Context) -> Value:
    """IF(condition, a, b)."""
    test = condition(compiler, node.this, context, "IF condition")
    result = compiler.value(node.args["true"], context)
    default = compiler.value(node.args["false"], context) if node.args.get("false") is not None else None
    return _choice(compiler, node, [test], [result], default)


def _choice(compiler: Compiler, node: Any, tests: list[str], results: list[Value], default: Value | None) -> Value:
    every = [*results, *([default] if default else [])]
    kind = compiler.common_type(node, [value.type for value in every], "All CASE results must be the same type")
    branches = " ".join(
        f"WHEN {test} THEN {compiler.coerced(result, kind)}" for test, result in zip(tests, results, strict=True)
    )
    tail = f" ELSE {compiler.coerced(default, kind)}" if default else ""
    return Value(f"(CASE {branches}{tail} END)", kind)


def concatenation(compiler: Compiler, node: Any, context: Context) -> Value:
    """A || b: of texts, arrays, or an array and an element."""
    return compiler.call("concat", [node.left, node.right], node, context)


HANDLERS: dict[type, Handler] = {
    **dict.fromkeys(_SIGNS, comparison),
    exp.And: logic,
    exp.Or: logic,
    exp.Not: negation,
    exp.Is: is_null,
    exp.Between: between,
    exp.Like: like,
    exp.Escape: like,
    exp.In: within,
    exp.Exists: exists,
    exp.Subquery: scalar,
    exp.Select: scalar,
    exp.Union: scalar,
    exp.Intersect: scalar,
    exp.Except: scalar,
    exp.Values: scalar,
    exp.Case: case,
    exp.If: conditional,
    exp.DPipe: concatenation,
}
