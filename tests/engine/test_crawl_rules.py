"""The pure rules of a crawl: exclude patterns, types, grouping, compressed reading."""

from __future__ import annotations

import bz2
import gzip
import re
from pathlib import Path

import duckdb
import pytest

from local.engine.crawl import globs, types
from local.engine.crawl.classifiers import Classifiers
from local.engine.crawl.folders import File, tree
from local.engine.crawl.grouping import groups, partitions
from local.engine.crawl.parquet_format import ParquetFormat
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import Array, HiveType, Map, Struct
from local.engine.errors import CrawlError
from local.engine.parquet import footer
from verification.examples.parquet_bytes import parquet


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.csv", ["a.csv", ".csv"], ["a/b.csv", "a.csvx"]),
        ("**.csv", ["a.csv", "a/b.csv"], ["a.txt"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]),
        ("*/b?", ["a/bc"], ["a/b", "a/b/"]),
        ("[ab]*", ["a", "bc"], ["c", ""]),
        ("[!ab]x", ["cx"], ["ax", "/x"]),
        ("[a-c]", ["b"], ["d"]),
        ("{2019,2020}/*", ["2019/a", "2020/b"], ["2021/a", "2019/a/b"]),
        (r"\*\{a", ["*{a"], ["x{a"]),
        ("a.b+c", ["a.b+c"], ["axb+c", "a.bbc"]),
        ("**/**/x", ["a/b/x"], ["x"]),
    ],
)
def test_exclude_patterns_are_globs(pattern: str, matching: list[str], others: list[str]) -> None:
    expression = globs.matcher([pattern])

    assert expression is not None
    assert [text for text in matching if expression.fullmatch(text)] == matching
    assert [text for text in others if expression.fullmatch(text)] == []


@pytest.mark.parametrize("pattern", ["{a", "[a"])
def test_a_broken_exclude_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(CrawlError, match=re.escape(repr(pattern))):
        globs.matcher([pattern])


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        ("null", "int", "int"),
        ("tinyint", "int", "int"),
        ("int", "bigint", "bigint"),
        ("float", "double", "double"),
        ("bigint", "double", "double"),
        ("decimal(5,2)", "decimal(10,4)", "decimal(10,4)"),
        ("decimal(38,0)", "decimal(4,3)", "decimal(38,3)"),
        ("decimal(5,2)", "int", "double"),
        ("boolean", "int", "string"),
        ("date", "timestamp", "string"),
        (Array("int"), "int", "string"),
        (Array("null"), Array("int"), "array<int>"),
        (Struct((("a", "int"),)), Struct((("b", "string"), ("a", "bigint"))), "struct<a:bigint,b:string>"),
        (Map("string", "int"), Map("string", "double"), "map<string,double>"),
        (Struct(()), Array("int"), "string"),
    ],
)
def test_two_types_have_one_that_holds_both(left: HiveType, right: HiveType, both: str) -> None:
    assert types.text(types.widen(left, right)) == both
    # whichever comes first, except for the order of a struct's names
    assert sorted(types.text(types.widen(right, left))) == sorted(both)


def _files(*keys: str, body: bytes = b"a,b\nx,1\n") -> list[File]:
    classifiers = Classifiers(())
    found = []
    for key in keys:
        reading = classifiers.read(Document.of(body))
        columns = reading.format.columns(reading.sample, []) if reading else ()
        found.append(File(key, len(body), reading, columns))
    return found


def test_hundreds_of_levels_are_no_matter() -> None:
    deep = "/".join(["a"] * 500) + "/f.csv"

    found = groups(tree("", _files(deep)), combines=False)

    assert [group.path for group in found] == [""]
    keys, parts = partitions(found[0])
    assert len(keys) == len(set(keys)) == 500
    assert len(parts) == 1


def test_six_different_schemas_are_never_one_table() -> None:
    def folders(count: int) -> list[File]:
        common = [file for number in range(100) for file in _files(f"c{number:03}/f")]
        bodies = [f"x{number},y{number}\nt,1\n".encode() for number in range(count)]
        others = [file for number, body in enumerate(bodies) for file in _files(f"o{number}/f", body=body)]
        return common + others

    def tables(count: int) -> int:
        files = folders(count)
        for file in files:
            assert file.reading is not None
        # one classifier's format is one kind
        first = files[0].reading
        for file in files:
            assert first is not None
            assert file.reading is not None
            file.reading = type(first)(first.format, first.compression, file.reading.sample)
        return len(groups(tree("", files), combines=False))

    assert tables(4) == 1
    assert tables(5) == 105


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_compressed_contents_are_read_in_bounded_pieces(pack: type[bytes]) -> None:
    body = bytes(range(256)) * 8_000
    document = Document.of(pack(body))

    assert document.head(10) == body[:10]
    assert len(document._head) < MEGABYTE
    assert document.head(len(body) + 1) == body
    assert document.broken == ""


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_several_members_are_read_one_after_another(pack: type[bytes]) -> None:
    document = Document.of(pack(b"one,") + pack(b"two"))

    assert document.head(100) == b"one,two"
    assert document.broken == ""


def test_what_ends_early_gives_what_there_is_and_says_so() -> None:
    body = bytes(range(256)) * 1000
    document = Document.of(gzip.compress(body)[:-9])

    read = document.head(len(body) + 1)

    assert body.startswith(read)
    assert len(read) > 0
    assert document.broken == "gzip: the file ends within its compressed data"


def test_a_parquet_file_that_breaks_the_reader_breaks_no_other() -> None:
    good = parquet("SELECT 'a' AS s, 1::BIGINT AS n")
    broken = duckdb.connect()
    broken.close()  # as DuckDB leaves a connection after an internal error
    reader = ParquetFormat()
    reader._connection = broken

    assert reader.sample(Document.of(good)) is None

    assert reader.sample(Document.of(good)) is not None


@pytest.mark.parametrize(
    "select",
    [
        "SELECT 1 AS a",
        "SELECT 'a' AS s, 1::BIGINT AS n, [1, 2] AS l, {'x': 1.5, 'y': [true]} AS r FROM range(5)",
        "SELECT range AS n, repeat('x', 100) || range AS t FROM range(300000)",
        "SELECT 1 AS a FROM range(0)",
    ],
)
def test_the_sizes_in_a_parquet_footer_are_those_that_duckdb_reads(select: str, tmp_path: Path) -> None:
    body = parquet(select)
    file = tmp_path / "file.parquet"
    file.write_bytes(body)
    query = "SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata(?)"
    wanted = duckdb.execute(query, [str(file)]).fetchone()
    length = int.from_bytes(body[-8:-4], "little")

    assert (footer.read(body[-8 - length : -8], with_sizes=True).uncompressed,) == wanted


@pytest.mark.parametrize(
    "body", [b"", b"\x15", b"\x19\xfc\xff\xff\xff\xff\x7f", b"\x4c" * 100, b"\x1d", b"\x19\x19" * 5000]
)
def test_what_is_no_parquet_footer_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"footer|Thrift|64 bits|deep"):
        footer.read(body, with_sizes=True)
