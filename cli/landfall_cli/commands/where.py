"""`landfall where`: is my file in the table yet, and by which run."""

import time
from dataclasses import dataclass

import click
from botocore.exceptions import ClientError

from landfall.model.announcements import iso
from landfall.model.events import Upload
from landfall.model.pipelines import CrawlStep, Pipeline, PipelineIndex
from landfall.model.state import State
from landfall_cli import json_output
from landfall_cli.commands.runs import outcome_of
from landfall_cli.deployment import Deployment
from landfall_cli.errors import NOT_YET, USAGE, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, QUIET, WARN, Output
from landfall_cli.run_phase import find_phase
from landfall_cli.times import ago, clock, duration, plural, size
from landfall_cli.upload_location import UploadedObject, UploadLocation, locate

# From the event to its handling: the batching window of the queue and a cold start, with a reserve.
_SOON_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one object: `place` is a Location or `not data`, `text` explains it, `next_step` is advice."""

    place: str
    text: str
    next_step: str = ""
    colour: str = WARN


@click.command(short_help="is my file in the table yet, by which run")
@click.argument("uri", metavar="S3://BUCKET/KEY")
@command
def where(session: Session, uri: str) -> None:
    """Say whether the object is in its table yet, by which run, and what it waits for if it is not.

    The exit code is 0 when it is in the table, and 3 when it is not (yet).
    """
    out, deployed, now = session.output, session.deployment, time.time()
    bucket, key = parse_uri(uri)
    pipeline = deployed.index.find_covering(bucket, key)
    if pipeline is None:
        raise _explain_uncovered(deployed, bucket, key)
    state = deployed.state_table.load(pipeline.name)
    uploaded = _get_object(deployed, bucket, key)
    if pipeline.accepts(Upload(bucket, key, uploaded.size, uploaded.time)):
        found = locate(uploaded, state, deployed.history.runs_since(pipeline.name, uploaded.time))
        answer = _explain(found, uploaded, pipeline, state, now)
    else:
        found, answer = None, _explain_not_data(pipeline, key)
    if out.as_json:
        out.json(_to_json(uploaded, pipeline, state, found, answer))
    else:
        _show(out, uploaded, pipeline, found, answer, now)
    if answer.place != "in the table":
        raise click.exceptions.Exit(NOT_YET)


def parse_uri(uri: str) -> tuple[str, str]:
    """Bucket and key; the key is verbatim, blanks and percent signs included."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise CommandError(
            f"{uri} is not the address of an object.",
            "Write it as s3://bucket/key, in quotes where the key has blanks.",
            USAGE,
        )
    return bucket, key


def _get_object(deployed: Deployment, bucket: str, key: str) -> UploadedObject:
    try:
        found = deployed.clients.s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("404", "NoSuchKey", "NoSuchBucket", "NotFound"):
            raise CommandError(
                f"There is no object s3://{bucket}/{key}.", "It was removed, never arrived, or its key differs."
            ) from error
        if code == "403":
            raise CommandError(
                f"Not allowed to look at s3://{bucket}/{key}, or there is none.",
                "It needs s3:GetObject on it, and s3:ListBucket on its bucket to be told that there is none.",
            ) from error
        raise
    in_parts = "-" in found["ETag"]
    return UploadedObject(bucket, key, found["ContentLength"], found["LastModified"].timestamp(), in_parts)


def _explain_uncovered(deployed: Deployment, bucket: str, key: str) -> CommandError:
    prefixes = _list_prefixes(deployed.index, bucket)
    text = f"No pipeline covers s3://{bucket}/{key}."
    if deployed.problems:
        invalid = ", ".join(sorted(deployed.problems))
        return CommandError(text, f"Definitions that are invalid: {invalid}. `landfall validate --deployed` says why.")
    if prefixes:
        return CommandError(text, f"In this bucket there are: {', '.join(prefixes[:10])}.")
    return CommandError(text, f"No pipeline watches the bucket {bucket}; docs/add-a-dataset.md says how to add one.")


def _list_prefixes(index: PipelineIndex, bucket: str) -> list[str]:
    found = [pipeline for pipeline in index.by_name.values() if pipeline.bucket == bucket]
    return [f"{pipeline.prefix} ({pipeline.name})" for pipeline in sorted(found, key=lambda item: item.prefix)]


def _explain_not_data(pipeline: Pipeline, key: str) -> Answer:
    if key.endswith("/"):
        return Answer("not data", "Not data: it is a folder marker, as the console's Create folder makes it.")
    wanted = " or ".join(pipeline.suffixes)
    return Answer(
        "not data",
        f"Not data: {pipeline.name} counts keys that end in {wanted} only, so this object starts no run.",
        "Name it so, or change the definition's suffixes. (The crawler may read it all the same.)",
    )


