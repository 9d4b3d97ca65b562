"""Names and types that Athena refuses: in queries, in DDL, and in the catalog."""

from __future__ import annotations

import pytest

from local.engine.athena import parser, reserved_words
from local.engine.athena.data.hive_types import parse
from local.engine.athena.failures import QueryFailedError
from tests.engine.helpers import refused
from tests.engine.test_athena_files import CSV, run
from tests.engine.world import World

# Queries.


@pytest.mark.parametrize(
    ("query", "place", "word"),
    [
        ("SELECT end FROM t", "line 1:8", "end"),
        ("SELECT a, b AS order\nFROM t", "line 1:16", "order"),
        ("SELECT a\nFROM table", "line 2:6", "table"),
        ("SELECT t.group FROM t", "line 1:10", "group"),
        ("SELECT 1 FROM t AS natural", "line 1:20", "natural"),
        ("WITH values AS (SELECT 1 AS a) SELECT a FROM x", "line 1:6", "values"),
        ("SELECT a FROM (VALUES 1) AS t(user, in)", "line 1:37", "in"),
        ("SELECT sum(first) OVER (PARTITION BY b) FROM t", "line 1:12", "first"),
        ("SELECT CAST(ROW(1) AS ROW(from integer))", "line 1:27", "from"),
        ("SELECT t.current_date FROM t", "line 1:10", "current_date"),
    ],
)
def test_a_reserved_word_is_no_name_in_a_query(query: str, place: str, word: str) -> None:
    with pytest.raises(parser.MalformedQueryError, match=rf"^{place}.*mismatched input.*{word}"):
        parser.parse(query)


@pytest.mark.parametrize("word", sorted(reserved_words.QUERY - reserved_words.WITHOUT_PARENTHESES))
def test_every_reserved_word_needs_double_quotes(word: str) -> None:
    with pytest.raises(parser.MalformedQueryError):
        parser.parse(f"SELECT t.{word.lower()} FROM t")  # noqa: S608 # words of ours
    parser.parse(f'SELECT t."{word.lower()}" AS "{word}" FROM t')  # noqa: S608 # as above


@pytest.mark.parametrize(
    "query",
    [
        "SELECT date, timestamp, user, year, partition, rows, row_number, type, comment FROM t",
        "SELECT current_date, current_timestamp, current_user, localtime, localtimestamp",
        "SELECT extract(year FROM d), normalize(s, NFC), trim(BOTH ' ' FROM s) FROM t",
        "SELECT listagg(s) WITHIN GROUP (ORDER BY s) FROM t",
        "SELECT a FROM t ORDER BY a NULLS FIRST, b NULLS LAST",
        "SELECT grouping(a) FROM t GROUP BY CUBE (a)",
        "SELECT CASE WHEN a THEN 1 ELSE 2 END AS _end FROM t",
    ],
)
def test_words_that_are_not_reserved_are_names(query: str) -> None:
    assert parser.parse(query).tree is not None


@pytest.mark.parametrize(
    "query",
    ["SELECT 1st FROM t", "SELECT a FROM 2024_orders", "SELECT t.a AS x, 1e3b FROM t", "SELECT a, 2as b FROM t"],
)
def test_a_name_that_begins_with_a_digit_needs_quotes(query: str) -> None:
    with pytest.raises(parser.MalformedQueryError, match="identifiers must not start with a digit"):
        parser.parse(query)


def test_a_query_with_a_reserved_word_is_refused_when_it_is_sent(world: World) -> None:
    output = {"ResultConfiguration": {"OutputLocation": f"s3://{world.bucket}/results/"}}

    # the query inside of a statement is read when it is sent, too: awswrangler's tests rely on it
    for text in ("SELECT order FROM t", "CREATE TABLE made AS SELECT 1 AS group", "INSERT INTO made SELECT 1 AS group"):
        assert refused(world.athena.start_query_execution, QueryString=text, **output) == "InvalidRequestException"
    assert world.failure("CREATE TABLE order AS SELECT 1 AS a").startswith("SYNTAX_ERROR: line 1:14: mismatched")
    assert world.query("SELECT 1 AS _a, 2 AS a1") == [["1", "2"]]


# DDL.


def _failure(world: World, columns: str, keys: str = "", name: str = "made") -> str:
    partitioned = f"PARTITIONED BY ({keys})" if keys else ""
    place = f"s3://{world.bucket}/data/"
    return world.failure(f"CREATE EXTERNAL TABLE {name} ({columns}) {partitioned} {CSV} LOCATION '{place}'")


