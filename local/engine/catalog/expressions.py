"""The Expression of GetPartitions: a condition on partition keys, compared by the type of each key.

Source: the API reference of GetPartitions (operators and types), and what users report that Glue answers: literals
have no type of their own, they are read as the key's; a column that is no partition key is an invalid expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local.engine.errors import ApiError

Test = Callable[[Sequence[str]], bool]
_TEXT, _WHOLE = ("string", "char", "varchar"), ("tinyint", "smallint", "int", "integer", "bigint", "long")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    exp.EQ: lambda a, b: a == b,
    exp.NEQ: lambda a, b: a != b,
    exp.GT: lambda a, b: a > b,
    exp.GTE: lambda a, b: a >= b,
    exp.LT: lambda a, b: a < b,
    exp.LTE: lambda a, b: a <= b,
}


def compile_expression(text: str, keys: Sequence[Mapping[str, Any]]) -> Test:
    """The test of a partition's values; ApiError if the expression is none, or names no partition key."""
    try:
        tree = sqlglot.parse_one(f"SELECT 1 WHERE {text}")
    except (SqlglotError, RecursionError) as error:
        raise _unsupported(text) from error
    where = tree.args.get("where")
    if where is None or {name for name, value in tree.args.items() if value} != {"expressions", "where"}:
        raise _unsupported(text)
    return _Compiler(keys).test(where.this)


class _Compiler:
    """Turns the parts of an expression into tests."""

    def __init__(self, keys: Sequence[Mapping[str, Any]]) -> None:
        self._keys = {
            str(key["Name"]).lower(): (place, re.split(r"[(\s]", str(key.get("Type") or "string").lower())[0])
            for place, key in enumerate(keys)
        }

    def test(self, node: Any) -> Test:
        """The test of any condition."""
        if isinstance(node, exp.Paren):
            return self.test(node.this)
        if isinstance(node, exp.Not) and not _more(node, "this"):
            inner = self.test(node.this)
            return lambda values: not inner(values)
        if isinstance(node, exp.And | exp.Or) and not _more(node, "this", "expression"):
            left, right = self.test(node.this), self.test(node.expression)
            if isinstance(node, exp.And):
                return lambda values: left(values) and right(values)
            return lambda values: left(values) or right(values)
        return self._about_a_key(node)

    def _about_a_key(self, node: Any) -> Test:
        place, kind = self._key(node.this)
        if type(node) in _COMPARISONS and not _more(node, "this", "expression"):
            compare, right = _COMPARISONS[type(node)], _literal(node.expression, kind)
            return lambda values: compare(_stored(values[place], kind), right)
        if isinstance(node, exp.In) and not _more(node, "this", "expressions") and node.expressions:
            chosen = [_literal(item, kind) for item in node.expressions]
            return lambda values: _stored(values[place], kind) in chosen
        if isinstance(node, exp.Between) and not _more(node, "this", "low", "high"):
            low, high = _literal(node.args["low"], kind), _literal(node.args["high"], kind)
            return lambda values: low <= _stored(values[place], kind) <= high
        if isinstance(node, exp.Like) and not _more(node, "this", "expression", "negate"):
            pattern, negated = _pattern(node.expression, kind), bool(node.args.get("negate"))
            return lambda values: (pattern.fullmatch(values[place]) is not None) is not negated
        if isinstance(node, exp.Is) and not _more(node, "this", "expression"):
            return self._is_null(node.expression)
        raise _invalid()

    def _is_null(self, what: Any) -> Test:
        """A partition has a text for each of its keys, so none is null: Hive's name of NULL is a text, too."""
        if isinstance(what, exp.Null):
            return lambda values: False
        if isinstance(what, exp.Not) and isinstance(what.this, exp.Null):
            return lambda values: True
        raise _invalid()

    def _key(self, node: Any) -> tuple[int, str]:
        while isinstance(node, exp.Paren):
            node = node.this
        if not isinstance(node, exp.Column) or _more(node, "this"):
            raise _invalid()
        found = self._keys.get(node.name.lower())
        if found is None:
            raise _invalid()
        return found


def _more(node: Any, *known: str) -> bool:
    """Whether the parser found more than what is read here: then nothing may be concluded."""
    return any(value not in (None, False, []) for name, value in node.args.items() if name not in known)


def _invalid() -> ApiError:
    return ApiError("InvalidInputException", "Invalid partition expression!")


def _unsupported(text: str) -> ApiError:
    return ApiError("InvalidInputException", f"Unsupported expression '{text}'")


def _literal(node: Any, kind: str) -> Any:
    """A literal as a value of the key's type, in quotes or not."""
    while isinstance(node, exp.Paren):
        node = node.this
    sign = ""
    if isinstance(node, exp.Neg):
        sign, node = "-", node.this
    if not isinstance(node, exp.Literal) or (sign and node.is_string):
        raise _invalid()
    try:
        return _value(f"{sign}{node.this}", kind)
    except ValueError as error:
        raise ApiError("InvalidInputException", str(error)) from error


def _stored(text: str, kind: str) -> Any:
    """A partition's own value; one that is not of the key's type fails the request, whatever else it asks."""
    try:
        return _value(text, kind)
    except ValueError as error:
        raise ApiError("InvalidStateException", str(error)) from error


def _value(text: str, kind: str) -> Any:
    if kind in _TEXT:
        return text
    if kind in _WHOLE:
        if not re.fullmatch(r"[+-]?\d+", text):
            raise ValueError(f'For input string: "{text}" is not an integer.')
        return int(text)
    if kind == "decimal":
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise ValueError(f"{text} is not a decimal.") from error
    if kind == "date":
        return _date(text)
    if kind == "timestamp":
        return _moment(text)
    raise ValueError(f"Unknown type : '{kind}'")


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 # a day without a zone
    except ValueError as error:
        raise ValueError(f"{text} is not a date.") from error


def _moment(text: str) -> tuple[datetime, int]:
    """A moment and its nanoseconds."""
    found = _MOMENT.fullmatch(text)
    try:
        if found is not None:
            own = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 # as it is written
            return own, int((found[2] or "").ljust(9, "0"))
    except ValueError:
        pass
    raise ValueError(f"Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] {text} is not a timestamp.")


def _pattern(node: Any, kind: str) -> re.Pattern[str]:
    """LIKE's pattern: % for any text, _ for one character."""
    if kind in _WHOLE:
        raise ApiError("InvalidInputException", "Integral data type doesn't support operation 'LIKE'")
    if kind not in _TEXT:
        raise ApiError("InvalidInputException", f"{kind.capitalize()} data type doesn't support operation 'LIKE'")
    parts = re.split(r"([%_])", str(_literal(node, kind)))
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts), re.DOTALL)
