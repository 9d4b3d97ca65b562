"""The wording of messages: what failed in one sentence, times, durations, and next steps."""

import shlex
from collections.abc import Callable
from datetime import datetime, timezone

from landfall.messages import safe
from landfall.messages.notice import Notice
from landfall.model import incident_kinds

# {resource}: the crawler or job; {step}: the step with its name; {check}; {uploads}: such as "3 uploads have waited".
_SENTENCES = {
    "crawl failed": "The crawler {resource} failed",
    "crawl stopped": "The crawler {resource} was stopped before its crawl was done",
    "job failed": "The job {resource} failed",
    "job timed out": "The job {resource} ran into its time limit, and Glue ended it",
    "job stopped": "The job {resource} was stopped before it was done",
    "job error": "Glue itself broke down while the job {resource} ran (ERROR)",
    "job expired": "The job {resource} waited in Glue's queue until Glue gave it up (EXPIRED)",
    "query failed": "Athena could not run the query of the check {check}",
    "check failed": "The data does not pass the check {check}",
    "no table": "The crawler {resource} succeeded, but the table that the definition names is not there",
    "table deprecated": "The crawler {resource} succeeded, but did not update the table: it marked it as deprecated",
    "access denied": "AWS denies Landfall what {step} needs",
    "refused": "AWS refuses {step}, and asking again will not help",
    "stuck": "The run stands still at {step}",
    "late": "{uploads} too long for a run",
    "stale": "No data has come for longer than the definition allows",
    "schema changed": "The columns of the table have changed",
    "definition invalid": "The definition is not valid, and no run starts until it is",
    "stream down": "The streaming job {resource} does not run, so no changes come in",
    "stream not stopped": "The streaming job {resource} was to stop, and it still runs",
    "stream behind": "The changes in the stream are not read in time",
    "source behind": "The source's changes are not taken in time, and it keeps them on its disk until they are",
    "source failed": "The replication {resource} has failed, so no changes come in",
}
_STREAM_STEPS = {
    "stream down": ("It may be tried again by itself; mend the cause, and to try at once", "start"),
    "stream not stopped": ("Stop the job run in Glue, or ask for it again", "stop"),
    "stream behind": ("See whether the job runs; if so, it needs more workers, or the stream more shards", "status"),
    "source behind": ("See in DMS whether the replication runs, and what it waits for", ""),
    "source failed": ("Mend the cause and resume the replication in DMS; that resolves this", ""),
}
_KEEP_DATA_BACK = {*incident_kinds.FAILURES, incident_kinds.STUCK}

KINDS = tuple(_SENTENCES)


def sentence(notice: Notice, quote: Callable[[str], str]) -> str:
    """What failed and, while it is open, its effect; without a full stop.

    `quote` makes a foreign name safe for the channel.
    """
    pattern = _SENTENCES.get(notice.kind, "{kind} at {step}" if notice.step else "{kind}")
    said = pattern.format(
        resource=quote(notice.resource or notice.step or "(name unknown)"),
        step=f"the step {quote(notice.step)}" if notice.step else "the step",
        check=quote(notice.check or "(name unknown)"),
        uploads=_some_uploads(notice, "has waited", "have waited"),
        kind=quote(notice.kind),
    )
    if notice.kind not in _KEEP_DATA_BACK or notice.phase == "resolved":
        return said
    effect = _some_uploads(notice, "is not ready", "are not ready") if notice.uploads else "nothing new is ready"
    return f"{said}; {effect}"


def _some_uploads(notice: Notice, one: str, many: str) -> str:
    count = notice.uploads.count
    return f"1 upload {one}" if count == 1 else f"{count:,} uploads {many}"


def moment(seconds: float) -> str:
    """Such as 2026-11-21 13:32:33 UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(seconds: float, now: float) -> str:
    """Such as 5 min ago. A time in the future counts as now, since clocks differ."""
    return "just now" if now - seconds < 1 else f"{duration(now - seconds)} ago"


def duration(seconds: float) -> str:
    """The two largest units, such as 2 h 14 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 0)} s"
    minutes = whole // 60
    if minutes < 60:
        return _two(minutes, "min", whole % 60 if minutes < 5 else 0, "s")
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    return _two(minutes // (24 * 60), "d", minutes // 60 % 24, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")


def _in_quotes(kind: str) -> str:
    """Double quotes work in every shell; an unknown kind may contain anything."""
    return f'"{kind}"' if kind in _SENTENCES else shlex.quote(safe.line(kind, 200))


def next_steps(notice: Notice, stage: str) -> tuple[tuple[str, str], ...]:
    """What to do, in words and as a command, which may be empty.

    The command always names the stage: copied into a terminal with another stage set, it must not act there.
    """
    if notice.phase == "resolved":
        return ()
    pipeline = shlex.quote(safe.line(notice.pipeline, 200))
    acknowledge = f"landfall ack {pipeline} {_in_quotes(notice.kind)} --stage {stage}"
    steps: list[tuple[str, str]] = []
    if notice.kind == "schema changed":
        steps.append(("Acknowledge when whoever reads the table knows", acknowledge))
    elif notice.kind == "definition invalid":
        steps.append(("Mend the parameter; try the text first", f"landfall validate {pipeline}.json"))
    elif notice.kind == "stale":
        steps.append(("Ask whoever delivers; the next upload resolves this", ""))
    elif notice.kind in _STREAM_STEPS:
        what, command = _STREAM_STEPS[notice.kind]
        steps.append((what, command and f"landfall stream {command} {pipeline} --stage {stage}"))
    elif notice.retry or notice.kind == "late":
        steps.append(("Mend the cause, then retry", f"landfall run {pipeline} --stage {stage}"))
    else:
        steps.append(("Look at the step; the watchdog goes on as soon as it has ended", ""))
    if notice.phase == "reminder" and notice.kind != "schema changed":
        steps.append(("No more reminders", acknowledge))
    return tuple(steps)
