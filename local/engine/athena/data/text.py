"""Text files as LazySimpleSerDe and OpenCSVSerDe read them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from local.engine.athena import types as t
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.failures import not_supported
from local.engine.athena.functions import macros
from local.engine.athena.query.scope import TableColumn, quoted, text
from local.engine.athena.types import Type

LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
# small buffers are read faster; a file with a longer line gets large ones
_BUFFER, _USUAL_LINE, _LONGEST_LINE = 2 * 1024 * 1024, 512 * 1024, 16 * 1024 * 1024
# in no text: what cells are joined with that Python has split, and what stands for an empty line
_BORDER = "\x1e\x1f\x1e"
_EMPTY_LINE = "\x1d\x1d"
_NO_NULL = "\x1d\x1e"


def lazy_simple(
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
    skip: int,
) -> tuple[list[str], str]:
    """The files' names, and the SELECT that reads them."""
    delimiter = properties.get("field.delim") or properties.get("serialization.format") or "\x01"
    if delimiter.isdigit() and "field.delim" not in properties:
        delimiter = chr(int(delimiter))
    escape = properties.get("escape.delim")
    null_text = properties.get("serialization.null.format", "\\N")
    if escape:
        names = [_add(store, file, _unescaped(delimiter, escape)) for file in found]
        delimiter = _BORDER
    else:
        names = [_add(store, file, _plain_lines(file)) for file in found]
    cells = [
        f"{cell(_filled(column.name, index), column.type, properties)} AS {quoted(column.name)}"
        for index, column in enumerate(columns)
    ]
    return (
        names,
        f"SELECT {', '.join([*cells, 'filename'])} FROM {_read(store, names, columns, delimiter, null_text, skip)}",
    )


def open_csv(
    found: Sequence[DataFile],
    store: ObjectFiles,
    columns: Sequence[TableColumn],
    properties: Mapping[str, str],
    skip: int,
) -> tuple[list[str], str]:
    """As lazy_simple; each line is read by itself, with `""` and the escape character alike."""
    names = [_add(store, file, _unquoted(properties)) for file in found]
    cells = [
        f"{_open_csv_cell(_filled(column.name, index), column, index)} AS {quoted(column.name)}"
        for index, column in enumerate(columns)
    ]
    return (
        names,
        f"SELECT {', '.join([*cells, 'filename'])} FROM {_read(store, names, columns, _BORDER, _NO_NULL, skip)}",
    )


def _filled(name: str, index: int) -> str:
    """A cell; an empty line is one empty cell."""
    own = quoted(name)
    return f"CASE WHEN {own} = {text(_EMPTY_LINE)} THEN '' ELSE {own} END" if index == 0 else own


def _read(
    store: ObjectFiles,
    names: Sequence[str],
    columns: Sequence[TableColumn],
    delimiter: str,
    null_text: str,
    skip: int,
) -> str:
    has_long = any(_has_long_line(store.body(name)) for name in names)
    sizes = f"max_line_size={_LONGEST_LINE}" if has_long else f"max_line_size={_USUAL_LINE}, buffer_size={_BUFFER}"
    kinds = ", ".join(f"{text(column.name)}: 'VARCHAR'" for column in columns)
    files = ", ".join(map(text, names))
    return (
        f"read_csv([{files}], auto_detect=false, header=false, strict_mode=false, null_padding=true, filename=true, "
        f"delim={text(delimiter)}, quote='', escape='', nullstr={text(null_text)}, skip={skip}, "
        f"{sizes}, columns={{{kinds}}})"
    )


def _add(store: ObjectFiles, file: DataFile, lines: Callable[[bytes], bytes]) -> str:
    store.count(file.item.size)
    return store.add(lines(file.text()), "csv", counted=False)


@lru_cache(maxsize=4096)
def _is_plain(etag: str, size: int) -> list[bool]:
    """What is known of a content, which its ETag tells from all others: empty at first."""
    return []


def _plain_lines(file: DataFile) -> Callable[[bytes], bytes]:
    """_lines, which looks at the same content once only."""

    def lines(body: bytes) -> bytes:
        known = _is_plain(file.item.etag, file.item.size) if file.item.etag else []
        if known == [True]:
            return body
        found = _lines(body)
        known[:] = [found is body]
        return found

    return lines


def _has_long_line(body: bytes) -> bool:
    """Whether a line may be longer than usual: such a line fills one of these pieces wholly."""
    piece = _USUAL_LINE // 2
    return any(body.find(b"\n", start, start + piece) < 0 for start in range(0, len(body) - piece, piece))


