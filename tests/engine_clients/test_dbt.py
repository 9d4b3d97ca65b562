"""dbt (dbt-athena) on the local engine: the example in docs/dbt, built twice, and the kinds of models that it lacks.

dbt has an environment of its own, made by `python -m local.setup dbt`; where it cannot be had these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.stack import polling
from local.stack.stack import REGION
from tests.engine_clients.conftest import BUCKET

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "dbt" / "bin" / "python"
PERSONS = "('Amara', 31, 'Lagos', '30'), ('Ben', 8, 'Ulm', '0'), ('Léa', 33, 'Lyon', '30'), ('Kim', 35, 'Oslo', '30')"
Rows = list[list[str | None]]
ALL = "select name, city, age from {{ ref('stg_person') }}"
MORE_MODELS = {
    "as_json": "{{ config(materialized='table', format='json') }} " + ALL,
    "as_text": "{{ config(materialized='table', format='textfile') }} " + ALL,
    "always_there": "{{ config(materialized='table', ha=true, s3_data_naming='schema_table_unique') }} " + ALL,
    "in_buckets": "{{ config(materialized='table', bucketed_by=['city'], bucket_count=3) }} " + ALL,
    "passing": "{{ config(materialized='ephemeral') }} select distinct city from {{ ref('stg_person') }}",
    "after_passing": (
        "{{ config(materialized='table') }} select city, {{ dbt.length('city') }} as letters from {{ ref('passing') }}"
    ),
    "grown": (
        "{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}"
        " select name{% if is_incremental() %}, age{% endif %} from {{ ref('stg_person') }}"
    ),
}


@dataclass(frozen=True)
class Project:
    """A copy of the example, with a schema of its own."""

    folder: Path
    schema: str

    def run(self, *commands: Sequence[str]) -> list[dict[str, str]]:
        """Run dbt's commands; each node must succeed. For each command, the status of each node by its name."""
        left = self.folder / "outcomes.json"
        always = ["--no-use-colors", "--quiet", "--profiles-dir", str(self.folder), "--project-dir", str(self.folder)]
        words = json.dumps([[*command, *always] for command in commands])
        environment = {
            **os.environ,
            "DBT_BUCKET": BUCKET,
            "DBT_SCHEMA": self.schema,
            "DBT_POLL_SECONDS": "0.05",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        script = Path(__file__).with_name("dbt_commands.py")
        done = subprocess.run(
            [PYTHON, script, words, left], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        outcomes = json.loads(left.read_text())
        for outcome in outcomes:
            assert outcome["success"], (outcome["error"], [node for node in outcome["nodes"] if node[1] != "success"])
        return [{name.split(".")[2]: status for name, status, _ in outcome["nodes"]} for outcome in outcomes]

    def rows(self, text: str) -> Rows:
        """What a query gives in the project's schema."""
        return query(text, self.schema)


@pytest.fixture(scope="module")
def environment() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "local.setup", "dbt"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"dbt's environment cannot be made here: {made.stderr.strip()[-300:]}")


@pytest.fixture(scope="module")
def curated(endpoint: str) -> None:
    """The curated table as the pipeline person leaves it."""
    boto3.client("glue", region_name=REGION).create_database(DatabaseInput={"Name": "person-db"})
    settings = f"external_location = 's3://{BUCKET}/curated/person/', partitioned_by = ARRAY['age_group']"
    query(
        f"CREATE TABLE person WITH ({settings}) AS SELECT * FROM (VALUES {PERSONS}) AS t(name, age, city, age_group)",  # noqa: S608 # fixed texts
        "person-db",
    )


@pytest.fixture
def project(environment: None, curated: None, tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    folder = tmp_path / "dbt"
    shutil.copytree(ROOT / "docs" / "dbt", folder)
    return Project(folder, f"marts_{request.node.name[5:25]}")


def query(text: str, schema: str) -> Rows:
    athena = boto3.client("athena", region_name=REGION)
    name = athena.start_query_execution(
        QueryString=text,
        QueryExecutionContext={"Database": schema},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/dbt-test/"},
    )["QueryExecutionId"]
    polling.until(lambda: state(athena, name) not in ("QUEUED", "RUNNING"), 60, "the query to end")
    assert state(athena, name) == "SUCCEEDED", athena.get_query_execution(QueryExecutionId=name)
    found = athena.get_query_results(QueryExecutionId=name)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found][1:]


def state(athena: Any, name: str) -> str:
    return str(athena.get_query_execution(QueryExecutionId=name)["QueryExecution"]["Status"]["State"])


def test_the_example_is_built_twice_and_documented(project: Project) -> None:
    first, second, _ = project.run(["build"], ["build"], ["docs", "generate"])

    assert set(first) == set(second) >= {
        "cities", "stg_person", "people_by_city", "people_by_age_group", "counts_over_time", "person_cities",
        "no_age_is_negative",
    }  # fmt: skip
    assert project.rows("SELECT city, people, country FROM people_by_city ORDER BY city") == [
        ["Lagos", "1", "Nigeria"], ["Lyon", "1", "France"], ["Oslo", "1", "unknown"], ["Ulm", "1", "Germany"],
    ]  # fmt: skip
    assert project.rows("SELECT people FROM counts_over_time") == [["4"], ["4"]]
    assert project.rows("SELECT age_group, people FROM people_by_age_group ORDER BY 1") == [["0", "1"], ["30", "3"]]
    snapshot = project.rows("SELECT name, dbt_valid_to FROM person_cities ORDER BY 1")
    assert snapshot == [["Amara", None], ["Ben", None], ["Kim", None], ["Léa", None]]
    glue = boto3.client("glue", region_name=REGION)
    table = glue.get_table(DatabaseName=project.schema, Name="people_by_city")["Table"]
    assert table["Description"].endswith("the country 'unknown'")
    comments = {column["Name"]: column.get("Comment") for column in table["StorageDescriptor"]["Columns"]}
    assert comments["people"] == "How many people live there"
    catalog = json.loads((project.folder / "target" / "catalog.json").read_text())
    assert {"model.people.people_by_city", "model.people.stg_person"} <= set(catalog["nodes"])
    assert "source.people.curated.person" in catalog["sources"]
    assert list(catalog["nodes"]["model.people.people_by_city"]["columns"])[-1] == "country"

    # an overwrite replaces the partitions that it writes, and no other
    for row in ("100, 30, 39, 30", "7, 1, 2, 0"):
        project.rows(f"INSERT INTO people_by_age_group VALUES ({row})")  # noqa: S608 # fixed texts
    project.run(["run", "--select", "people_by_age_group", "--vars", "{age_group: 30}"])
    groups = project.rows("SELECT age_group, people FROM people_by_age_group ORDER BY 1, 2")
    assert groups == [["0", "1"], ["0", "7"], ["30", "3"]]


def test_more_kinds_of_models_are_built_twice(project: Project) -> None:
    for name, text in MORE_MODELS.items():
        (project.folder / "models" / f"{name}.sql").write_text(text)
    command = ["run", "--select", "stg_person", *MORE_MODELS]

    outcomes = project.run(command, command)

    assert [set(outcome.values()) for outcome in outcomes] == [{"success"}] * 2
    # the ephemeral one is no node that runs
    assert {len(outcome) for outcome in outcomes} == {len(MORE_MODELS)}
    for name in ("as_json", "as_text", "always_there"):
        assert project.rows(f"SELECT name, age FROM {name} WHERE age > 33") == [["Kim", "35"]]  # noqa: S608 # fixed names
    assert project.rows("SELECT name FROM in_buckets WHERE city = 'Ulm'") == [["Ben"]]
    assert project.rows("SELECT count(*), count(age) FROM grown") == [["8", "4"]]
    versions = boto3.client("glue", region_name=REGION).get_table_versions(
        DatabaseName=project.schema, TableName="always_there"
    )
    assert len(versions["TableVersions"]) >= 2
