"""What Athena reads of ORC, of logs and of compressed text, where no crawl is needed to see it."""

from __future__ import annotations

import gzip
from typing import Any

import cramjam
import pytest

from local.engine import compressions
from local.engine.athena.data import files
from local.engine.athena.data.files import DataFile
from local.engine.athena.failures import QueryFailedError
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.grok import Grok, GrokError
from local.engine.grok_patterns import PATTERNS
from local.engine.ministack_adapter import S3Object
from tests.engine.test_athena_files import CSV, JSON, make
from tests.engine.world import World
from verification.examples.orc_and_packed import hadoop, hadoop_lz4, hadoop_snappy, orc, zipped

REGEX = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' WITH SERDEPROPERTIES"
GROK = "ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' WITH SERDEPROPERTIES"


def test_orc_columns_are_found_by_position_or_by_name_if_the_serde_says_so(world: World) -> None:
    world.put("a.orc", orc("struct<A:int,b:string,n:bigint>", {"A": 1, "b": "x", "n": 7}))
    make(world, "first bigint, second string, third bigint, fourth string", "STORED AS ORC")
    form = (
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.orc.OrcSerde' "
        "WITH SERDEPROPERTIES ('orc.column.index.access'='false') STORED AS ORC"
    )
    make(world, "n bigint, gone string, a int", form, name="named")

    assert world.query("SELECT * FROM made") == [["1", "x", "7", None]]
    assert world.query("SELECT * FROM named") == [["7", None, "1"]]


def test_orc_types_that_do_not_fit_fail_only_if_they_are_asked_for(world: World) -> None:
    world.put("a.orc", orc("struct<a:int,b:string,c:struct<x:double>>", {"a": 300, "b": "x", "c": {"x": 1.5}}))
    make(world, "a smallint, b int, c struct<x:int>", "STORED AS ORC")

    assert world.query("SELECT a FROM made") == [["300"]]
    message = "HIVE_BAD_DATA: Malformed ORC file. Cannot read SQL type 'integer' from ORC stream '.b' of type STRING"
    assert world.failure("SELECT b FROM made").startswith(message)
    assert "from ORC stream '.c' of type STRUCT" in world.failure("SELECT c FROM made")


def test_an_orc_number_that_is_too_large_for_its_column_fails(world: World) -> None:
    world.put("a.orc", orc("struct<a:bigint>", {"a": 1}, {"a": 40000}))
    make(world, "a smallint", "STORED AS ORC")

    assert world.failure("SELECT a FROM made").startswith(
        "HIVE_BAD_DATA: Error parsing field value '40000' for field 0"
    )


@pytest.mark.parametrize("body", [b"a,b\n1,2\n", b"ORC", orc("struct<a:int>", {"a": 1})[:-10]])
def test_what_is_no_orc_file_fails(world: World, body: bytes) -> None:
    world.put("a.orc", body)
    make(world, "a int", "STORED AS ORC")

    assert world.failure("SELECT * FROM made").startswith("HIVE_BAD_DATA: Malformed ORC file. ")


def test_regex_groups_are_the_columns_and_a_line_must_match_as_a_whole(world: World) -> None:
    world.put("a.log", "anna 30 ok\nbert x\nBERT 41 ok\ncarl 7 ok and more\n\n")
    make(world, "name string, age int, state string", f"{REGEX} ('input.regex'='([a-z]+) (\\\\d+)(?: (ok))?')")
    option = "'input.regex.case.insensitive'='true'"
    make(world, "name string, age int", f"{REGEX} ('input.regex'='([a-z]+) (\\\\d+).*', {option})", name="any")
    make(world, "name string", f"{REGEX} ('input.regex'='(.*) (.*)')", name="other")

    nothing = [None] * 3
    assert world.query("SELECT * FROM made") == [["anna", "30", "ok"], nothing, nothing, nothing, nothing]
    assert world.query("SELECT age FROM any WHERE age IS NOT NULL") == [["30"], ["41"], ["7"]]
    assert world.failure("SELECT * FROM other").startswith(
        "HIVE_CURSOR_ERROR: Number of matching groups doesn't match the number of columns"
    )


