"""Functions of texts whose form no signature can say."""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from local.engine.athena import types as t
from local.engine.athena.query.arguments import TypedFunction, exactly, lambda_body, wrong
from local.engine.athena.query.compiler import Compiler
from local.engine.athena.query.overloads import SCALARS, Modifiers, chosen
from local.engine.athena.query.scope import Context, Value, failure, name_of

# what RE2 and Java read alike, and find the same with
_PLAIN_PATTERN = re.compile(r"(?:[A-Za-z0-9 _:/,;=<>@#%~\"'!-]|\\[.d/:-]|\.|\[\^?[A-Za-z0-9_ ,:/.@-]+\]|[*+?|()^])*")


def codepoint(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """Codepoint of a text of one character, by its type."""
    (value,) = exactly(1, compiler, arguments, node, context)
    if value.type != t.UNKNOWN and (value.type.name != "varchar" or value.type.parameters not in ((0,), (1,))):
        raise wrong(compiler, node, "codepoint", [value.type])
    return Value(f"py_codepoint({value.sql})", t.INTEGER)


def normalize(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """To a Unicode form, which is a word and not a text."""
    if len(arguments) < 2:
        return chosen(compiler, "normalize", SCALARS["normalize"], arguments, node, context, Modifiers())
    form = name_of(arguments[1].this).upper() if isinstance(arguments[-1], exp.Column) else ""
    if len(arguments) != 2 or form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise failure(compiler.text, node, "SYNTAX_ERROR", "normalize takes a text and NFC, NFD, NFKC or NFKD")
    value = compiler.value(arguments[0], context)
    if value.type.name not in ("varchar", "char", "unknown"):
        raise wrong(compiler, node, "normalize", [value.type])
    return Value(f"py_normalize({value.sql}, '{form}')", t.VARCHAR)


def _is_plain(pattern: str) -> bool:
    """Whether RE2 takes it, and means the same: no look-around, no possessive quantifiers."""
    return bool(_PLAIN_PATTERN.fullmatch(pattern)) and not re.search(r"\(\?|[*+?]\+", pattern)


def regexp_like(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """regexp_like; the usual patterns are DuckDB's own affair, and fast."""
    pattern = arguments[1] if len(arguments) == 2 else None
    if isinstance(pattern, exp.Literal) and pattern.is_string and _is_plain(str(pattern.this)):
        value = compiler.value(arguments[0], context)
        try:
            re.compile(str(pattern.this))
        except re.error:
            value = Value("", t.UNKNOWN)
        if value.type.name == "varchar":
            return Value(f"regexp_matches({value.sql}, {compiler.value(pattern, context).sql})", t.BOOLEAN)
    return chosen(compiler, "regexp_like", SCALARS["regexp_like"], arguments, node, context, Modifiers())


def regexp_replace(compiler: Compiler, arguments: list[Any], node: Any, context: Context) -> Value:
    """regexp_replace, also with a lambda of the array of groups; its NULL makes all NULL."""
    if len(arguments) != 3 or not isinstance(arguments[2], exp.Lambda):
        return chosen(compiler, "regexp_replace", SCALARS["regexp_replace"], arguments, node, context, Modifiers())
    value, pattern = exactly(2, compiler, arguments[:2], node, context)
    if any(kind.name not in ("varchar", "char", "unknown") for kind in (value.type, pattern.type)):
        raise wrong(compiler, node, "regexp_replace", [value.type, pattern.type])
    piece = compiler.fresh("p")
    body = lambda_body(compiler, arguments[2], context, [Value(f"{piece}.groups", t.array(t.VARCHAR))])
    if body.type.name not in ("varchar", "char", "unknown"):
        raise wrong(compiler, node, "regexp_replace", [value.type, pattern.type, body.type])
    parts = (
        f"list_transform(py_regexp_pieces({value.sql}, {pattern.sql}), lambda {piece}: "
        f"{piece}.before || CASE WHEN {piece}.groups IS NULL THEN '' ELSE {body.sql} END)"
    )
    known = f"len(list_filter({parts}, lambda item: item IS NULL)) = 0"
    return Value(f"(CASE WHEN {known} THEN array_to_string({parts}, '') END)", t.VARCHAR)


FUNCTIONS: dict[str, TypedFunction] = {
    "codepoint": codepoint,
    "normalize": normalize,
    "regexp_like": regexp_like,
    "regexp_replace": regexp_replace,
}
