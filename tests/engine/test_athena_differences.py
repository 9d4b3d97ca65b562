"""What docs/local-engine.md says of queries that are not as on Athena is true: a query shows each line."""

from __future__ import annotations

import pytest

from tests.engine.helpers import ROOT
from tests.engine.test_athena_facts import answer_of

DOCUMENT = " ".join((ROOT / "docs" / "local-engine.md").read_text().split())
VALUES = "(VALUES 1, 2) AS t(x)"
"""What ROWS in a query is."""
# words of a line, and queries that fail with NOT_SUPPORTED
FAILS = [
    ("TABLESAMPLE", "SELECT * FROM ROWS TABLESAMPLE BERNOULLI (50)"),
    ("MATCH_RECOGNIZE", "SELECT * FROM ROWS MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS true)"),
    ("`CORRESPONDING`", "SELECT 1 UNION CORRESPONDING SELECT 2"),
    ("FETCH … WITH TIES", "SELECT x FROM ROWS ORDER BY x FETCH FIRST ROW WITH TIES"),
    ("`current_time`", "SELECT current_time"),
    ("the type `time`", "SELECT CAST('01:02:03' AS time)"),
    ("a subquery in the ON of an outer join", "SELECT 1 FROM ROWS FULL JOIN (VALUES 1) AS u(y) ON y IN (VALUES 1)"),
    ("geometry", "SELECT st_point(1, 2)"),
    ("HyperLogLog", "SELECT approx_set(x) FROM ROWS"),
    ("HyperLogLog", "SELECT CAST(X'00' AS HyperLogLog)"),
    ("`json_query`", "SELECT json_query('{}', 'lax $.a' ERROR ON ERROR)"),
    ("`json_value`", "SELECT json_value('{}', 'lax $.a')"),
    ("`json_exists`", "SELECT json_exists('{}', 'lax $.a')"),
    ("`json_object`", "SELECT json_object('a': 1)"),
    ("`$..` and `[*]` in JSON paths", "SELECT json_extract('{}', '$..a')"),
    ("`$..` and `[*]` in JSON paths", "SELECT json_extract_scalar('[]', '$[*]')"),
    ("`reduce_agg`", "SELECT reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) FROM ROWS"),
    ("`kurtosis`", "SELECT kurtosis(x) FROM ROWS"),
    ("`checksum`", "SELECT checksum(x) FILTER (WHERE x > 1) FROM ROWS"),
    (
        "ON OVERFLOW in `listagg`",
        "SELECT listagg(x, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY x) FROM (VALUES 'a') AS t(x)",
    ),
    ("A unit that is no literal", "SELECT date_trunc(u, DATE '2024-01-01') FROM (VALUES 'day') AS t(u)"),
    ("Timestamps of more than 6 digits", "SELECT TIMESTAMP '2024-01-01 00:00:00.1234567'"),
    ("years before 1 or after 9999", "SELECT TIMESTAMP '12024-01-01 00:00:00'"),
    ("years before 1 or after 9999", "SELECT DATE '-0044-03-15'"),
    ("`ipaddress`", "SELECT CAST('::1' AS ipaddress)"),
    ("`\\p{…}` of scripts", "SELECT regexp_like('a', '\\p{Greek}')"),
    ("classes in classes", "SELECT regexp_like('a', '[a-z&&[b]]')"),
    ("`\\R`", "SELECT regexp_like('a', '\\R')"),
    ("INTERSECT and EXCEPT of maps", "SELECT MAP() INTERSECT SELECT MAP()"),
    ('`"$file_modified_time"`', 'SELECT "$file_modified_time" FROM ROWS'),
]
# words of a line, a query, and what it answers here
ANSWERS = [
    ("`approx_distinct` is exact", "SELECT approx_distinct(x) FROM UNNEST(sequence(1, 5000)) AS t(x)", "5000"),
    ("`approx_percentile` is the exact discrete percentile", "SELECT approx_percentile(x, 0.5) FROM ROWS", "1"),
    ("of all of Unicode", "SELECT regexp_like('ä', '^\\w$')", "true"),
    ("more exact than those of the library", "SELECT t_cdf(0, 3)", "0.5"),
    (
        "not where a partial sum on the way is",
        "SELECT sum(x) OVER () FROM (VALUES 9223372036854775807, 1, -1) AS t(x)",
        "9223372036854775807",
    ),
    (
        "called once for equal expressions",
        "WITH t(a, b) AS (SELECT transform(ARRAY[1], x -> random())[1], transform(ARRAY[1], x -> random())[1]) "
        "SELECT a = b FROM t",
        "true",
    ),
    (
        "Correlated subqueries answer",
        "SELECT (SELECT max(a) FROM (VALUES 1, 5) AS u(a) WHERE a < x LIMIT 1) FROM (VALUES 3) AS t(x)",
        "1",
    ),
    ("it is a constant", "SELECT CASE WHEN false THEN 1 / 0 ELSE 2 END", "2"),
]


@pytest.mark.parametrize(("words", "sql"), FAILS)
def test_what_is_said_to_fail_fails_with_not_supported(words: str, sql: str) -> None:
    assert words in DOCUMENT
    assert answer_of(sql.replace("ROWS", VALUES))[0] == "!NOT_SUPPORTED"


@pytest.mark.parametrize(("words", "sql", "answer"), ANSWERS)
def test_what_is_said_to_be_otherwise_is(words: str, sql: str, answer: str) -> None:
    assert words in DOCUMENT
    assert answer_of(sql.replace("ROWS", VALUES))[0] == answer
