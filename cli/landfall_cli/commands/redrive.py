"""`landfall redrive`: show dead letters, and send them back to their queues once the cause is fixed."""

from difflib import get_close_matches

import click
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from landfall_cli import json_output
from landfall_cli.dead_letters import DeadLetter, DeadLetterQueue, find_queues, move, peek
from landfall_cli.errors import FAILED, USAGE, CommandError
from landfall_cli.options import Session, command
from landfall_cli.output import BAD, GOOD, QUIET, WARN, Output
from landfall_cli.times import clock, plural


@click.command(short_help="dead letters, and their way back")
@click.argument("names", metavar="[QUEUE]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every dead-letter queue.")
@click.option("--dry-run", is_flag=True, help="Show what would be moved, and move nothing.")
@click.option("-n", "limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Letters to show.")
@command
def redrive(session: Session, names: tuple[str, ...], every: bool, dry_run: bool, limit: int) -> None:
    """Send the messages of dead-letter QUEUEs back to the queues that they came from.

    Without a QUEUE it lists the queues and what is in them. A message that is handled twice does no harm.
    """
    out = session.output
    with out.waiting("Looking at the dead-letter queues …"):
        found = find_queues(session.deployment)
    chosen = found if every else [_find_queue(found, name) for name in names]
    if not chosen or dry_run:
        _list(session, chosen or found, limit, dry_run=bool(chosen))
        return
    results = [(queue, *_move(session, queue)) for queue in chosen]
    if out.as_json:
        out.json({"queues": [_to_json(queue, moved=went, notMoved=stuck) for queue, went, stuck in results]})
    if any(stuck for _, _, stuck in results):
        raise click.exceptions.Exit(FAILED)


def _find_queue(queues: list[DeadLetterQueue], name: str) -> DeadLetterQueue:
    known = {queue.name: queue for queue in queues}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    step = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    raise CommandError(f"There is no dead-letter queue {name}.", step, USAGE)


def _move(session: Session, queue: DeadLetterQueue) -> tuple[int, int]:
    out = session.output
    if not queue.count:
        if not out.as_json:
            out.say(f"{queue.name}: empty, nothing to move.")
        return 0, 0
    if not queue.source_url:
        if not out.as_json:
            out.say((f"{queue.name}: {plural(queue.count, 'message')}, ", WARN), _NO_WAY_BACK)
            out.say((f"aws sqs purge-queue --queue-url {queue.url}", QUIET))
        return 0, 0
    with Progress(console=Console(stderr=True), transient=True, disable=out.as_json) as progress:
        task = progress.add_task(f"Moving {queue.name}", total=queue.count)
        went, stuck = move(session.deployment, queue, lambda count: progress.advance(task, count))
    if not out.as_json:
        out.say((f"{queue.name}: {plural(went, 'message')} moved back to {queue.source_url.rsplit('/', 1)[-1]}.", GOOD))
        if stuck:
            out.say((f"{plural(stuck, 'message')} not moved: sending failed. Try again.", BAD))
    return went, stuck


_NO_WAY_BACK = "which are not sent back: the next sweep does the same work. When one has succeeded, empty it:"


def _list(session: Session, queues: list[DeadLetterQueue], limit: int, *, dry_run: bool) -> None:
    out = session.output
    with out.waiting("Reading dead letters …"):
        found = [(queue, peek(session.deployment, queue, limit) if queue.count else []) for queue in queues]
    if out.as_json:
        out.json(
            {
                "queues": [
                    _to_json(queue, letters=[_letter_to_json(item) for item in letters]) for queue, letters in found
                ]
            }
        )
        return
    _show_overview(out, queues)
    for queue, letters in found:
        if letters:
            _show(out, queue, letters)
    total = sum(queue.count for queue in queues if queue.source_url)
    if dry_run:
        out.say((f"A dry run: {plural(total, 'message')} would be moved, nothing was.", WARN))
    elif total:
        names = " ".join(queue.name for queue in queues if queue.count and queue.source_url)
        out.say(("When the cause is mended: ", ""), (f"landfall redrive {names}", "cyan"))


def _show_overview(out: Output, queues: list[DeadLetterQueue]) -> None:
    table = out.table("QUEUE", ">DEAD LETTERS", "GO BACK TO")
    for queue in queues:
        back = (
            queue.source_url.rsplit("/", 1)[-1] if queue.source_url else Text("nowhere: the next sweep repairs", QUIET)
        )
        table.add_row(Text(queue.name, "bold"), Text(f"{queue.count:,}", BAD if queue.count else QUIET), back)
    out.console.print(table)


def _show(out: Output, queue: DeadLetterQueue, letters: list[DeadLetter]) -> None:
    more = f", the first {len(letters)}" if queue.count > len(letters) else ""
    out.say((f"{queue.name}{more}", "bold"))
    for letter in letters:
        out.say("  ", (clock(letter.sent_at), QUIET), "  ", letter.what)
        out.say("    ", (letter.why, WARN))
        out.say("    ", (letter.body, QUIET))
    if queue.log_group:
        out.say("  reasons: ", (f"aws logs tail {queue.log_group} --since 1d --filter-pattern ERROR", QUIET))
    out.say()


def _to_json(queue: DeadLetterQueue, **more: object) -> json_output.JsonObject:
    return {
        "queue": queue.name,
        "url": queue.url,
        "goesBackTo": queue.source_url or None,
        "count": queue.count,
        "logGroup": queue.log_group or None,
        **more,
    }


def _letter_to_json(letter: DeadLetter) -> json_output.JsonObject:
    return {
        "id": letter.id,
        "what": letter.what,
        "why": letter.why,
        "body": letter.body,
        "sentAt": json_output.time(letter.sent_at),
    }
