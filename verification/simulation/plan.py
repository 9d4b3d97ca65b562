"""A schedule from a seed: the pipelines, and what the world outside does to them and when."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/landfall/dev/{}-query"
_ENDINGS = (".csv", ".csv", ".csv", ".csv", ".txt", "/")


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One thing that the world outside does. The name is how a shrunk schedule leaves it out."""

    name: str
    time: float
    kind: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a schedule that is not a fault. `definitions`: those there at the begin."""

    definitions: dict[str, str]
    crawlers: tuple[str, ...]
    jobs: dict[str, int]  # and how many runs of each may go on at once
    stimuli: tuple[Stimulus, ...]
    end: float
    invalid: tuple[str, ...]  # pipelines whose first definition is broken
    quick: bool  # crawls of a second or two, as on the local engine
    prehistoric: tuple[str, ...]  # pipelines whose prefix had objects before
    window: float
    first_sweep: float


def plan(seed: int) -> Plan:
    """The schedule of this seed."""
    draw = Random(f"{seed}/plan")
    names = ["person"] if draw.random() < 0.75 else ["person", "orders"]
    variants = {name: [_definition(draw, name) for _ in range(2)] for name in names}
    late = names[-1] if draw.random() < 0.1 else ""
    end = draw.choice((600.0, 900.0, 1_500.0, 2_400.0, 4_000.0))
    return Plan(
        definitions={name: made[0] for name, made in variants.items() if name != late},
        crawlers=tuple(f"{name}-crawler-{number}" for name in names for number in (1, 2, 3)),
        jobs={f"{name}-job-{number}": draw.choice((1, 3)) for name in names for number in (2, 3, 4)},
        stimuli=_stimuli(draw, variants, late, end),
        end=end,
        invalid=(late,) if late and draw.random() < 0.5 else (),
        quick=draw.random() < 0.15,
        prehistoric=tuple(name for name in names if draw.random() < 0.3),
        window=draw.choice((0.0, 1.0, 5.0, 5.0)),
        first_sweep=draw.uniform(0, 300),
    )


def _definition(draw: Random, name: str) -> str:
    later = [_step(draw, name, number) for number in range(2, 2 + draw.choice((0, 1, 1, 2, 3)))]
    steps: list[dict[str, Any]] = [_crawl(name, 1), *later]
    roleless = all("crawl" in step for step in steps) and draw.random() < 0.2
    role = {} if roleless else {"query_role": ROLE.format(name)}
    fresh = draw.choice((None, None, 5, 20))
    return json.dumps(
        {
            "name": name,
            "bucket": "lake",
            "prefix": f"data/{name}/",
            "suffixes": [".csv"],
            **role,
            **({"fresh_within_minutes": fresh} if fresh else {}),
            "crawl_timeout_minutes": draw.choice((2, 8, 60)),
            "on_schema_change": draw.choice(("allow", "alert", "halt")),
            "steps": [step for number, step in enumerate(steps) if step not in steps[:number]],
            "max_attempts": draw.choice((1, 1, 2, 3)),
            "min_minutes_between_runs": draw.choice((0, 0, 0, 10)),
        },
        separators=(",", ":"),
    )


def _step(draw: Random, name: str, number: int) -> dict[str, Any]:
    if draw.random() < 0.35:
        return {"job": f"{name}-job-{number}", "arguments": {"--TARGET_S3": "s3://curated/"}}
    if draw.random() < 0.4:
        return _crawl(name, min(number, 3))
    checks = []
    for check in range(draw.choice((1, 2, 3))):
        expect = draw.choice(("rows", "no rows"))
        checks.append({"name": f"check {check}", "sql": f"SELECT {number} -- expect {expect}", "expect": expect})
    return {"checks": checks}


def _crawl(name: str, number: int) -> dict[str, Any]:
    return {"crawl": f"{name}-crawler-{number}", "database": f"{name}-db", "table": f"table_{number}"}


def _stimuli(draw: Random, variants: dict[str, list[str]], late: str, end: float) -> tuple[Stimulus, ...]:
    made: list[tuple[float, str, tuple[Any, ...]]] = []
    for name in variants:
        begin = draw.uniform(0, end / 2) if name == late else 0.0
        if begin:
            made.append((begin, "define", (name, variants[name][0])))
        made += [(time, "upload", (name, draw.choice(_ENDINGS))) for time in _upload_times(draw, begin, end)]
        made += _rare(draw, name, variants[name], begin, end)
        made += _around_jobs(draw, name, end)
    return tuple(Stimulus(f"s{number}", *one) for number, one in enumerate(sorted(made), 1))


def _upload_times(draw: Random, begin: float, end: float) -> list[float]:
    """Bursts and trickles; a steady stream now and then."""
    times = [draw.uniform(begin, end) for _ in range(draw.choice((0, 1, 2, 4)))]
    for _ in range(draw.choice((0, 1, 1, 2))):
        burst = draw.uniform(begin, end)
        times += [burst + draw.uniform(0, 8) for _ in range(draw.choice((2, 5, 20)))]
    if draw.random() < 0.07:
        times += [begin + 7.0 * number for number in range(int(min(end - begin, 600) / 7))]
    return [time for time in times if time < end]


def _rare(draw: Random, name: str, variants: list[str], begin: float, end: float) -> list[tuple[float, str, Any]]:
    made: list[tuple[float, str, Any]] = []
    crawlers = [f"{name}-crawler-{number}" for number in (1, 1, 2)]
    for kind, times in (("stranger starts", 3), ("stranger stops", 2)):
        if draw.random() < 0.3:
            made += [(draw.uniform(0, end), kind, (draw.choice(crawlers),)) for _ in range(draw.randint(1, times))]
    if draw.random() < 0.15:
        made.append((draw.uniform(begin, end), "define", (name, variants[1])))
    if draw.random() < 0.08:
        gone = draw.uniform(begin, end)
        made += [
            (gone, "undefine", (name,)),
            (min(gone + draw.choice((30.0, 400.0)), end - 1), "define", (name, variants[0])),
        ]
    made += _requests(draw, name, variants, begin, end)
    if draw.random() < 0.08:
        code = draw.choice(("EntityNotFoundException", "EntityNotFoundException", "AccessDeniedException"))
        made.append((draw.uniform(0, end), "leave", (draw.choice(crawlers), code, draw.choice((5.0, 120.0, 600.0)))))
    if draw.random() < 0.08:
        queue = draw.choice(("upload", "crawler-state", "job-state", "query-state"))
        made.append((draw.uniform(0, end), "garbage", (queue, draw.choice(("{", "[]", '{"source": "aws.s3"}')))))
    if draw.random() < 0.1:
        made.append((draw.uniform(0, end), "analyst", ()))
    return made


def _around_jobs(draw: Random, name: str, end: float) -> list[tuple[float, str, Any]]:
    made: list[tuple[float, str, Any]] = []
    jobs = [f"{name}-job-{number}" for number in (2, 2, 3)]
    for kind, times in (("stranger starts job", 3), ("stranger stops job", 2)):
        if draw.random() < 0.3:
            made += [(draw.uniform(0, end), kind, (draw.choice(jobs),)) for _ in range(draw.randint(1, times))]
    if draw.random() < 0.2:
        code = draw.choice(("EntityNotFoundException", "EntityNotFoundException", "AccessDeniedException"))
        made.append((draw.uniform(0, end), "job leaves", (draw.choice(jobs), code, draw.choice((5.0, 120.0, 600.0)))))
    return made


def _requests(draw: Random, name: str, variants: list[str], begin: float, end: float) -> list[tuple[float, str, Any]]:
    """What people ask for, and do to definitions."""
    made: list[tuple[float, str, Any]] = []
    if draw.random() < 0.2:
        made += [(draw.uniform(begin, end), "request", (name,)) for _ in range(draw.choice((1, 1, 3)))]
    if draw.random() < 0.08:
        broken = draw.uniform(begin, end)
        mended = min(broken + draw.choice((30.0, 700.0)), end - 1)
        made += [(broken, "spoil", (name,)), (mended, "define", (name, variants[0]))]
    if draw.random() < 0.15:
        at = draw.uniform(0, end)
        made += [(at, "pause", (name,)), (min(at + draw.choice((10.0, 400.0, 2_000.0)), end - 1), "resume", (name,))]
    if draw.random() < 0.3:
        made += [(draw.uniform(begin, end), "acknowledge", (name,)) for _ in range(draw.choice((1, 2, 4)))]
    return made