@pytest.mark.parametrize(
    ("columns", "keys", "name"),
    [
        ("date string", "", "made"),
        ("a int, order int", "", "made"),
        ("a int", "partition string", "made"),
        ("a int", "", "user"),
        ("a struct<end:int>", "", "made"),
        ("_id string", "", "made"),
        ("a int", "_day string", "made"),
        ("a int", "", "_made"),
        ("a int", "", "__"),
        ("größe int", "", "made"),
        ("a$b int", "", "made"),
    ],
)
def test_a_name_that_hive_s_grammar_does_not_take_needs_backticks(
    world: World, columns: str, keys: str, name: str
) -> None:
    assert _failure(world, columns, keys, name).startswith("FAILED: ParseException line 1:")


def test_backticks_quote_and_hive_counts_from_nought(world: World) -> None:
    assert _failure(world, "a int", name="_t") == (
        "FAILED: ParseException line 1:22 cannot recognize input near '_t' '(' 'a'"
    )
    world.put("k=1/a.csv", "1,2,3\n")
    place = f"s3://{world.bucket}/data/person/"

    run(world, f"CREATE EXTERNAL TABLE `_t` (`date` int, `_id` int, 1st int) PARTITIONED BY (`order` string) {CSV} "
        f"LOCATION '{place}'")  # fmt: skip
    run(world, f"ALTER TABLE `_t` ADD PARTITION (`order` = '1') LOCATION '{place}k=1'")

    assert world.query('SELECT date, _id, "1st", "order" FROM _t') == [["1", "2", "3", "1"]]
    assert world.failure("ALTER TABLE `_t` DROP PARTITION (order = '1')").startswith("FAILED: ParseException")
    assert world.failure("MSCK REPAIR TABLE _t").startswith("FAILED: ParseException")
    run(world, "DROP TABLE `_t`")


@pytest.mark.parametrize("statement", ["SHOW CREATE TABLE my-db.t", "MSCK REPAIR TABLE my-db.t", "DROP TABLE my-db.t"])
def test_a_hyphen_ends_a_statement_of_hive(world: World, statement: str) -> None:
    assert "missing EOF at '-' near 'my'" in world.failure(statement)


@pytest.mark.parametrize("word", ["time", "timestamp", "start", "dayofweek", "type", "year"])
def test_names_of_the_guide_s_own_tables_need_no_backticks(world: World, word: str) -> None:
    place = f"s3://{world.bucket}/data/"

    run(world, f"CREATE EXTERNAL TABLE made ({word} string, s struct<{word}:string>) {CSV} LOCATION '{place}'")

    assert world.table("made")["StorageDescriptor"]["Columns"] == [
        {"Name": word, "Type": "string"},
        {"Name": "s", "Type": f"struct<{word}:string>"},
    ]


@pytest.mark.parametrize(
    ("columns", "keys", "code"),
    [
        ("a int, A string", "", "10036"),
        ("a int, b int, `a` int", "", "10036"),
        ("a int", "A string", "10035"),
        ("a int", "k string, k int", "10035"),
    ],
)
def test_a_column_has_its_name_alone(world: World, columns: str, keys: str, code: str) -> None:
    assert _failure(world, columns, keys).startswith(f"FAILED: SemanticException [Error {code}]")


def test_columns_that_are_added_are_checked_too(world: World) -> None:
    run(
        world,
        f"CREATE EXTERNAL TABLE made (a int) PARTITIONED BY (k string) {CSV} LOCATION 's3://{world.bucket}/data/'",
    )

    assert "Duplicate column name: a" in world.failure("ALTER TABLE made ADD COLUMNS (a string)")
    assert "Duplicate column name: k" in world.failure("ALTER TABLE made ADD COLUMNS (b int, k string)")
    assert world.failure("ALTER TABLE made ADD COLUMNS (date string)").startswith("FAILED: ParseException")
    assert "in column type" in world.failure("ALTER TABLE made ADD COLUMNS (b text)")
    run(world, "ALTER TABLE made ADD COLUMNS (`date` date COMMENT 'day', m map < string , array<INTEGER> >)")

    assert world.table("made")["StorageDescriptor"]["Columns"][1:] == [
        {"Name": "date", "Type": "date", "Comment": "day"},
        {"Name": "m", "Type": "map<string,array<int>>"},
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("INTEGER", "int"),
        ("decimal( 10 , 2 )", "decimal(10,2)"),
        ("NUMERIC(5)", "decimal(5)"),
        ("double precision", "double"),
        ("struct<`Date`: string COMMENT 'x', b: array < int >>", "struct<date:string,b:array<int>>"),
    ],
)
def test_types_are_kept_as_hive_writes_them(world: World, written: str, kept: str) -> None:
    place = f"s3://{world.bucket}/data/"

    run(world, f"CREATE EXTERNAL TABLE made (a {written}, b int COMMENT 'b') {CSV} LOCATION '{place}'")

    assert world.table("made")["StorageDescriptor"]["Columns"] == [
        {"Name": "a", "Type": kept},
        {"Name": "b", "Type": "int", "Comment": "b"},
    ]


