"""timestamp.formats of the SerDes: patterns of Joda-Time, as far as Python's strptime and DuckDB's have the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from local.engine.athena.failures import not_supported

MILLISECONDS = "millis"
"""The pattern of a number of milliseconds."""

# the longest first; Joda takes numbers of fewer digits than letters, as strptime does
_LETTERS = {"yyyy": "%Y", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "mm": "%M"}
_LETTERS |= {"m": "%M", "ss": "%S", "s": "%S", "a": "%p", "hh": "%I", "h": "%I", "Z": "%z", "ZZ": "%z"}
_PART = re.compile(r"'((?:[^']|'')*)'|(S+)|(([A-Za-z])\4*)|([^A-Za-z']+)")


def patterns(properties: Mapping[str, str]) -> list[str]:
    """The patterns of the property, for strptime; a comma divides them, a backslash keeps it from that."""
    own = str(properties.get("timestamp.formats") or "")
    parts = re.findall(r"(?:\\[\\,]|[^,\\])+", own)
    return [_pattern(re.sub(r"\\([\\,])", r"\1", part)) for part in parts]


def _pattern(joda: str) -> str:
    if joda == MILLISECONDS:
        return MILLISECONDS
    result, position = "", 0
    while position < len(joda):
        found = _PART.match(joda, position)
        letters = found[3] if found else None
        if found is None or (letters and letters not in _LETTERS):
            raise not_supported(f"the pattern {joda!r} in timestamp.formats")
        if found[2]:
            result += "%f"
        elif letters:
            result += _LETTERS[letters]
        else:
            result += (found[5] or found[1].replace("''", "'") or "'").replace("%", "%%")
        position = found.end()
    return result
