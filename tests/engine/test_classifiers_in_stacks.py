"""Classifiers as a stack makes, changes and deletes them, and quoted CSV as a crawl with a classifier reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.helpers import refused, until
from tests.engine.world import World

ROWS = 'id,name,city\n1,"Núñez, Ana",Lima\n2,"O""Neill, Max",Cork\n3,plain,Rome\n'
OPEN_CSV = {"Delimiter": ",", "QuoteSymbol": '"', "ContainsHeader": "PRESENT", "Serde": "OpenCSVSerDe"}


class Stack:
    """A stack with a classifier, and a crawler that may ask it."""

    def __init__(self, world: World) -> None:
        self.world, self.client, self.name = world, world.engine.client("cloudformation"), f"stack-{world.name}"

    def body(self, classifier: dict[str, Any] | None, asked: list[Any]) -> str:
        crawler = {
            "Name": self.world.crawler,
            "Role": "arn:aws:iam::000000000000:role/crawler",
            "DatabaseName": self.world.database,
            "TablePrefix": "_",
            "Classifiers": asked,
            "Targets": {"S3Targets": [{"Path": f"s3://{self.world.bucket}/data/person/"}]},
        }
        resources: dict[str, Any] = {"Crawler": {"Type": "AWS::Glue::Crawler", "Properties": crawler}}
        if classifier is not None:
            resources["Classifier"] = {"Type": "AWS::Glue::Classifier", "Properties": classifier}
        return json.dumps({"Resources": resources})

    def create(self, classifier: dict[str, Any] | None, asked: list[Any]) -> str:
        self.client.create_stack(StackName=self.name, TemplateBody=self.body(classifier, asked))
        return self.ended()

    def update(self, classifier: dict[str, Any], asked: list[Any]) -> str:
        self.client.update_stack(StackName=self.name, TemplateBody=self.body(classifier, asked))
        return self.ended()

    def ended(self) -> str:
        def status() -> str:
            found = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
            return "" if found.endswith("_PROGRESS") else str(found)

        return until(status)

    def reasons(self) -> str:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)


@pytest.fixture
def stack(world: World) -> Stack:
    return Stack(world)


def test_a_name_with_a_comma_is_whole_where_the_crawler_asks_a_classifier_with_opencsv(
    world: World, stack: Stack
) -> None:
    """What docs/add-a-dataset.md says to do, and what it says happens otherwise."""
    world.put("people.csv", ROWS)
    world.glue.create_classifier(CsvClassifier={"Name": f"quoted-{world.name}", **OPEN_CSV})
    names = f'SELECT name, city FROM "{world.database}"."_person" ORDER BY 1'  # noqa: S608 # a fixed name

    assert stack.create(None, []) == "CREATE_COMPLETE"
    world.crawl()
    assert ['"Núñez', ' Ana"'] in world.query(names)
    world.glue.delete_table(DatabaseName=world.database, Name="_person")
    world.glue.update_crawler(Name=world.crawler, Classifiers=[f"quoted-{world.name}"])
    world.crawl()

    assert world.query(names) == [["Núñez, Ana", "Lima"], ['O"Neill, Max', "Cork"], ["plain", "Rome"]]
    assert {kind for _, kind in world.columns()} == {"string"}


@pytest.mark.parametrize(
    ("classifier", "body", "columns"),
    [
        ({"CsvClassifier": {"Delimiter": "#", "ContainsHeader": "PRESENT"}}, "a#b\nx#y\nv#w\n", ["a", "b"]),
        ({"CsvClassifier": {"Header": ["one", "two"], "ContainsHeader": "ABSENT"}}, "x,y\nv,w\n", ["one", "two"]),
        ({"JsonClassifier": {"JsonPath": "$[*]"}}, '[{"a": 1}, {"a": 2}]', ["a"]),
        ({"GrokClassifier": {"Classification": "own", "GrokPattern": "%{WORD:w} %{INT:n}"}}, "x 1\ny 2\n", ["w", "n"]),
    ],
)
def test_a_classifier_of_a_stack_is_asked_by_its_crawler(
    world: World, stack: Stack, classifier: dict[str, Any], body: str, columns: list[str]
) -> None:
    world.put("file", body)

    assert stack.create(classifier, [{"Ref": "Classifier"}]) == "CREATE_COMPLETE", stack.reasons()
    assert world.crawl()["Status"] == "SUCCEEDED"

    assert [name for name, _ in world.columns()] == columns


def test_a_stack_changes_its_classifier_and_deletes_it(world: World, stack: Stack) -> None:
    first, second = f"first-{world.name}", f"second-{world.name}"
    stack.create({"CsvClassifier": {"Name": first, "Delimiter": "#"}}, [first])

    stack.update({"CsvClassifier": {"Name": first, "Delimiter": ";"}}, [first])
    changed = world.glue.get_classifier(Name=first)["Classifier"]["CsvClassifier"]
    stack.update({"CsvClassifier": {"Name": second, "Delimiter": ";"}}, [second])
    renamed = world.glue.get_classifier(Name=second)["Classifier"]["CsvClassifier"]
    stack.client.delete_stack(StackName=stack.name)
    stack.client.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 1})

    assert (changed["Delimiter"], changed["Version"], renamed["Delimiter"]) == (";", 2, ";")
    assert refused(world.glue.get_classifier, Name=first) == "EntityNotFoundException"
    assert refused(world.glue.get_classifier, Name=second) == "EntityNotFoundException"


@pytest.mark.parametrize(
    ("classifier", "reason"),
    [
        ({"CsvClassifier": {"QuoteSymbol": '"', "Serde": "OpenCSVSerDe"}}, "extraneous key [Serde] is not permitted"),
        ({"JsonClassifier": {"JsonPath": "$", "Path": "$"}}, "extraneous key [Path] is not permitted"),
        ({"CsvClassifier": {}, "JsonClassifier": {"JsonPath": "$"}}, "exactly one of"),
        ({"CsvClassifier": {"ContainsCustomDatatype": ["INT"]}}, "NOT_SUPPORTED"),
    ],
)
def test_a_stack_does_not_make_what_cloudformation_refuses(
    stack: Stack, classifier: dict[str, Any], reason: str
) -> None:
    assert stack.create(classifier, []) == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()