def test_grok_fields_are_the_columns_by_their_order(world: World) -> None:
    world.put("a.log", "2017-09-12 12:10:34,972 INFO  - type=AZ, time=2497, action=receive\nnothing of it\n")
    pattern = (
        "%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:loglevel}  - type=%{KIND:type}, time=%{POSINT:n}, action=%{C:a}"
    )
    form = f"{GROK} ('input.format'='{pattern}', 'input.grokCustomPatterns'='C (receive|send)\\nKIND ([^,]+)')"
    make(world, "moment string, severity string, kind string, seconds int, action string", form)

    assert world.query("SELECT * FROM made") == [
        ["2017-09-12 12:10:34,972", "INFO", "AZ", "2497", "receive"],
        [None] * 5,
    ]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (f"{GROK} ('input.format'='%{{NONE:a}}')", "HIVE_CURSOR_ERROR: Grok compilation failure: Pattern NONE is not"),
        (f"{GROK} ('input.format'='(%{{WORD:a}}')", "HIVE_CURSOR_ERROR: Grok compilation failure: the pattern"),
        (f"{GROK} ('other'='x')", "HIVE_CURSOR_ERROR: Schema does not have required 'input.format' property"),
        (f"{GROK} ('input.format'='x')", "NOT_SUPPORTED: the local engine does not know a grok pattern of 0 fields"),
        (f"{GROK} ('input.format'='x(?:%{{INT:a}})?')", "NOT_SUPPORTED: the local engine does not know what Athena"),
        (f"{REGEX} ('input.regex'='(\\\\p{{Lu}})')", "NOT_SUPPORTED: the local engine does not know the regular"),
    ],
)
def test_patterns_that_cannot_be_read_fail(world: World, form: str, message: str) -> None:
    world.put("a.log", "x\n")
    make(world, "a string", form)

    assert world.failure("SELECT * FROM made").startswith(message)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("IPV4", ["1.2.3.4", "255.255.255.255", "01.2.3.4"], ["1.2.3", "256.1.1.1", "a.b.c.d"]),
        (
            "IPV6",
            ["::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1%eth0"],
            ["1:2:3", "g::1", "1:2:3:4:5:6:7:8:9", "1::2::3"],
        ),
        ("NUMBER", ["1", "-1.5", "+.5"], ["1.", "a", ""]),
        ("POSINT", ["1", "90"], ["0", "-"]),
        ("UUID", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567"]),
        ("QUOTEDSTRING", ['"a \\" b"', "'x'", '""'], ['"a', "x"]),
        ("URI", ["https://example.org:8080/a/b?c=d", "git+ssh://b"], ["example", "/a", "s3://b"]),
        ("UNIXPATH", ["/", "/a/b.c", "/a//b"], ["a/b", ""]),
        ("WINPATH", ["C:\\a\\b"], ["C:", "a"]),
        ("TIMESTAMP_ISO8601", ["2024-01-31T12:00:00.5Z", "2024-01-31 12:00"], ["2024-1", "31.1.2024 12:00"]),
        ("HTTPDATE", ["10/Oct/2000:13:55:36 -0700"], ["10/10/2000:13:55:36 -0700"]),
        ("SYSLOGTIMESTAMP", ["Feb  9 07:15:00"], ["2 Feb 07:15:00"]),
        ("LOGLEVEL", ["INFO", "warning", "Error", "EMERGENCY"], ["iNFO", "LOUD"]),
        ("MAC", ["00:1B:44:11:3a:B7", "00-1B-44-11-3A-B7", "001b.4411.3ab7"], ["00:1B:44"]),
        ("BOOLEAN", ["true", "FALSE"], ["yes"]),
    ],
)
def test_the_named_patterns(pattern: str, yes: list[str], no: list[str]) -> None:
    grok = Grok(f"^%{{{pattern}:x}}$")

    assert [text for text in yes if grok.match(text) is None] == []
    assert [text for text in no if grok.match(text) is not None] == []