def _lines(body: bytes) -> bytes:
    """UTF-8 lines ended by a line feed, none of them empty. The usual file is left as it is, and is not copied.

    Bytes that are not UTF-8 become U+FFFD, as in Athena; a byte order mark goes.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode(errors="replace").encode()
    if body.startswith(b"\n") or b"\n\n" in body:
        marked = body.removesuffix(b"\n").split(b"\n")
        body = b"\n".join(line or _EMPTY_LINE.encode() for line in marked) + b"\n"
    return body


def _split_lines(body: bytes) -> list[str]:
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return body.decode(errors="replace").removesuffix("\n").split("\n") if body else []


def _joined(rows: list[list[str]]) -> bytes:
    return "".join(f"{_BORDER.join(row) or _EMPTY_LINE}\n" for row in rows).encode()


def _unescaped(delimiter: str, escape: str) -> Callable[[bytes], bytes]:
    options: dict[str, Any] = {"delimiter": delimiter, "quoting": csv.QUOTE_NONE, "escapechar": escape}
    return lambda body: _joined([next(csv.reader([line], **options), [""]) for line in _split_lines(body)])


def _unquoted(properties: Mapping[str, str]) -> Callable[[bytes], bytes]:
    quote, escape = properties.get("quoteChar") or '"', properties.get("escapeChar") or "\\"
    options: dict[str, Any] = {
        "delimiter": properties.get("separatorChar") or ",",
        "quotechar": quote,
        # the same character twice is what doublequote says already
        "escapechar": None if escape == quote else escape,
    }
    return lambda body: _joined([next(csv.reader([line], **options), [""]) for line in _split_lines(body)])


def cell(own: str, kind: Type, properties: Mapping[str, str]) -> str:
    """A cell of LazySimpleSerDe: what does not parse is NULL. DuckDB alone would round 1.5 and read 0x10."""
    target = t.duckdb_type(kind)
    if kind.name in ("varchar", "char"):
        return f"left({own}, {kind.parameters[0]})" if kind.parameters else own
    if kind.is_whole:
        return macros.whole_number(own, target)
    if kind.is_number:
        return macros.decimal_number(own, target)
    if kind.name == "boolean":
        return f"CASE lower({own}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    if kind.name in ("date", "timestamp"):
        return _moment(own, target)
    if kind.name == "varbinary":
        return _binary(own)
    if kind.name in ("array", "map", "row"):
        return _nested(own, kind, properties)
    raise not_supported(f"the column type {kind} in text files")


def _binary(own: str) -> str:
    """Hive writes bytes as Base64."""
    message = f"'Input byte array is not Base64: ' || {own}"
    wrong = f"NOT regexp_full_match({own}, '([A-Za-z0-9+/]{{4}})*([A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?')"
    return macros.checked(f"from_base64({own})", wrong, "HIVE_BAD_DATA", message)


def _moment(own: str, target: str) -> str:
    """A date or `yyyy-mm-dd hh:mm:ss[.fff]`; the usual text costs no regular expression."""
    usual, pattern = "____-__-__", "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    if target == "TIMESTAMP":
        usual, pattern = f"{usual} __:__:__", rf"{pattern} [0-9]{{1,2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,9}})?"
    return (
        f"CASE WHEN {own} LIKE '{usual}' THEN TRY_CAST({own} AS {target}) "
        f"WHEN regexp_full_match({own}, '{pattern}') THEN TRY_CAST({own} AS {target}) END"
    )


def _nested(own: str, kind: Type, properties: Mapping[str, str]) -> str:
    """Arrays, maps and rows of plain values, split by collection.delim and mapkey.delim."""
    # Hive's own misspelling is read as well
    items = properties.get("collection.delim") or properties.get("colelction.delim") or "\x02"
    keys = properties.get("mapkey.delim") or "\x03"
    inner = [part[1] if kind.name == "row" else part for part in kind.parameters]
    if any(part.name in ("array", "map", "row") for part in inner):
        raise not_supported(f"the column type {kind} in text files")
    parts = f"string_split({own}, {text(items)})"
    if kind.name == "array":
        return (
            f"CASE WHEN {own} = '' THEN [] ELSE list_transform({parts}, lambda item: {cell('item', inner[0], {})}) END"
        )
    if kind.name == "map":
        pair = f"string_split(item, {text(keys)})"
        sides = (
            f"list_transform({parts}, lambda item: {cell(f'list_extract({pair}, {i})', part, {})})"
            for i, part in enumerate(inner, 1)
        )
        return f"CASE WHEN {own} <> '' THEN map({', '.join(sides)}) END"
    fields = ", ".join(
        f"f{index} := {cell(f'list_extract({parts}, {index + 1})', part, {})}" for index, part in enumerate(inner)
    )
    return f"CASE WHEN {own} IS NOT NULL THEN struct_pack({fields}) END"


def _open_csv_cell(own: str, column: TableColumn, index: int) -> str:
    """OpenCSVSerDe has texts; Athena reads numbers, booleans, and dates as days and times as milliseconds from them."""
    kind, target = column.type, t.duckdb_type(column.type)
    if kind.name in ("varchar", "char"):
        return f"left({own}, {kind.parameters[0]})" if kind.parameters else own
    reads = {
        "date": (r"[+-]?[0-9]+", f"DATE '1970-01-01' + CAST({own} AS INTEGER)"),
        "timestamp": (r"[+-]?[0-9]+", f"make_timestamp(CAST({own} AS BIGINT) * 1000)"),
        "boolean": ("(?i:true|false)", f"CAST({own} AS BOOLEAN)"),
        **dict.fromkeys(t.WHOLE, (r"[+-]?[0-9]+", f"TRY_CAST({own} AS {target})")),
        **dict.fromkeys(
            ("real", "double", "decimal"), (r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", f"TRY_CAST({own} AS {target})")
        ),
    }
    if kind.name not in reads:
        raise not_supported(f"OpenCSVSerDe columns of the type {kind}, such as {column.name}")
    pattern, value = reads[kind.name]
    message = (
        f"'Error parsing field value ''' || {own} || ''' for field {index}: For input string: \"' || {own} || '\"'"
    )
    return macros.checked(value, f"NOT regexp_full_match({own}, '{pattern}')", "HIVE_BAD_DATA", message)
