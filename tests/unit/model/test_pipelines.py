"""Which pipeline an upload belongs to, and which definitions cannot live side by side."""

from dataclasses import replace

import pytest

from landfall.model.pipelines import JobStep, Pipeline, PipelineIndex, Registration, Stream, find_conflicts
from verification.examples.builders import pipeline, upload


def other(name: str, prefix: str, crawler: str, bucket: str = "landfall-lake") -> Pipeline:
    step = pipeline().first_crawl
    return Pipeline(name, bucket, prefix, (type(step)(crawler, "db", "t"),), document="{}")


def test_the_longest_prefix_wins() -> None:
    wide, narrow = other("wide", "data/", "a"), other("narrow", "data/dataprofile/", "b")

    index = PipelineIndex((wide, narrow))

    assert index.find_covering("landfall-lake", "data/dataprofile/x/y.csv") is narrow
    assert index.find_covering("landfall-lake", "data/other/y.csv") is wide
    assert index.find_covering("landfall-lake", "data/dataprofile/") is narrow


@pytest.mark.parametrize("key", ["data", "database/x.csv", "x.csv", "Data/x.csv"])
def test_a_key_beside_the_prefix_is_not_covered(key: str) -> None:
    assert PipelineIndex((other("wide", "data/", "a"),)).find_covering("landfall-lake", key) is None


def test_a_prefix_counts_in_its_own_bucket_only() -> None:
    assert PipelineIndex((other("wide", "data/", "a"),)).find_covering("another-bucket", "data/x.csv") is None


def test_folder_markers_wrong_suffixes_and_deletions_are_no_data() -> None:
    definition = pipeline()

    assert definition.accepts(upload())
    assert not definition.accepts(upload(key="data/dataprofile/", size=0))
    assert not definition.accepts(upload(key="data/dataprofile/a.txt"))
    assert not definition.accepts(upload(deleted=True))
    assert pipeline(deletions=True).accepts(upload(deleted=True))


def test_who_comes_second_to_a_crawler_or_a_prefix_is_refused_and_the_elder_goes_on() -> None:
    elder = Registration("/z-elder", other("elder", "data/", "crawler"), changed_at=1)
    same_crawler = Registration("/a-younger", other("younger", "more/", "crawler"), changed_at=2)
    same_prefix = Registration("/b-younger", other("youngest", "data/", "another"), changed_at=3)

    refused = find_conflicts([same_prefix, same_crawler, elder])

    assert refused == {
        "/a-younger": ("the crawler crawler belongs to /z-elder already; a pipeline needs its own",),
        "/b-younger": ("the prefix s3://landfall-lake/data/ belongs to /z-elder already; a pipeline needs its own",),
    }


def test_who_comes_second_to_a_job_is_refused() -> None:
    def with_job(name: str) -> Pipeline:
        made = other(name, f"{name}/", f"{name}-crawler")
        return replace(made, steps=(*made.steps, JobStep("curate")))

    refused = find_conflicts(
        [Registration("/1", with_job("one"), changed_at=1), Registration("/2", with_job("two"), changed_at=2)]
    )

    assert refused == {"/2": ("the job curate belongs to /1 already; a pipeline needs its own",)}
    assert PipelineIndex([with_job("one")]).by_job["curate"].name == "one"


def test_a_stream_s_job_is_the_pipeline_s_own_and_its_replication_may_be_shared() -> None:
    def with_stream(name: str, job: str) -> Pipeline:
        return replace(other(name, f"{name}/", f"{name}-crawler"), stream=Stream(job, "source"))

    one, two = with_stream("one", "stream"), with_stream("two", "stream")
    index = PipelineIndex([one, with_stream("three", "another")])

    assert find_conflicts([Registration("/1", one, changed_at=1), Registration("/2", two, changed_at=2)]) == {
        "/2": ("the job stream belongs to /1 already; a pipeline needs its own",)
    }
    assert index.by_job["stream"] is one
    assert [found.name for found in index.by_replication["source"]] == ["one", "three"]


def test_a_job_reads_the_table_of_the_newest_crawl_before_it() -> None:
    raw, curated = {"crawl": "a", "database": "d", "table": "raw"}, {"crawl": "b", "database": "d", "table": "curated"}
    definition = pipeline(steps=[raw, {"job": "j"}, curated, {"job": "k"}])

    assert [definition.crawl_before(step).table for step in (1, 3)] == ["raw", "curated"]


def test_a_refused_definition_takes_nothing_from_others() -> None:
    first = Registration("/1", other("one", "one/", "crawler"), changed_at=1)
    refused = Registration("/2", other("two", "two/", "crawler"), changed_at=2)
    third = Registration("/3", other("three", "two/", "own"), changed_at=3)

    assert set(find_conflicts([first, refused, third])) == {"/2"}
