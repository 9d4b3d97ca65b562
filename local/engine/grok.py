"""Grok patterns: named regular expressions, as the AWS Glue guide lists them ("AWS Glue built-in patterns")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local.engine.grok_patterns import PATTERNS

_REFERENCE = re.compile(r"%\{(?P<name>[A-Za-z0-9_]+)(?:[:;]\s*(?P<field>[^:;}]+))?(?:[:;](?P<kind>[^}]*))?\}")
_GROUP = re.compile(r"\(\?<(?P<field>[A-Za-z][A-Za-z0-9_]*)>")
_UNWANTED = "UNWANTED"
_MOST_REFERENCES = 2000


class GrokError(ValueError):
    """A pattern that cannot be compiled."""


@dataclass(frozen=True)
class Field:
    """A named part of a pattern; `kind` is the type that it is given, else nothing."""

    name: str
    kind: str


class Grok:
    """A compiled pattern."""

    def __init__(self, pattern: str, custom: str = "") -> None:
        if not pattern.strip():
            raise GrokError("{pattern} should not be empty")
        self._known = {**PATTERNS, **_definitions(custom)}
        self._count = 0
        self._groups: dict[str, list[str]] = {}
        self.fields: list[Field] = []
        """In their order, each name once."""
        try:
            self._regex = re.compile(self._expanded(pattern))
        except (re.error, OverflowError) as error:
            raise GrokError(f"the pattern {pattern!r} cannot be compiled: {error}") from error

    def match(self, line: str) -> list[str] | None:
        """The text of each field that is in the line, in their order; None if the pattern is nowhere in it.

        Quotes around a text go. Of fields with one name the last counts, at the first one's place.
        """
        found = self._regex.search(line)
        if found is None:
            return None
        texts: dict[str, str] = {}
        for name, groups in self._groups.items():
            own = [found[group] for group in groups if found[group] is not None]
            if own:
                texts[name] = _bare(own[-1])
        return list(texts.values())

    def _expanded(self, pattern: str) -> str:
        """The pattern without references; groups have the numbers of their fields."""
        result, position = "", 0
        while position < len(pattern):
            found = _REFERENCE.match(pattern, position) or _GROUP.match(pattern, position)
            if found is None:
                taken = 2 if pattern[position] == "\\" else 1
                result += pattern[position : position + taken]
                position += taken
                continue
            if found.re is _GROUP:
                result += f"(?P<{self._group(found['field'], '')}>"
            else:
                result += self._reference(found)
            position = found.end()
        return result

    def _reference(self, found: re.Match[str]) -> str:
        self._count += 1
        name, field = found["name"], (found["field"] or "").strip()
        if name not in self._known:
            raise GrokError(f"Pattern {name} is not defined.")
        if self._count > _MOST_REFERENCES:
            raise GrokError(f"the pattern {name} refers to itself, or is too long")
        if not field or field == _UNWANTED:
            return f"(?:{self._expanded(self._known[name])})"
        group = self._group(field, (found["kind"] or "").strip())
        return f"(?P<{group}>{self._expanded(self._known[name])})"

    def _group(self, name: str, kind: str) -> str:
        if name not in self._groups:
            self.fields.append(Field(name, kind))
        groups = self._groups.setdefault(name, [])
        groups.append(f"f{sum(map(len, self._groups.values()))}")
        return groups[-1]


def _bare(text: str) -> str:
    if text in ("'", '"'):
        return ""
    return text[1:-1] if text[:1] in ("'", '"') and text[-1] == text[0] else text


def _definitions(custom: str) -> dict[str, str]:
    """`NAME pattern` lines; the catalog may have a backslash and an n for the end of a line."""
    lines = [line.strip() for line in custom.replace("\\n", "\n").splitlines()]
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {name: pattern.strip() for name, _, pattern in pairs}
