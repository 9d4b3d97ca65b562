"""Text files that are one cell after another, as DuckDB reads them: what LazySimpleSerDe and OpenCSVSerDe share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from local.engine.athena.data import text_lines
from local.engine.athena.data.files import DataFile, ObjectFiles
from local.engine.athena.relation import TableColumn
from local.engine.athena.sql import quoted, text

# small buffers are read faster; a file with a longer line gets large ones
_BUFFER, _USUAL_LINE, _LONGEST_LINE = 2 * 1024 * 1024, 512 * 1024, 16 * 1024 * 1024
# in no text: what cells are joined with that Python has split, and what stands for two kinds of them
BORDER = "\x1e\x1f\x1e"
EMPTY, NULL = "\x1d\x1d", "\x1d\x1e"


def filled(name: str, index: int, *, null: str | None = None) -> str:
    """SQL of a cell; a line of nothing is one empty cell, which DuckDB would leave out, or NULL if that means NULL."""
    own, empty = quoted(name), "NULL" if null == "" else "''"
    return f"CASE WHEN {own} = {text(EMPTY)} THEN {empty} ELSE {own} END" if index == 0 else own


def select(
    store: ObjectFiles,
    names: Sequence[str],
    columns: Sequence[TableColumn],
    cells: Iterable[str],
    *,
    delimiter: str = BORDER,
    null: str = NULL,
    skip: int = 0,
) -> str:
    """The SELECT of cells, given in SQL, from files which `add` has written."""
    has_long = any(_has_long_line(store.body(name)) for name in names)
    sizes = f"max_line_size={_LONGEST_LINE}" if has_long else f"max_line_size={_USUAL_LINE}, buffer_size={_BUFFER}"
    kinds = ", ".join(f"{text(column.name)}: 'VARCHAR'" for column in columns)
    files = ", ".join(map(text, names))
    own = ", ".join(f"{cell} AS {quoted(column.name)}" for cell, column in zip(cells, columns, strict=True))
    return (
        f"SELECT {own}, filename FROM read_csv([{files}], auto_detect=false, header=false, strict_mode=false, "
        f"null_padding=true, filename=true, delim={text(delimiter)}, quote='', escape='', nullstr={text(null)}, "
        f"skip={skip}, {sizes}, columns={{{kinds}}})"
    )


def add(store: ObjectFiles, file: DataFile, lines: Callable[[bytes], bytes]) -> str:
    """Take a file, its bytes changed to what DuckDB reads; its name."""
    store.count(file.item.size)
    return store.add(lines(file.text()), "csv", counted=False)


def joined(rows: Iterable[Sequence[str | None]]) -> bytes:
    """Rows that Python has split."""
    return "".join(f"{_row(row)}\n" for row in rows).encode()


def _row(row: Sequence[str | None]) -> str:
    if not row:
        return NULL
    return BORDER.join(NULL if cell is None else cell for cell in row) or EMPTY


@lru_cache(maxsize=4096)
def _is_plain(etag: str, size: int) -> list[bool]:
    """What is known of a content, by its ETag: empty at first."""
    return []


def plain_lines(file: DataFile) -> Callable[[bytes], bytes]:
    """UTF-8 lines ended by a line feed, none of them empty; the same content is looked through once only."""

    def lines(body: bytes) -> bytes:
        known = _is_plain(file.item.etag, file.item.size) if file.item.etag else []
        if known == [True]:
            return body
        found = _lines(body)
        known[:] = [found is body]
        return found

    return lines


def _lines(body: bytes) -> bytes:
    """The usual file is left as it is, and is not copied. Bytes that are not UTF-8 become U+FFFD, as in Athena."""
    body = text_lines.normal(body)
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode(errors="replace").encode()
    if body.startswith(b"\n") or b"\n\n" in body:
        marked = body.removesuffix(b"\n").split(b"\n")
        body = b"\n".join(line or EMPTY.encode() for line in marked) + b"\n"
    return body


def _has_long_line(body: bytes) -> bool:
    """Whether a line may be longer than usual: such a line fills one of these pieces wholly."""
    piece = _USUAL_LINE // 2
    return any(body.find(b"\n", start, start + piece) < 0 for start in range(0, len(body) - piece, piece))
