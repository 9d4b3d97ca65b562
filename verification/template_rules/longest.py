"""The longest text that a pattern admits: what a parameter may be at its worst."""

import re
import re._constants as ops  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import string
from functools import cache
from typing import Any

_SIGNS = "a0A-/._ " + string.printable
_JSON = '[{"name": "@"}]'  # for patterns of JSON lists; the sign is where text goes


@cache
def longest(pattern: str, most: int | None = None) -> str | None:
    """It, or None if there is no longest: the pattern has no end, and no number of signs is given."""
    found, is_open = _made(parser.parse(pattern), 0)
    if not is_open:
        return found[:most] if most is None or re.fullmatch(pattern, found[:most]) else found
    if most is None:
        return None
    for candidate in (_made(parser.parse(pattern), most - len(found))[0], _JSON.replace("@", "a" * (most - 14))):
        if re.fullmatch(pattern, candidate):
            return candidate
    raise ValueError(f"no text of {most} signs was found for {pattern}")


@cache
def shortest(pattern: str) -> str:
    """A short text that the pattern admits, and that is not empty if it need not be."""
    for candidate in ("a", "aa", "aaa", "a/", "https://a", _JSON.replace("@", "a"), ""):
        if re.fullmatch(pattern, candidate):
            return candidate
    found: str = _made(parser.parse(pattern), 1)[0]
    return found


def _made(parsed: Any, fill: int) -> tuple[str, bool]:
    """A text at its longest, with `fill` more signs at its first part without an end; whether there is such a part."""
    text, is_open = "", False
    for operation, argument in parsed:
        if operation is ops.MAX_REPEAT or operation is ops.MIN_REPEAT:
            least, most, inner = argument
            one, inner_open = _made(inner, 0 if is_open else fill)
            if most is ops.MAXREPEAT and not is_open:
                text += one * max(least, fill // max(len(one), 1)) if not inner_open else one
                is_open = True
            else:
                text += one * (least if most is ops.MAXREPEAT else int(most))
                is_open = is_open or inner_open
        else:
            one, inner_open = _single(operation, argument, 0 if is_open else fill)
            text, is_open = text + one, is_open or inner_open
    return text, is_open


def _single(operation: Any, argument: Any, fill: int) -> tuple[str, bool]:
    if operation is ops.LITERAL:
        return chr(argument), False
    if operation is ops.SUBPATTERN:
        return _made(argument[3], fill)
    if operation is ops.BRANCH:
        return max((_made(branch, fill) for branch in argument[1]), key=lambda made: (made[1], len(made[0])))
    if operation in (ops.ANY, ops.NOT_LITERAL):
        return "a", False
    if operation is ops.IN:
        return _of_class(argument), False
    return "", False  # a look ahead, or an anchor


def _of_class(argument: Any) -> str:
    for sign in _SIGNS:
        if _is_in(sign, argument):
            return sign
    raise ValueError(f"no plain sign is in {argument}")


def _is_in(sign: str, argument: Any) -> bool:
    negated = argument[0][0] is ops.NEGATE
    for operation, inner in argument:
        if operation is ops.LITERAL and ord(sign) == inner:
            return not negated
        if operation is ops.RANGE and inner[0] <= ord(sign) <= inner[1]:
            return not negated
        if operation is ops.CATEGORY and _is_of_category(sign, str(inner)):
            return not negated
    return bool(negated)


def _is_of_category(sign: str, name: str) -> bool:
    positive = {"SPACE": sign.isspace(), "DIGIT": sign.isdigit(), "WORD": sign.isalnum() or sign == "_"}
    kind = name.rsplit("_", 1)[-1]
    return positive[kind] != ("NOT" in name)
