"""A notation for functions: `name(types) -> type = template`, and which of them a call means.

Types are Trino's; one capital letter stands for any type (N: any number), `x...` for one or more. In a template $1 is
an argument, $* all of them, $L1 the clock's time and $I1 the instant of a date or time, $T DuckDB's type of the result;
$B how many bits it has, $E the name of a lambda's pair of a map; for aggregates $D is DISTINCT, $O the ORDER BY, and @
stands where FILTER and OVER go. A result may be that of an argument: $1 its type, ~1 varchar of its length, and =name
a length worked out in LENGTHS. A line that begins with ! takes its arguments as they are, without Trino's own casts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from local.engine.athena import types as t
from local.engine.athena.types import Type


@dataclass(frozen=True)
class Pattern:
    """A type with letters for what may be any."""

    name: str
    parts: tuple[Pattern, ...] = ()

    @property
    def is_letter(self) -> bool:
        """Whether it stands for any type."""
        return len(self.name) == 1 and self.name.isupper()


@dataclass(frozen=True)
class Signature:
    """One meaning of a function's name."""

    name: str
    arguments: tuple[Pattern, ...]
    variadic: bool
    result: Pattern
    template: str
    as_they_are: bool = False
    """Whether it takes no arguments that Trino would have to cast first."""

    def patterns(self, count: int) -> tuple[Pattern, ...] | None:
        """A pattern for each of so many arguments, or None if it does not take so many."""
        if self.variadic and count >= len(self.arguments):
            return (*self.arguments, *[self.arguments[-1]] * (count - len(self.arguments)))
        return self.arguments if count == len(self.arguments) else None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(_shown, self.arguments))}{', …' if self.variadic else ''})"


def _shown(pattern: Pattern) -> str:
    inner = f"({', '.join(map(_shown, pattern.parts))})" if pattern.parts else ""
    return f"{pattern.name}{inner}"


_GROUPS = {
    "<whole>": ("tinyint", "smallint", "integer", "bigint"),
    "<float>": ("real", "double"),
    "<time>": ("date", "timestamp", "timestamp with time zone"),
    "<moment>": ("timestamp", "timestamp with time zone"),
    "<json>": ("varchar", "json"),
}


def parse(table: str) -> dict[str, list[Signature]]:
    """A table in the notation; a line that begins with # is a comment."""
    found: dict[str, list[Signature]] = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        if line.startswith("#"):
            continue
        head, _, template = line.partition(" = ")
        group = next((name for name in _GROUPS if name in head), None)
        for kind in _GROUPS[group] if group else ("",):
            for signature in _parse_line(head.replace(group or "\0", kind), template):
                found.setdefault(signature.name, []).append(signature)
    return found


def _parse_line(head: str, template: str) -> list[Signature]:
    match = re.fullmatch(r"!?([a-z0-9_|]+)\((.*)\) -> (.+)", head)
    if match is None:
        raise ValueError(f"not a signature: {head}")
    arguments = [part.strip() for part in _split(match[2])]
    variadic = bool(arguments) and arguments[-1].endswith("...")
    patterns = tuple(pattern(part.removesuffix("...")) for part in arguments)
    return [
        Signature(name, patterns, variadic, pattern(match[3]), template or f"{name}($*)", head.startswith("!"))
        for name in match[1].split("|")
    ]


@cache
def pattern(text: str) -> Pattern:
    """A type pattern."""
    match = re.fullmatch(r"([A-Za-z ]+?|[$~]\d|=[a-z_]+|\d+)(?:\((.*)\))?", text.strip())
    if match is None:
        raise ValueError(f"not a type pattern: {text}")
    return Pattern(match[1], tuple(pattern(part) for part in _split(match[2] or "")))


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            parts.append(text[start:index])
            start = index + 1
    return [part for part in [*parts, text[start:]] if part.strip()]


Bindings = dict[str, Type]
# by Trino's formulas: of the lengths of the first and the last argument
LENGTHS: dict[str, Callable[[int, int], int]] = {
    "=replace": lambda text, new: text + new * (text + 1),
    "=regexp_replace": lambda text, new: text + max(text * new // 2, new) * (text + 1),
}
_MOST = 2**31 - 1


def bind_lengths(kinds: Sequence[Type], bound: Bindings) -> None:
    """What results may say of the types of the arguments."""
    for index, kind in enumerate(kinds, 1):
        bound[f"${index}"] = kind if kind != t.UNKNOWN else t.VARCHAR
        bound[f"~{index}"] = Type("varchar", kind.parameters) if kind.name == "char" else kind
    texts = [kind for kind in kinds if kind.name == "varchar"]
    for name, length in LENGTHS.items():
        if texts and texts[0].parameters and texts[-1].parameters:
            bound[name] = Type("varchar", (min(_MOST, length(texts[0].parameters[0], texts[-1].parameters[0])),))
        else:
            bound[name] = t.VARCHAR


def fits(wanted: Pattern, kind: Type, bound: Bindings, *, exactly: bool) -> bool:
    """Whether a value of the type can be the argument; letters are bound on the way."""
    if wanted.is_letter:
        return _bind(wanted, kind, bound, exactly=exactly)
    if kind == t.UNKNOWN:
        return not exactly
    if wanted.parts:
        return kind.name == wanted.name and all(
            fits(part, own, bound, exactly=exactly) for part, own in zip(wanted.parts, kind.parameters, strict=False)
        )
    if exactly:
        return kind.name == wanted.name
    is_sized = kind.name == wanted.name and kind.name in ("decimal", "char")  # of any precision or length
    return is_sized or t.is_coercible_to(kind, _concrete(wanted.name))


def _bind(wanted: Pattern, kind: Type, bound: Bindings, *, exactly: bool) -> bool:
    if wanted.name == "N" and not kind.is_number and kind != t.UNKNOWN:
        return False
    known = bound.get(wanted.name, kind)
    both = t.common(known, kind)
    if both is None or (exactly and known != kind):
        return False
    bound[wanted.name] = both
    return True


def resolved(wanted: Pattern, bound: Bindings, own: Type | None = None) -> Type:
    """The pattern with its letters filled in; `own` keeps a length or precision that the pattern leaves open."""
    if wanted.is_letter or wanted.name[0] in "$~=":
        return bound.get(wanted.name, t.UNKNOWN)
    if wanted.parts and wanted.parts[0].name.isdigit():
        return Type(wanted.name, tuple(int(part.name) for part in wanted.parts))
    if wanted.parts:
        return Type(wanted.name, tuple(resolved(part, bound) for part in wanted.parts))
    if own is not None and own.name == wanted.name:
        return own
    return _concrete(wanted.name)


@cache
def _concrete(name: str) -> Type:
    return t.parse(name)


def choose(candidates: Sequence[Signature], kinds: Sequence[Type]) -> tuple[Signature, Bindings] | None:
    """The signature that a call means: one that fits as it is, else the one for which Trino has the least to cast."""
    for exactly in (True, False):
        fitting = []
        for signature in candidates:
            if signature.as_they_are and not exactly and t.UNKNOWN not in kinds:
                continue
            patterns = signature.patterns(len(kinds))
            bound: Bindings = {}
            if patterns is not None and all(
                fits(wanted, kind, bound, exactly=exactly) for wanted, kind in zip(patterns, kinds, strict=True)
            ):
                casts = sum(wanted.name != kind.name for wanted, kind in zip(patterns, kinds, strict=True))
                fitting.append((casts, signature, bound))
        if fitting:
            _, signature, bound = min(fitting, key=lambda one: one[0])
            return signature, bound
    return None
