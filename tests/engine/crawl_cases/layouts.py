"""Folders: partitions, and one table or several."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

from tests.engine.crawl_cases.case import CHOSEN, FOLDER, GUIDE, Case, Expected
from tests.engine.crawl_cases.csv_files import PEOPLE, PEOPLE_TABLE

COMBINED: dict[str, Any] = {
    "Configuration": json.dumps({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}})
}
_SALES = "item,price\npen,2\n"
_COLUMNS = "item string, price bigint"
_AB, _CD = '{"A": 1, "B": 2}\n', '{"C": 3, "D": 4}\n'


def _level(level: int) -> dict[str, Any]:
    return {"Configuration": json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": level}})}


def _partitioned(
    says: str, source: str, folders: list[str], keys: tuple[str, ...], values: list[tuple[str, ...]]
) -> Case:
    """The same file in every folder; what Athena reads ends with the partition's values."""
    return Case(
        says,
        source,
        {f"{folder}/sales.csv": _SALES for folder in folders},
        (
            Expected(
                _COLUMNS,
                [("pen", "2", *item) for item in values],
                keys=keys,
                partitions=tuple(dict.fromkeys(values)),
                parameters={"partition_filtering.enabled": "true", "objectCount": str(len(folders))},
            ),
        ),
    )


LAYOUTS = [
    _partitioned(
        "Folders of the form key=value are partitions of the column `key`",
        GUIDE,
        ["year=2023", "year=2024"],
        ("year",),
        [("2023",), ("2024",)],
    ),
    _partitioned(
        "Every level is a partition key: AWS's example of sales by year, month and day",
        GUIDE,
        [f"year=2019/month={month}/day={day}" for month in ("Jan", "Feb") for day in (1, 2)],
        ("year", "month", "day"),
        [("2019", month, day) for month in ("Jan", "Feb") for day in ("1", "2")],
    ),
    _partitioned(
        "Other folders are partition_0, partition_1 and so on: AWS's example of table1 and table2",
        GUIDE,
        ["table1/p1", "table1/p2", "table2/p4"],
        ("partition_0", "partition_1"),
        [("table1", "p1"), ("table1", "p2"), ("table2", "p4")],
    ),
    _partitioned(
        "A level without a key is named by its number, also below a level that has one",
        CHOSEN,
        ["year=2024/north", "year=2024/south"],
        ("year", "partition_1"),
        [("2024", "north"), ("2024", "south")],
    ),
    _partitioned(
        "Different keys at one level have no common name: the folders are the values",
        CHOSEN,
        ["year=2024", "month=1"],
        ("partition_0",),
        [("year=2024",), ("month=1",)],
    ),
    _partitioned("A key is folded to lower case", GUIDE, ["Year=2024"], ("year",), [("2024",)]),
    _partitioned(
        "A value is what stands after the first equals sign, as it is",
        CHOSEN,
        ["k=a b=c%20d"],
        ("k",),
        [("a b=c%20d",)],
    ),
    _partitioned(
        "Mixed depths: the shallowest file ends the keys, deeper ones are in its partition",
        CHOSEN,
        ["a", "b/c"],
        ("partition_0",),
        [("a",), ("b",)],
    ),
    Case(
        "Files in the table's folder and below it: no partitions, and Athena reads all of them",
        CHOSEN,
        {"sales.csv": _SALES, "deep/er/[x] *.csv": _SALES},
        (Expected(_COLUMNS, [("pen", "2"), ("pen", "2")], keys=(), parameters={"partition_filtering.enabled": None}),),
    ),
    Case(
        "A partition whose only file is of strings repeats the header of the others",
        CHOSEN,
        {"d=1/a.csv": PEOPLE, "d=2/a.csv": "name,age\ncarl,\n"},
        (
            Expected(
                "name string, age bigint",
                [("anna", "30", "1"), ("bert", "41", "1"), ("carl", None, "2")],
                keys=("d",),
                partitions=(("1",), ("2",)),
                parameters={"skip.header.line.count": "1"},
            ),
        ),
    ),
    Case(
        "A partition has the columns of its own files",
        GUIDE,
        {"d=1/a.csv": "a,b,c\nx,1,2\n", "d=2/a.csv": "a,b,c,e\ny,3,4,5\n"},
        (
            Expected(
                "a string, b bigint, c bigint, e bigint",
                [("x", "1", "2", None, "1"), ("y", "3", "4", "5", "2")],
                keys=("d",),
                partitions=(("1",), ("2",)),
            ),
        ),
    ),
    Case(
        "Folders of different schemas are tables of their own: AWS's example of two years",
        GUIDE,
        {"year=2017/data1.json": _AB, "year=2018/data2.json": _CD},
        (
            Expected("a int, b int", [("1", "2")], name="year_2017", format="json", location=f"{FOLDER}year=2017/"),
            Expected("c int, d int", [("3", "4")], name="year_2018", format="json", location=f"{FOLDER}year=2018/"),
        ),
    ),
    Case(
        "CombineCompatibleSchemas makes them one table: the same example",
        GUIDE,
        {"year=2017/data1.json": _AB, "year=2018/data2.json": _CD},
        (
            Expected(
                "a int, b int, c int, d int",
                [("1", "2", None, None, "2017"), (None, None, "3", "4", "2018")],
                format="json",
                keys=("year",),
                partitions=(("2017",), ("2018",)),
            ),
        ),
        crawler=COMBINED,
    ),
    Case(
        "Files of different schemas in one folder are tables of their own: AWS's legislators",
        GUIDE,
        {"persons.json": '{"id": "p", "name": "anna"}\n', "areas.json": '{"code": 1, "size": 2.5}\n'},
        (
            Expected(
                "id string, name string",
                [("p", "anna")],
                name="persons_json",
                format="json",
                location=f"{FOLDER}persons.json",
            ),
            Expected(
                "code int, size double",
                [("1", "2.5")],
                name="areas_json",
                format="json",
                location=f"{FOLDER}areas.json",
            ),
        ),
    ),
    Case(
        "Folders of different formats are tables of their own, also with CombineCompatibleSchemas",
        GUIDE,
        {"csv/a.csv": PEOPLE, "json/a.json": _AB},
        (
            replace(PEOPLE_TABLE, name="csv", location=f"{FOLDER}csv/"),
            Expected("a int, b int", [("1", "2")], name="json", format="json", location=f"{FOLDER}json/"),
        ),
        crawler=COMBINED,
    ),
    Case(
        "Folders of different compression are tables of their own",
        GUIDE,
        {"plain/a.csv": PEOPLE, "packed/a.csv.gz": gzip.compress(PEOPLE.encode(), mtime=0)},
        (
            replace(PEOPLE_TABLE, name="plain", location=f"{FOLDER}plain/"),
            replace(
                PEOPLE_TABLE,
                name="packed",
                location=f"{FOLDER}packed/",
                parameters={"compressionType": "gzip"},
            ),
        ),
    ),
    Case(
        "When more than 70 % of the folders are similar, the others are partitions of the same table",
        "re:Post knowledge center for 0.7; that it counts folders is chosen",
        {**{f"day={n}/a.json": _AB for n in range(4)}, "day=4/a.json": _CD},
        (
            Expected(
                "a int, b int, c int, d int",
                [*(("1", "2", None, None, str(n)) for n in range(4)), (None, None, "3", "4", "4")],
                format="json",
                keys=("day",),
                partitions=tuple((str(n),) for n in range(5)),
            ),
        ),
    ),
    Case(
        "A partition key may have the name of a column: crawlers write both, and Athena refuses the table",
        "re:Post knowledge center, HIVE_INVALID_METADATA: Table descriptor contains duplicate columns",
        {"age=1/a.csv": PEOPLE},
        (
            Expected(
                "name string, age bigint",
                keys=("age",),
                partitions=(("1",),),
                unreadable="HIVE_INVALID_METADATA: Hive metadata for table",
            ),
        ),
    ),
    Case(
        "When more than 70 % of a folder's files are of one format, the others are left out of the table",
        CHOSEN,
        {"1.csv": PEOPLE, "2.csv": "name,age\ncarl,9\n", "3.csv": "name,age\ndora,8\n", "4.json": _AB},
        (
            Expected(
                "name string, age bigint",
                [("anna", "30"), ("bert", "41"), ("carl", "9"), ("dora", "8")],
                parameters={"objectCount": "3", "skip.header.line.count": "1"},
            ),
        ),
    ),
    Case(
        "A file with a header and no rows is no CSV to the classifier, and harms no table of others",
        GUIDE,
        {"1.csv": PEOPLE, "2.csv": "name,age\n"},
        (replace(PEOPLE_TABLE, parameters={"objectCount": "1"}),),
    ),
    Case(
        "TableLevelConfiguration above the target means the target",
        CHOSEN,
        {"north/a.csv": _SALES, "south/a.csv": _SALES},
        (
            Expected(
                _COLUMNS,
                [("pen", "2", "north"), ("pen", "2", "south")],
                keys=("partition_0",),
                partitions=(("north",), ("south",)),
            ),
        ),
        crawler=_level(1),
    ),
    Case(
        "Files above the level of TableLevelConfiguration are tables of their own",
        CHOSEN,
        {"a.csv": _SALES, "north/a.csv": _SALES},
        (
            Expected(_COLUMNS, [("pen", "2")], name="a_csv", location=f"{FOLDER}a.csv"),
            Expected(_COLUMNS, [("pen", "2")], name="north", location=f"{FOLDER}north/"),
        ),
        crawler=_level(4),
    ),
    Case(
        "TableLevelConfiguration 4 begins the tables in the folders below the target: the bucket is level 1",
        GUIDE,
        {"north/y=1/a.csv": _SALES, "south/y=1/a.csv": _SALES, "south/y=2/a.csv": _SALES},
        (
            Expected(
                _COLUMNS,
                [("pen", "2", "1")],
                name="north",
                location=f"{FOLDER}north/",
                keys=("y",),
                partitions=(("1",),),
            ),
            Expected(
                _COLUMNS,
                [("pen", "2", "1"), ("pen", "2", "2")],
                name="south",
                location=f"{FOLDER}south/",
                keys=("y",),
                partitions=(("1",), ("2",)),
            ),
        ),
        crawler=_level(4),
    ),
]