@pytest.mark.parametrize(
    "kind", ["datetime", "text", "long", "bool", "str", "number(10)", "varbinary", "json", "row(a int)"]
)
def test_a_type_that_hive_does_not_have_is_no_column_type(world: World, kind: str) -> None:
    assert _failure(world, f"a {kind}").endswith("in column type")


@pytest.mark.parametrize(
    "kind",
    ["struct<`a-b`:int>", "struct<`a:b`:int>", "array<struct<`a/b`:int>>", "varchar(0)", "decimal(40,2)", "char"],
)
def test_a_type_that_hive_cannot_read_again_fails(world: World, kind: str) -> None:
    assert _failure(world, f"a {kind}").startswith(
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
        "java.lang.IllegalArgumentException: Error: "
    )


# The catalog's types.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("string", "varchar"),
        ("INT", "integer"),
        ("float", "real"),
        ("binary", "varbinary"),
        ("decimal", "decimal(10,0)"),
        ("decimal(7)", "decimal(7,0)"),
        ("varchar(65535)", "varchar(65535)"),
        ("struct<a.b:int,c$d:string,e_f:date,größe:int,9:int>", "row"),
        ("struct<a b:int>", "row"),
        ("map<string,array<struct<map:int>>>", "map"),
    ],
)
def test_types_that_hive_reads(text: str, shown: str) -> None:
    assert str(parse(text)).replace(" ", "").startswith(shown)


@pytest.mark.parametrize(
    "text",
    [
        "", " int", "int ", "integer", "varchar", "char", "char(256)", "varchar(65536)", "varchar(-1)", "varchar(5,5)",
        "decimal(10, 2)", "decimal( 10,2)", "decimal(39,0)", "decimal(5,6)", "decimal()", "decimal(5,2,1)", "real",
        "datetime", "time", "json", "uuid", "bool", "long", "text", "varbinary", "timestamp with time zone",
        "row(a int)",
        "struct<>", "struct<a>", "struct<a:>", "struct<a:int", "struct<a: int>", "struct<a-b:int>",
        "struct<a:b:int>", r"struct<a\:b:string>", "struct<a/b:int>", "struct<a:int>>", "struct<a:string COMMENT 'x'>",
        "array", "array<>", "array<int,int>", "array< int>", "map<string>", "map<string, int>", "map<string,int,int>",
        "int,string", "array<" * 200,
    ],
)  # fmt: skip
def test_types_that_only_look_like_hive_s(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize("text", ["uniontype<int,string>", "array<void>"])
def test_types_of_hive_that_only_the_engine_does_not_know(text: str) -> None:
    with pytest.raises(QueryFailedError, match="NOT_SUPPORTED"):
        parse(text)


def test_a_column_that_is_not_read_fails_the_query_with_its_type_as_written(world: World) -> None:
    world.put("a.csv", "1,2\n")
    world.create_table([("a", "int"), ("B", "Decimal(10, 2)")])

    assert world.failure("SELECT a FROM made") == (
        f"HIVE_INVALID_METADATA: Glue table '{world.database}.made' column 'B' has invalid data type: Decimal(10, 2)"
    )


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("a-b", "struct<a-b:int,o:int>"),
        ("aws:name", r"struct<aws\:name:int,o:int>"),
        ("sh/name", "struct<sh/name:int,o:int>"),
        ("a@b", "struct<a@b:int,o:int>"),
        ("a.b", "struct<a.b:int,o:int>"),
    ],
)
def test_a_crawled_struct_may_have_a_field_that_athena_refuses(world: World, field: str, kind: str) -> None:
    world.put("a.json", f'{{"id": 1, "s": {{"{field}": 1, "o": 2}}}}\n')
    world.create_crawler()
    world.crawl()

    assert world.columns() == [("id", "int"), ("s", kind)]
    if field == "a.b":
        assert world.query('SELECT s."a.b", s.o FROM "_person"') == [["1", "2"]]
    else:
        assert world.failure('SELECT id FROM "_person"').startswith("HIVE_INVALID_METADATA: Glue table")
