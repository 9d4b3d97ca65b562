"""Parts of URLs, as Java's URI and URLDecoder find them. Source: Trino's page "URL functions"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote, unquote_plus, urlsplit

from local.engine.athena.failures import QueryFailedError


def host(url: str) -> str | None:
    """url_extract_host."""
    return _part(url, "hostname")


def _part(url: str, name: str) -> str | None:
    try:
        return getattr(urlsplit(url), name)  # type: ignore[no-any-return]
    except ValueError:
        return None


def protocol(url: str) -> str | None:
    """url_extract_protocol."""
    return _part(url, "scheme")


def url_path(url: str) -> str | None:
    """url_extract_path."""
    found = _part(url, "path")
    return unquote(found) if found is not None else None


def url_query(url: str) -> str | None:
    """url_extract_query."""
    found = _part(url, "query")
    return unquote(found) if found is not None else None


def fragment(url: str) -> str | None:
    """url_extract_fragment."""
    found = _part(url, "fragment")
    return unquote(found) if found is not None else None


def port(url: str) -> int | None:
    """url_extract_port."""
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def parameter(url: str, name: str) -> str | None:
    """url_extract_parameter: the first of that name."""
    pairs = parse_qsl(_part(url, "query") or "", keep_blank_values=True)
    return next((value for key, value in pairs if key == name), None)


def url_encode(text: str) -> str:
    """url_encode: a blank is a plus."""
    return quote_plus(text, safe="*-_.")


def url_decode(text: str) -> str:
    """url_decode."""
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Illegal hex characters in escape (%) pattern: {text}")
    return unquote_plus(text)


V = "VARCHAR"
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str]] = {
    "py_url_extract_protocol": (protocol, (V,), V),
    "py_url_extract_host": (host, (V,), V),
    "py_url_extract_path": (url_path, (V,), V),
    "py_url_extract_query": (url_query, (V,), V),
    "py_url_extract_fragment": (fragment, (V,), V),
    "py_url_extract_port": (port, (V,), "BIGINT"),
    "py_url_extract_parameter": (parameter, (V, V), V),
    "py_url_encode": (url_encode, (V,), V),
    "py_url_decode": (url_decode, (V,), V),
}
