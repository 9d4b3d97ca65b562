"""Targets and names of tables."""

from __future__ import annotations

import hashlib

from tests.engine.crawl_cases.case import CHOSEN, DUMPS, FOLDER, GUIDE, Case, Expected
from tests.engine.crawl_cases.csv_files import PEOPLE

_COLUMNS = "name string, age bigint"
_ROWS: list[tuple[str | None, ...]] = [("anna", "30"), ("bert", "41")]
_OTHER = "city,size\nUlm,7\n"

TABLES = [
    Case(
        "A table is named after its folder; TablePrefix stands before it",
        GUIDE,
        {"a.csv": PEOPLE},
        (Expected(_COLUMNS, _ROWS, name="raw_things"),),
        crawler={"TablePrefix": "raw_"},
    ),
    Case(
        "Names are lower case, and what is no letter, digit or underscore becomes one",
        GUIDE,
        {"Sales-2024 é/a.csv": PEOPLE},
        (Expected(_COLUMNS, _ROWS, name="sales_2024__", location=f"{FOLDER}Sales-2024 é/"),),
        targets=({"Path": f"{FOLDER}Sales-2024 é"},),
    ),
    Case(
        "A name of more than 128 characters is cut",
        GUIDE,
        {f"{'x' * 150}/a.csv": PEOPLE},
        (Expected(_COLUMNS, _ROWS, name="x" * 128, location=f"{FOLDER}{'x' * 150}/"),),
        targets=({"Path": f"{FOLDER}{'x' * 150}/"},),
    ),
    Case(
        "Several targets are several tables, though their data are alike",
        GUIDE,
        {"north/a.csv": PEOPLE, "south/a.csv": PEOPLE},
        (
            Expected(_COLUMNS, _ROWS, name="north", location=f"{FOLDER}north/"),
            Expected(_COLUMNS, _ROWS, name="south", location=f"{FOLDER}south/"),
        ),
        targets=({"Path": f"{FOLDER}north/"}, {"Path": f"{FOLDER}south/"}),
    ),
    Case(
        "A second table of one name gets a hash",
        f"{GUIDE}; {CHOSEN} for MD5 of the location",
        {"a/sales/f.csv": PEOPLE, "b/sales/f.csv": _OTHER},
        (
            Expected(_COLUMNS, _ROWS, name="sales", location=f"{FOLDER}a/sales/"),
            Expected("city string, size bigint", [("Ulm", "7")], name="sales_{hash}", location=f"{FOLDER}b/sales/"),
        ),
        targets=({"Path": f"{FOLDER}a/sales/"}, {"Path": f"{FOLDER}b/sales/"}),
    ),
    Case(
        "A target may be one object; the table has its name with the ending",
        GUIDE,
        {"a.csv": PEOPLE, "b.csv": _OTHER},
        (Expected(_COLUMNS, _ROWS, name="a_csv", location=f"{FOLDER}a.csv"),),
        targets=({"Path": f"{FOLDER}a.csv"},),
    ),
    Case(
        "Exclusions are globs below the target: * stays in a folder, ** crosses; Athena reads the files all the same",
        f"{GUIDE}; {DUMPS} for the parameter",
        {"a.csv": PEOPLE, "b.tmp": _OTHER, "old/c.csv": _OTHER, "old/er/d.csv": _OTHER},
        (
            Expected(
                _COLUMNS,
                [*_ROWS, *[("Ulm", "7")] * 3],
                parameters={
                    "objectCount": "1",
                    "exclusions": '["s3://{bucket}/lake/things/*.tmp","s3://{bucket}/lake/things/old/**"]',
                },
            ),
        ),
        targets=({"Path": FOLDER, "Exclusions": ["*.tmp", "old/**"]},),
    ),
    Case(
        "SampleSize reads some files of each folder, and lists and counts all",
        f"{GUIDE}; {CHOSEN} for which files",
        {"a.csv": PEOPLE, "b.csv": "name,age,more\ncarl,9,1\n"},
        (Expected(_COLUMNS, [*_ROWS, ("carl", "9")], parameters={"objectCount": "2"}),),
        targets=({"Path": FOLDER, "SampleSize": 1},),
    ),
    Case(
        "Empty objects, folder markers and hidden names are no data",
        CHOSEN,
        {"": "", "a.csv": PEOPLE, "_SUCCESS": "", "_log/b.csv": _OTHER, ".c.csv": _OTHER, "d/": ""},
        (Expected(_COLUMNS, _ROWS, parameters={"objectCount": "1"}),),
    ),
]


def hash_of(location: str) -> str:
    """The hash in a second table's name."""
    return hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()