def _explain(found: UploadLocation, uploaded: UploadedObject, pipeline: Pipeline, state: State, now: float) -> Answer:
    run = found.run
    if found.place == "in the table":
        return Answer(found.place, _explain_in_table(found, uploaded, pipeline, now), "", GOOD)
    if found.place == "in a run" and state.run is not None:
        what = find_phase(state, pipeline, (), now).text
        return Answer(
            found.place, f"In the run in flight: {what}.", f"`landfall tail {pipeline.name}` follows it.", "cyan"
        )
    if found.place == "pending":
        return _explain_pending(pipeline, state, now)
    if found.place == "unprocessed" and run is not None and run.failure is not None:
        return Answer(
            found.place,
            f"Not in the table: its run failed {ago(run.ended_at or run.started_at, now)} at {run.failure.step}: "
            f"{run.failure.kind}: {run.failure.cause}",
            f"Mend the cause, then `landfall run {pipeline.name}`; the next run takes it over.",
            BAD,
        )
    return _explain_unknown(uploaded, pipeline, now)


def _explain_in_table(found: UploadLocation, uploaded: UploadedObject, pipeline: Pipeline, now: float) -> str:
    tables = ", ".join(f"{step.database}.{step.table}" for step in pipeline.steps if isinstance(step, CrawlStep))
    run = found.run
    if run is None:
        return f"In the table {tables}, by a run of before {clock(uploaded.time, now)} that is remembered no more."
    since = run.ended_at or run.started_at
    text = f"In the table {tables} since {clock(since, now)}, {ago(since, now)}."
    if found.certain:
        return text
    if uploaded.in_parts:
        return (
            f"{text} This holds if all its parts had arrived by {clock(run.started_at, now)}: of an upload in parts, "
            "S3 tells only when it began."
        )
    return f"{text} (Told by its time: that run took over {run.uploads.count:,} uploads and names a few.)"


def _explain_pending(pipeline: Pipeline, state: State, now: float) -> Answer:
    if state.run is not None:
        return Answer("pending", "Not yet: it arrived during a run, and the next one, right after, takes it over.")
    what = find_phase(state, pipeline, (), now)
    step = f"`landfall resume {pipeline.name}` lets its runs start again." if what.code == "paused" else ""
    return Answer("pending", f"Not yet: it waits for the next run ({what.text}).", step)


def _explain_unknown(uploaded: UploadedObject, pipeline: Pipeline, now: float) -> Answer:
    age = now - uploaded.time
    if age < _SOON_SECONDS:
        return Answer("not heard of", f"Not yet: it landed {duration(age)} ago, and its event is on its way.")
    return Answer(
        "not heard of",
        f"Not in the table, and Landfall has not heard of it although it landed {duration(age)} ago.",
        "Look with `landfall redrive` for dead letters; see that the bucket sends its events to EventBridge and that "
        f"the pipeline's rule is enabled; `landfall run {pipeline.name}` crawls it in any case.",
        BAD,
    )


def _show(
    out: Output, uploaded: UploadedObject, pipeline: Pipeline, found: UploadLocation | None, answer: Answer, now: float
) -> None:
    out.say((answer.text, answer.colour))
    if answer.next_step:
        out.say(answer.next_step)
    out.say()
    out.say(("object    ", QUIET), f"s3://{uploaded.bucket}/{uploaded.key}")
    out.say(
        ("          ", QUIET), f"{size(uploaded.size)}, landed {clock(uploaded.time, now)}, {ago(uploaded.time, now)}"
    )
    out.say(("pipeline  ", QUIET), f"{pipeline.name}, which covers s3://{pipeline.bucket}/{pipeline.prefix}")
    run = found.run if found else None
    if run is not None:
        ended = "" if run.ended_at is None else f", took {duration(run.ended_at - run.started_at)}"
        out.say(("run       ", QUIET), run.id)
        out.say(
            ("          ", QUIET), f"started {clock(run.started_at, now)}{ended}, {plural(run.uploads.count, 'upload')}"
        )


def _to_json(
    uploaded: UploadedObject, pipeline: Pipeline, state: State, found: UploadLocation | None, answer: Answer
) -> json_output.JsonObject:
    run = found.run if found else None
    return {
        "bucket": uploaded.bucket,
        "key": uploaded.key,
        "size": uploaded.size,
        "landedAt": iso(uploaded.time),
        "uploadedInParts": uploaded.in_parts,
        "pipeline": pipeline.name,
        "place": answer.place,
        "inTable": answer.place == "in the table",
        "certain": found.certain if found else True,
        "tables": [
            {"database": step.database, "table": step.table} for step in pipeline.steps if isinstance(step, CrawlStep)
        ],
        "run": json_output.run(run, outcome_of(run, state)) if run else None,
        "explanation": answer.text,
        "nextStep": answer.next_step,
    }
