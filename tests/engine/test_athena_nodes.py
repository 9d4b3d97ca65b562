"""Nothing of a query's tree is dropped: each argument is read, is known to be harmless, or fails the query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from sqlglot import exp

from local.engine.athena import parser
from local.engine.athena import types as t
from local.engine.athena.failures import QueryFailedError
from local.engine.athena.query.grammar import GRAMMAR, compile_query
from local.engine.athena.query.known_nodes import NODES
from local.engine.athena.relation import TableColumn, TableRelation, TableRequest
from tests.engine.helpers import ROOT

CASES = [
    case["sql"]
    for path in sorted((ROOT / "tests" / "engine" / "athena_queries").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text())
]
# what no case has
MORE = [
    "SELECT a NOT LIKE 'b$%' ESCAPE '$', a LIKE 'x', a IS NOT NULL FROM t",
    "SELECT n BETWEEN SYMMETRIC 5 AND 1, n NOT BETWEEN 1 AND 2 FROM t",
    "SELECT count(*) FROM t GROUP BY ALL a",
    "SELECT n FROM t ORDER BY n DESC NULLS FIRST OFFSET 1 ROW FETCH NEXT 2 ROWS ONLY",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y) ORDER BY 1 LIMIT ALL",
    "VALUES 2, 1 ORDER BY 1 LIMIT 1",
    "(SELECT n FROM t) UNION ALL (SELECT 1) ORDER BY 1 LIMIT 3 OFFSET 1",
    "SELECT INTERVAL '2' DAY, INTERVAL '1-2' YEAR TO MONTH, U&'\\0041'",
    "SELECT * FROM awsdatacatalog.d.t AS x(a, n) JOIN (t AS y JOIN t AS z USING (a)) ON x.n = z.n",
    "SELECT sum(n) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t WINDOW w AS (PARTITION BY a)",
    "SELECT sum(n) OVER (w ORDER BY n) FROM t WINDOW w AS (PARTITION BY a)",
    "SELECT n FROM t WHERE n > ALL (SELECT 1) AND n <= 3 AND n >= 1 OR n IN (1, 2) OR n IN (SELECT 2) OR n <> 7",
    "SELECT n = ANY (SELECT 1), n IS NOT DISTINCT FROM 2, n IS DISTINCT FROM 2 FROM t",
    "WITH c(x) AS (SELECT 1) SELECT x FROM c EXCEPT SELECT 2 ORDER BY 1 LIMIT 1 OFFSET 1",
    "WITH c(x) AS (SELECT 1) SELECT x FROM c INTERSECT SELECT 2 ORDER BY 1 LIMIT 1 OFFSET 1",
    "SELECT DISTINCT a FROM t WHERE EXISTS (SELECT 1) AND (n) = 2",
    "SELECT a, count(*) FROM t GROUP BY GROUPING SETS ((a), ()), ROLLUP (a), CUBE (a)",
    "(WITH c AS (SELECT 1) SELECT * FROM c) ORDER BY 1 LIMIT 1 OFFSET 0",
    "SELECT * FROM (t CROSS JOIN t AS u)",
    "SELECT * FROM t AS x, LATERAL (SELECT x.n + 1) AS y(m)",
    "WITH c(x) AS (SELECT 1) SELECT x FROM c UNION SELECT 2",
    "WITH c AS (SELECT 1) (SELECT * FROM c) LIMIT 1",
    "SELECT * FROM ((SELECT 1 AS x) AS b JOIN t ON b.x = t.n)",
    "VALUES 1 OFFSET 1",
    "WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3) SELECT * FROM w",
    "SELECT t.*, ROW(1, a).* AS (x, y) FROM t",
    "SELECT awsdatacatalog.d.t.n, X'65' FROM awsdatacatalog.d.t",
    "SELECT ARRAY[CAST(ROW(1) AS row(x integer))][1].x, if(true, 1, 2)",
    "SELECT first_value(n) RESPECT NULLS OVER w, lag(n) IGNORE NULLS OVER w FROM t WINDOW w AS (ORDER BY n)",
]


class Watched(dict[str, Any]):
    """A node's arguments, and which of them were read."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(arguments)
        self.read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


def table(request: TableRequest) -> TableRelation:
    columns = (TableColumn("a", t.VARCHAR), TableColumn("n", t.INTEGER))
    return TableRelation(columns, view="t0")


def compile_text(text: str, watched: bool = False) -> list[Any]:
    tree = parser.parse(text).tree
    nodes = list(tree.walk())
    if watched:
        for node in nodes:
            node.args = Watched(node.args)
    compile_query(text, tree, "d", table, datetime.now(UTC))
    return nodes


def compiled(texts: list[str]) -> Iterator[tuple[str, list[Any]]]:
    for text in texts:
        try:
            yield text, compile_text(text, watched=True)
        except (QueryFailedError, parser.MalformedQueryError, AttributeError):
            # it fails as it should, or needs a table of another test, or is no query
            continue


def classes() -> list[type]:
    found = {value for value in vars(exp).values() if isinstance(value, type) and issubclass(value, exp.Expression)}
    return sorted(found, key=lambda one: one.__name__)


@pytest.mark.parametrize("node", classes(), ids=lambda node: node.__name__)
def test_each_argument_of_the_parsers_nodes_is_declared(node: Any) -> None:
    known = NODES.get(node)
    if known is None:
        assert node not in GRAMMAR.handlers, "a node that is compiled must be declared"
        return
    assert known.read | known.harmless | known.refused == set(node.arg_types)
    assert not known.read & known.harmless
    assert not known.refused & (known.read | known.harmless)


def test_what_is_declared_as_read_is_read() -> None:
    unread = [
        f"{type(node).__name__}.{name} in {text}"
        for text, nodes in compiled([*CASES, *MORE])
        for node in nodes
        for name, value in node.args.items()
        if value and name in NODES[type(node)].read and name not in node.args.read
    ]

    assert unread == []


def test_each_argument_that_is_declared_as_read_is_in_a_case() -> None:
    seen = {
        (type(node), name)
        for _, nodes in compiled([*CASES, *MORE])
        for node in nodes
        for name, value in node.args.items()
        if value is not None and value != [] and name in node.args.read
    }

    declared = {(node, name) for node, known in NODES.items() for name in known.read}
    missing = sorted(f"{node.__name__}.{name}" for node, name in declared - seen)
    assert missing == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1 UNION CORRESPONDING SELECT 2", "BY NAME here: SELECT 1"),
        ("SELECT 1 AS x EXCEPT CORRESPONDING BY (x) SELECT 2 AS x", "BY NAME here: SELECT 1 AS x"),
        ("SELECT * FROM t TABLESAMPLE BERNOULLI (10)", "SAMPLE here: t TABLESAMPLE"),
        ("SELECT a -> 1 FROM t", "this part of the query: "),
        ("SELECT * FROM t FOR VERSION AS OF 3", "VERSION here: t FOR VERSION"),
    ],
)
def test_what_is_not_compiled_is_named(text: str, words: str) -> None:
    with pytest.raises(QueryFailedError) as caught:
        compile_text(text)

    assert str(caught.value).startswith("NOT_SUPPORTED: the local engine does not know ")
    assert words in str(caught.value)
    assert "<class" not in str(caught.value)