def test_every_named_pattern_compiles_and_one_that_is_endless_does_not() -> None:
    for name in PATTERNS:
        assert Grok(f"%{{{name}:x}}").fields[0].name == "x"
    with pytest.raises(GrokError, match="refers to itself"):
        Grok("%{A:x}", "A a%{A}")


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("a.json.gz", gzip.compress(b'{"n": 1}\n', mtime=0)),
        ("a.snappy", hadoop_snappy('{"n": 1}\n')),
        ("a.json.lz4", hadoop_lz4('{"n": 1}\n')),
        ("a.zst", bytes(cramjam.zstd.compress(b'{"n": 1}\n'))),
        ("folder.gz/a", b'{"n": 1}\n'),  # the name's end counts, not a folder's
    ],
)
def test_athena_reads_text_by_the_codec_that_the_suffix_names(world: World, key: str, body: bytes) -> None:
    world.put(key, body)
    make(world, "n int", JSON)

    assert world.query("SELECT n FROM made") == [["1"]]


@pytest.mark.parametrize(
    ("key", "body", "message"),
    [
        ("a.csv.zip", zipped(a_csv="1\n"), "NOT_SUPPORTED: The ZIP file format is not supported: s3://"),
        ("a.csv", zipped(a_csv="1\n"), "NOT_SUPPORTED: The ZIP file format is not supported: s3://"),
        ("a.csv.lzo", b"x", "NOT_SUPPORTED: the local engine does not know the compression of s3://"),
        ("a.csv.snappy", b"plain text", "HIVE_CURSOR_ERROR: Failed to read file: s3://"),
        ("a.csv.snappy", bytes(cramjam.snappy.compress(b"1\n")), "HIVE_CURSOR_ERROR: Failed to read file: s3://"),
        ("a.csv.snappy", hadoop_snappy("1\n")[:-1], "HIVE_CURSOR_ERROR: Failed to read file: s3://"),
        ("a.csv.lz4", bytes(cramjam.lz4.compress(b"1\n")), "HIVE_CURSOR_ERROR: Failed to read file: s3://"),
        ("a.csv.zst", b"plain text", "HIVE_CURSOR_ERROR: Failed to read file: s3://"),
    ],
)
def test_compressed_text_that_athena_does_not_read_fails(world: World, key: str, body: bytes, message: str) -> None:
    world.put(key, body)
    make(world, "n string", CSV)

    assert world.failure("SELECT * FROM made").startswith(message)


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        ("snappy", lambda data: hadoop_snappy(data.decode())),
        ("lz4", lambda data: hadoop_lz4(data.decode())),
        ("zst", lambda data: bytes(cramjam.zstd.compress(data))),
    ],
)
def test_a_bomb_of_other_codecs_fails_its_query_alone(
    monkeypatch: pytest.MonkeyPatch, suffix: str, compress: Any
) -> None:
    bomb = DataFile("b", S3Object(f"bomb.csv.{suffix}", 1))
    monkeypatch.setattr(files, "_MOST_TEXT", 1000)
    monkeypatch.setattr(DataFile, "body", lambda _: compress(bytes(1001)))

    with pytest.raises(QueryFailedError, match=r"NOT_SUPPORTED: .* uncompressed: s3://b/bomb\.csv"):
        bomb.text()
    monkeypatch.setattr(DataFile, "body", lambda _: compress(bytes(1000)))
    assert len(bomb.text()) == 1000


@pytest.mark.parametrize(
    "body",
    [
        bytes(cramjam.zstd.compress(bytes(64 * MEGABYTE))),
        zipped(a_csv=bytes(64 * MEGABYTE)),
        bytes(cramjam.snappy.compress(bytes(64 * MEGABYTE))),
        bytes(cramjam.lz4.compress(bytes(64 * MEGABYTE))),
    ],
)
def test_a_crawl_takes_no_more_of_a_bomb_than_it_needs(body: bytes) -> None:
    document = Document.of(body, "a.csv")

    document.head(MEGABYTE)

    assert len(document._head) <= 10 * MEGABYTE + 1


def test_a_block_that_is_larger_than_it_says_is_broken() -> None:
    chunk = bytes(cramjam.snappy.compress_raw(b"x" * 100))

    document = Document.of(hadoop(chunk, 50), "a")

    assert document.compression == "none"
    with pytest.raises(ValueError, match="larger than it says"):
        compressions.snappy_block(chunk, 50)
