"""Exclude patterns. Source: "Include and exclude patterns" in the AWS Glue guide; they are Java's glob patterns."""

from __future__ import annotations

import re

from local.engine.errors import CrawlError

_LITERAL = {"*": "[^/]*", "?": "[^/]"}


def matcher(patterns: list[str]) -> re.Pattern[str] | None:
    """One expression for all patterns; they apply to keys relative to the include path. CrawlError if one is broken."""
    try:
        return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns)) if patterns else None
    except re.error as error:
        raise CrawlError(f"The exclude pattern is not valid: {error.pattern!r}: {error.msg}") from error


def _expression(pattern: str) -> str:
    parts, position, depth = [], 0, 0
    while position < len(pattern):
        part, position, depth = _next(pattern, position, depth)
        parts.append(part)
    if depth:
        raise re.error("missing }", pattern)
    return "".join(parts)


def _next(pattern: str, position: int, depth: int) -> tuple[str, int, int]:
    """The expression for what stands at a position, where it ends, and how many groups are open after it."""
    character = pattern[position]
    if pattern.startswith("**", position):
        return ".*", position + 2, depth
    if character in _LITERAL:
        return _LITERAL[character], position + 1, depth
    if character == "\\":
        return re.escape(pattern[position + 1 : position + 2]), position + 2, depth
    if character == "[":
        return _brackets(pattern, position, depth)
    if character == "{":
        return "(?:", position + 1, depth + 1
    if character == "}" and depth:
        return ")", position + 1, depth - 1
    if character == "," and depth:
        return "|", position + 1, depth
    return re.escape(character), position + 1, depth


def _brackets(pattern: str, position: int, depth: int) -> tuple[str, int, int]:
    """Within brackets `*`, `?` and the backslash are themselves; `!` at the beginning negates."""
    end = pattern.find("]", position + 2)
    if end < 0:
        raise re.error("missing ]", pattern)
    inside = pattern[position + 1 : end]
    negated = inside.startswith("!")
    # Python warns of `--`, which may one day mean a difference
    characters = re.sub(r"([\\\[\]^&~|]|(?<=-)-)", r"\\\1", inside[negated:])
    return f"(?!/)[{'^' if negated else ''}{characters}]", end + 1, depth
