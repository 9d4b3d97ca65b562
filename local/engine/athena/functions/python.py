"""Functions that DuckDB calls back in Python, each about 0.07 ms a row: for what SQL has no words for.

A failure is raised with the marker of macros.FAILED, so that the engine finds Athena's code and message again.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from local.engine.athena.failures import QueryFailedError
from local.engine.athena.functions import dates, json_values, macros, texts, zones

_ZONED = "STRUCT(t TIMESTAMP, z VARCHAR)"


@dataclass(frozen=True)
class Function:
    """A Python function with DuckDB's types."""

    run: Callable[..., Any]
    arguments: tuple[str, ...]
    result: str


def _as_json(value: Any) -> str | None:
    return None if value is json_values.MISSING else json_values.dump(value)


def _length(text: str) -> int | None:
    value = json_values.extract(text, "$")
    return len(value) if isinstance(value, list) else None


def _item(text: str, index: int) -> str | None:
    value = json_values.extract(text, "$")
    if not isinstance(value, list) or not -len(value) <= index < len(value):
        return None
    return json_values.dump(value[index])


def _size(text: str, path: str) -> int | None:
    value = json_values.extract(text, path)
    return None if value is json_values.MISSING else len(value) if isinstance(value, dict | list) else 0


def _zoned_text(text: str) -> zones.Zoned:
    match = zones.TIMESTAMP.fullmatch(text.strip())
    if match is None or "-" not in match["moment"]:
        message = f"Value cannot be cast to timestamp with time zone: {text}"
        raise QueryFailedError("INVALID_CAST_ARGUMENT", message)
    pattern = (
        "%Y-%m-%d" + (" %H:%i" if " " in match["moment"] else "") + (":%s" if match["moment"].count(":") == 2 else "")
    )
    moment = dates.mysql_parse(match["moment"].partition(".")[0], pattern)
    fraction = int((match["fraction"] or "0").ljust(6, "0")[:6])
    return zones.zoned(moment.replace(microsecond=fraction), match["zone"] or "UTC")


def _position(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return found.start() + 1 if found else -1


V, B, D, T = "VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP"
_FUNCTIONS: dict[str, Function] = {
    "py_date_format": Function(dates.mysql_format, (T, V), V),
    "py_date_parse": Function(dates.mysql_parse, (V, V), T),
    "py_format_datetime": Function(dates.joda_format, (T, V, V), V),
    "py_parse_datetime": Function(dates.joda_parse, (V, V), _ZONED),
    "py_from_iso8601_timestamp": Function(dates.iso_timestamp, (V,), _ZONED),
    "py_from_iso8601_date": Function(dates.iso_date, (V,), V),
    "py_text_to_zoned": Function(_zoned_text, (V,), _ZONED),
    "py_human_readable_seconds": Function(texts.readable_seconds, (D,), V),
    "py_json_parse": Function(json_values.parse, (V,), V),
    "py_json_minify": Function(json_values.minify, (V,), V),
    "py_json_extract": Function(lambda text, path: _as_json(json_values.extract(text, path)), (V, V), V),
    "py_json_extract_scalar": Function(
        lambda text, path: json_values.scalar(json_values.extract(text, path)), (V, V), V
    ),
    "py_json_array_length": Function(_length, (V,), B),
    "py_json_array_get": Function(_item, (V, B), V),
    "py_json_size": Function(_size, (V, V), B),
    "py_is_json_scalar": Function(
        lambda text: not isinstance(json_values.extract(json_values.parse(text), "$"), dict | list), (V,), "BOOLEAN"
    ),
    "py_json_cast": Function(lambda text, kind: json_values.cast(text, json.loads(kind)), (V, V), V),
    "py_double_to_text": Function(texts.scientific, (D,), V),
    "py_real_to_text": Function(texts.scientific, ("FLOAT",), V),
    "py_decimal_divide": Function(texts.divide, (V, V, B), V),
    "py_decimal_modulus": Function(texts.modulus, (V, V, B), V),
    "py_text_to_decimal": Function(texts.to_decimal, (V, B, B), V),
    "py_format": Function(texts.java_format, (V, "VARCHAR[]"), V),
    "py_url_extract_protocol": Function(texts.protocol, (V,), V),
    "py_url_extract_host": Function(texts.host, (V,), V),
    "py_url_extract_path": Function(texts.url_path, (V,), V),
    "py_url_extract_query": Function(texts.url_query, (V,), V),
    "py_url_extract_fragment": Function(texts.fragment, (V,), V),
    "py_url_extract_port": Function(texts.port, (V,), B),
    "py_url_extract_parameter": Function(texts.parameter, (V, V), V),
    "py_url_encode": Function(texts.url_encode, (V,), V),
    "py_url_decode": Function(texts.url_decode, (V,), V),
    "py_replace": Function(lambda text, old, new: text.replace(old, new), (V, V, V), V),
    "py_split": Function(texts.split, (V, V, B), "VARCHAR[]"),
    "py_split_to_entries": Function(texts.entries, (V, V, V), 'STRUCT("key" VARCHAR, "value" VARCHAR)[]'),
    "py_from_base": Function(texts.from_base, (V, B), B),
    "py_to_base": Function(texts.to_base, (B, B), V),
    "py_bit_count": Function(texts.bit_count, (B, B), B),
    "py_soundex": Function(texts.soundex, (V,), V),
    "py_reverse": Function(lambda text: text[::-1], (V,), V),
    "py_from_utf8": Function(lambda data: bytes(data).decode(errors="replace"), ("BLOB",), V),
    "py_sha512": Function(lambda data: hashlib.sha512(bytes(data)).digest(), ("BLOB",), "BLOB"),
    "py_crc32": Function(lambda data: zlib.crc32(bytes(data)), ("BLOB",), B),
    "py_regexp_position": Function(_position, (V, V), "INTEGER"),
}


def register(connection: Any, sql: str) -> None:
    """Give a connection the functions that a query calls."""
    for name in sorted(set(re.findall(r"\bpy_\w+", sql)) & set(_FUNCTIONS)):
        function = _FUNCTIONS[name]
        connection.create_function(
            name,
            _marked(function.run),
            list(function.arguments),
            function.result,
            side_effects=False,
            null_handling="special",  # with the default a function may not return NULL
        )


def _marked(run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def call(*arguments: Any) -> Any:
        if None in arguments:
            return None
        try:
            return run(*arguments)
        except QueryFailedError as failure:
            raise ValueError(f"{macros.FAILED}{failure}") from failure

    return call
