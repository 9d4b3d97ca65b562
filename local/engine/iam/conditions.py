"""Condition blocks and policy variables: the part of IAM's rules that has the most of them."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import cache
from typing import Any

Context = Mapping[str, Any]
Test = Callable[[str, str], bool]

# ${*}, ${?} and ${$} are the signs themselves, not wildcards: kept apart by private-use code points until the match.
_ESCAPES = {"*": "\ue000", "?": "\ue001", "$": "$"}
_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")


def conditions_hold(block: Mapping[str, Mapping[str, Any]], known: Context, version: str) -> bool:
    """All operators and all keys must hold; of a key's values one is enough, and none for a negated operator."""
    return all(
        _holds(operator, known.get(key.lower()), _filled(values, known, version))
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _filled(values: Any, known: Context, version: str) -> list[str]:
    texts = [_text(value) for value in (values if isinstance(values, list) else [values])]
    filled = (fill_variables(text, known, version) for text in texts)
    return [text for text in filled if text is not None]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill_variables(pattern: str, known: Context, version: str) -> str | None:
    """The pattern with its policy variables filled in; None when one has neither a value nor a default.

    Version 2008-10-17, also where a policy names none, takes them as plain text.
    """
    if version != "2012-10-17" or "${" not in pattern:
        return pattern
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name, default = match[1].strip(), match[2]
        if name in _ESCAPES:
            return _ESCAPES[name]
        value = known.get(name.lower(), default)
        missing = missing or value is None or isinstance(value, list)
        # a value is a value: its own asterisks match nothing but asterisks
        return str(value).replace("*", _ESCAPES["*"]).replace("?", _ESCAPES["?"])

    filled = _VARIABLE.sub(fill, pattern)
    return None if missing else filled


def plain(text: str) -> str:
    """The text with its escaped signs as themselves."""
    return text.replace(_ESCAPES["*"], "*").replace(_ESCAPES["?"], "?")


def _holds(operator: str, actual: Any, expected: list[str]) -> bool:
    set_operator, _, base = operator.rpartition(":")
    base, if_exists = base.removesuffix("IfExists"), base.endswith("IfExists")
    if base == "Null":
        return any((actual is None) == (value == "true") for value in expected)
    test, negated = _operator(base)
    if actual is None or actual == []:
        return if_exists or set_operator == "ForAllValues" or (negated and set_operator != "ForAnyValue")
    values = [_text(value) for value in (actual if isinstance(actual, list) else [actual])]
    answers = [any(test(value, wanted) for wanted in expected) != negated for value in values]
    if set_operator == "ForAllValues":
        return all(answers)
    if set_operator == "ForAnyValue":
        return any(answers)
    if len(values) > 1:
        raise ValueError(f"{operator} meets {len(values)} values; a key with several needs ForAnyValue or ForAllValues")
    return answers[0]


def _operator(name: str) -> tuple[Test, bool]:
    if name in _OPERATORS:
        return _OPERATORS[name], False
    positive = _NEGATED.get(name)
    if positive is None:
        raise ValueError(f"{name} is no condition operator that this evaluator knows")
    return _OPERATORS[positive], True


def _equals(actual: str, expected: str) -> bool:
    return actual == plain(expected)


def _like(actual: str, expected: str) -> bool:
    return _glob(expected).fullmatch(actual) is not None


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(plain(sign)) for sign in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _arn_like(actual: str, expected: str) -> bool:
    """Each of the six parts between colons by itself; ArnEquals and ArnLike behave the same."""
    wanted, found = expected.split(":", 5), actual.split(":", 5)
    return len(wanted) == len(found) == 6 and all(_like(*pair) for pair in zip(found, wanted, strict=True))


def _numeric(compare: Callable[[float, float], bool]) -> Test:
    def test(actual: str, expected: str) -> bool:
        try:
            return compare(float(actual), float(expected))
        except ValueError:
            return False

    return test


def _date(compare: Callable[[float, float], bool]) -> Test:
    def test(actual: str, expected: str) -> bool:
        try:
            return compare(_moment(actual), _moment(expected))
        except ValueError:
            return False

    return test


def _moment(text: str) -> float:
    """ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _in_network(actual: str, expected: str) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(expected, strict=False)
    except ValueError:
        return False


_OPERATORS: dict[str, Test] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": lambda actual, expected: actual.lower() == plain(expected).lower(),
    "StringLike": _like,
    "ArnLike": _arn_like,
    "ArnEquals": _arn_like,
    "Bool": lambda actual, expected: actual.lower() == expected.lower(),
    "IpAddress": _in_network,
    "NumericEquals": _numeric(float.__eq__),
    "NumericLessThan": _numeric(float.__lt__),
    "NumericLessThanEquals": _numeric(float.__le__),
    "NumericGreaterThan": _numeric(float.__gt__),
    "NumericGreaterThanEquals": _numeric(float.__ge__),
    "DateEquals": _date(float.__eq__),
    "DateLessThan": _date(float.__lt__),
    "DateLessThanEquals": _date(float.__le__),
    "DateGreaterThan": _date(float.__gt__),
    "DateGreaterThanEquals": _date(float.__ge__),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
