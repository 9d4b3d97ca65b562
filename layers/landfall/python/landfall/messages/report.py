"""The content of a message, before a channel formats it."""

from collections.abc import Callable
from dataclasses import dataclass

from landfall.messages import words
from landfall.messages.notice import Notice

_ROWS, _CELLS, _KEYS, _CHANGES = 5, 8, 5, 20
_CELL_LENGTH = 60
_CAUSE_LENGTH = 2000
_ADDRESS_LENGTH = 1100  # a key has up to 1,024 bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its lines: Landfall's own words, lines of nothing but foreign text, then own words again."""

    label: str
    head: str = ""
    foreign: tuple[str, ...] = ()
    tail: str = ""
    limit: int = 300  # of each foreign line


def facts(notice: Notice, now: float) -> tuple[Fact, ...]:
    """The known facts, most useful first."""
    found = [_cause(notice), _checks_rows(notice), _changes(notice), _since(notice, now), _times(notice, now)]
    found += [_uploads(notice, now)]
    if notice.attempts > 1:
        found.append(Fact("Attempts", str(notice.attempts)))
    for label, text in (("Run", notice.run), ("Owner", notice.owner)):
        if text:
            found.append(Fact(label, foreign=(text,)))
    return tuple(fact for fact in found if fact is not None)


def lead(notice: Notice, now: float, quote: Callable[[str], str]) -> str:
    """The first line: what failed, and whether it is still open."""
    said = words.sentence(notice, quote)
    if notice.phase == "reminder":
        return f"{said}. Still open after {words.duration(now - notice.opened_at)}, and nobody has acknowledged it."
    if notice.phase == "resolved":
        return f"Resolved after {words.duration(notice.resolved_at - notice.opened_at)}. It was: {said}."
    return f"{said}."


def _cause(notice: Notice) -> Fact | None:
    if notice.phase == "resolved":
        return Fact("Resolved by", foreign=(notice.resolved_by,)) if notice.resolved_by else None
    return Fact("Cause", foreign=(notice.cause,), limit=_CAUSE_LENGTH) if notice.cause else None


def _checks_rows(notice: Notice) -> Fact | None:
    if not notice.rows or notice.phase == "resolved":
        return None
    shown = tuple(" | ".join(_cell(cell) for cell in row[:_CELLS]) for row in notice.rows[:_ROWS])
    return Fact("First rows", foreign=shown, limit=_CELLS * (_CELL_LENGTH + 3))


def _cell(cell: str) -> str:
    """Cut long cells; show empty ones, which are often the problem."""
    shown = cell if len(cell) <= _CELL_LENGTH else cell[: _CELL_LENGTH - 1] + "…"
    return shown if shown.strip() else '""'


def _changes(notice: Notice) -> Fact | None:
    if not notice.changes or notice.phase == "resolved":
        return None
    more = len(notice.changes) - _CHANGES
    return Fact("Changes", "", notice.changes[:_CHANGES], f"and {more} more" if more > 0 else "")


def _since(notice: Notice, now: float) -> Fact:
    return Fact("Since", f"{words.moment(notice.opened_at)} ({words.ago(notice.opened_at, now)})")


def _times(notice: Notice, now: float) -> Fact | None:
    if notice.count == 1:
        return None
    last = f"last {words.moment(notice.last_at)} ({words.ago(notice.last_at, now)})"
    return Fact("Happened", f"{notice.count:,} times, {last}")


def _uploads(notice: Notice, now: float) -> Fact | None:
    uploads = notice.uploads
    if not uploads or notice.phase == "resolved":
        return None
    span = f"{uploads.count:,}"
    if uploads.oldest is not None and uploads.newest is not None:
        oldest = f"{words.moment(uploads.oldest)} ({words.ago(uploads.oldest, now)})"
        span += f", of {oldest}" if uploads.count == 1 else f", from {oldest} to {words.moment(uploads.newest)}"
    keys = tuple(f"s3://{notice.bucket}/{key}" if notice.bucket else key for key in uploads.keys[:_KEYS])
    more = uploads.count - len(keys)
    return Fact("Uploads", span, keys, f"and {more:,} more" if keys and more else "", _ADDRESS_LENGTH)
