"""The CSV classifier by Glue's rules."""

from __future__ import annotations

import pytest

from local.engine.crawl.csv_format import CsvFormat
from local.engine.crawl.csv_rows import DELIMITERS
from local.engine.crawl.formats import Shape
from local.engine.crawl.naming import table_name
from local.engine.crawl.reading import MEGABYTE, Document
from local.engine.crawl.types import text as type_text
from tests.engine.helpers import PEOPLE


def shape_of(*files: str) -> Shape:
    csv = CsvFormat()
    samples = [sample for text in files if (sample := csv.sample(Document.of(text.encode()))) is not None]
    return csv.combine(samples, csv.context(samples))


def columns_of(*files: str) -> list[tuple[str, str]]:
    return [(column.name, type_text(column.type)) for column in shape_of(*files).columns]


def test_a_header_is_names_above_something_that_is_not_a_string() -> None:
    shape = shape_of(PEOPLE)

    assert columns_of(PEOPLE) == [("name", "string"), ("age", "bigint"), ("city", "string")]
    assert shape.parameters["skip.header.line.count"] == "1"
    assert shape.serde.endswith("LazySimpleSerDe")


def test_a_file_of_strings_has_no_header() -> None:
    shape = shape_of("name,city\nanna,Ulm\n")

    assert columns_of("name,city\nanna,Ulm\n") == [("col0", "string"), ("col1", "string")]
    assert "skip.header.line.count" not in shape.parameters


def test_a_first_row_with_a_number_is_data() -> None:
    assert columns_of("anna,30\nbert,41\n") == [("col0", "string"), ("col1", "bigint")]


def test_names_of_150_characters_are_no_header_but_the_last_may_be_long_or_empty() -> None:
    long = "x" * 150

    assert columns_of(f"{long},b\na,1\n")[0][0] == "col0"
    assert columns_of(f"a,{long}\nx,1\n")[0][0] == "a"
    assert columns_of("a,b,\nx,1,\n") == [("a", "string"), ("b", "bigint"), ("col2", "string")]


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_every_delimiter_is_found(delimiter: str) -> None:
    shape = shape_of(PEOPLE.replace(",", delimiter))

    assert len(shape.columns) == 3
    assert shape.parameters["delimiter"] == shape.serde_parameters["field.delim"] == delimiter


def test_the_delimiter_is_the_one_under_which_the_rows_agree() -> None:
    assert columns_of("a|b\nx, y, z|1\nv|2\n") == [("a", "string"), ("b", "bigint")]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2", "+3", "007"], "bigint"),
        (["1", "2.5"], "double"),
        (["1e5", ".5", "3."], "double"),
        (["2024-01-31", "2024-02-01"], "string"),
        (["true", "False"], "boolean"),
        (["true", "1"], "string"),
        (["true", "yes"], "string"),
        (["1", "x"], "string"),
        (["1", ""], "bigint"),
        (["", ""], "string"),
        (["99999999999999999999"], "string"),
        (["NaN"], "string"),
    ],
)
def test_types_are_whole_decimal_or_string(cells: list[str], kind: str) -> None:
    text = "id,value\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))

    assert columns_of(text)[1] == ("value", kind)


def test_columns_merge_over_files_in_order_and_conflicts_widen() -> None:
    files = ["a,b,c\nx,1,1\n", "a,b,c,d\nx,2.5,y,7\n"]

    assert columns_of(*files) == [("a", "string"), ("b", "double"), ("c", "string"), ("d", "bigint")]


def test_a_file_of_strings_beside_others_repeats_their_header() -> None:
    assert columns_of(PEOPLE, "name,age,city\nanna,,Ulm\n") == columns_of(PEOPLE)


@pytest.mark.parametrize(
    "text",
    ["", "one line,only\n", "word\nword\n", "\n\n", "\x00\x01binary\n\x00,\x00\n", '{"a":1,"b":2}\n{"a":3,"b":4}\n'],
)
def test_less_than_two_columns_or_two_rows_is_no_csv(text: str) -> None:
    assert CsvFormat().sample(Document.of(text.encode())) is None


def test_quoted_cells_are_recorded_and_looked_into() -> None:
    shape = shape_of('"name","age"\n"Ulm, Donau","30"\n')

    assert [(column.name, column.type) for column in shape.columns] == [("name", "string"), ("age", "bigint")]
    assert shape.parameters["areColumnsQuoted"] == "true"
    assert shape_of(PEOPLE).parameters["areColumnsQuoted"] == "false"


def test_a_cut_sample_ends_at_its_last_whole_line() -> None:
    line = "ü" * 4000 + ",7\n"
    sample = CsvFormat().sample(Document.of(("a,b\n" + line * 300).encode()))

    assert sample is not None
    assert sample.records == 1 + (MEGABYTE - 4) // len(line.encode())
    assert sample.total_records is None


def test_no_more_than_a_thousand_records_are_read() -> None:
    sample = CsvFormat().sample(Document.of(b"a,b\n" + b"x,1\n" * 2000))

    assert sample is not None
    assert (sample.records, sample.size, sample.total_records) == (1000, 4000, None)


def test_a_byte_order_mark_and_carriage_returns_are_no_part_of_names() -> None:
    assert columns_of("\ufeffa,b\r\nx,1\r\n") == [("a", "string"), ("b", "bigint")]


@pytest.mark.parametrize(
    ("path", "prefix", "name"),
    [
        ("data/dataprofile/", "_", "_dataprofile"),
        ("data/Sales-2024 é/", "", "sales_2024__"),
        ("persons.json", "", "persons_json"),
        ("", "raw_", "raw_my_bucket"),
        ("x" * 200 + "/", "", "x" * 128),
    ],
)
def test_a_table_is_named_after_its_folder(path: str, prefix: str, name: str) -> None:
    assert table_name("my-bucket", path, prefix) == name
