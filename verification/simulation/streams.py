"""A world of one stream: Glue's runs of its job, events that get lost, and invocations that die or meet each other.

Beside the simulation of runs, since a stream shares nothing with them but the state item and the shell around the
rules. The functions are the real ones, time is ours, and whatever is drawn comes from the seed.
"""

import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.fakes import Account
from functions.on_job_state import app as on_job_state
from functions.on_stream_state import app as on_stream_state
from functions.watchdog import app as watchdog
from landfall.adapters import dynamodb_values, state_codec
from landfall.adapters.glue_jobs import RUN_ID
from landfall.model.state import State
from verification.examples.builders import document
from verification.examples.payloads import as_queue_record
from verification.simulation.stream_application import application_of, installed
from verification.simulation.stream_promises import START, BrokenError, judged

NAME, JOB = "tides", "stream-job"
SWEEP, CALM_SWEEPS = 300.0, 12
HANDLERS: dict[str, Any] = {"stream": on_stream_state, "job": on_job_state, "sweep": watchdog}
_TOLD = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
_REDELIVERED, _RECEIVES = 400.0, 8
_LISTED_LATE = 8.0  # seconds: GetJobRuns may show a run so late, within the lease less the life of its starter


class Died(BaseException):
    """The invocation ends here, whatever it was about to do."""


@dataclass(slots=True, eq=False)
class JobRun:
    """One run of the job; `by` is us, glue (its own restart) or hand."""

    id: str
    label: str
    by: str
    began: float
    runs_at: float
    listed_at: float
    state: str = "STARTING"
    asked: bool = False  # by us, to stop
    ended_at: float = 0.0
    gone: bool = False
    cause: str = ""

    @property
    def goes_on(self) -> bool:
        return not self.ended_at


@dataclass
class World(Account):
    """One schedule. `rate` is how likely anything goes wrong at each call, and at each event."""

    definitions: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 0
    now: float = START
    runs: list[JobRun] = field(default_factory=list)
    bad: list[float] = field(default_factory=list)  # when something happened that may open an incident
    untold_bad: list[tuple[float, JobRun]] = field(default_factory=list)  # of those, ends of a run that was wanted
    announced: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    unwanted: list[tuple[float, bool]] = field(default_factory=list)  # what the state believed, over time
    asked: tuple[float, str] = (0.0, "")  # the newest request
    slow: set[float] = field(default_factory=set)  # when it was believed not to have come to RUNNING for too long

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.rate = 0.0
        self.lost = self.random.choice((0.0, 0.2, 0.6))
        self.most = self.random.choice((1, 3))
        self.missing = ""  # the code that a deleted or forbidden job answers with
        self.agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.order = self.depth = 0
        stream: dict[str, Any] = {
            "job": JOB, "max_restarts": self.random.choice((0, 1, 3)), "restart_minutes": self.random.choice((1, 5)),
            "healthy_minutes": self.random.choice((0, 10)),
        }  # fmt: skip
        self.healthy = stream["healthy_minutes"] * 60
        steps = [{"crawl": "c", "database": "d", "table": "t"}]
        self.definitions = [document(name=NAME, stream=stream, prefix="tides/", suffixes=None, steps=steps)]
        self.app = application_of(self)
        self.app.transitions.state_table.write(State(NAME, paused=True, first_seen_at=START - 1))
        self.rate = self.random.choice((0.0, 0.02, 0.06))

    # Time

    def at(self, time: float, what: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.agenda, (time, self.order, what))

    def until(self, end: float) -> None:
        """Let everything happen that is due by then."""
        while self.agenda and self.agenda[0][0] <= end:
            time, _, what = heapq.heappop(self.agenda)
            self.now = max(self.now, time)
            what()
        self.now = max(self.now, end)

    # Invocations

    def invoke(self, kind: str, event: dict[str, Any], receives: int = 1) -> None:
        """One invocation; what it hands back, or dies with, comes again."""
        record = {"Records": [as_queue_record(event)]} if event else {}
        try:
            answer = HANDLERS[kind].handler(record, None)
            again = bool(answer.get("batchItemFailures"))
        except (Died, Exception) as error:
            if isinstance(error, BrokenError):
                raise
            again = True
        if again and event:
            if receives >= _RECEIVES:
                raise BrokenError(f"a message became a dead letter: {event}")
            self.at(self.now + _REDELIVERED, lambda: self.invoke(kind, event, receives + 1))

    def call(self, operation: str, effect: Callable[[], Any]) -> Any:
        """One call to AWS, with all that may come between."""
        self.calls[operation] += 1
        if not self.rate:
            return effect()
        self._meanwhile()
        fate = self.random.random() / self.rate
        if fate < 0.5:
            raise Died
        if fate < 1 and operation in ("StartJobRun", "BatchStopJobRun", "GetJobRuns", "GetJobRun"):
            raise _error(operation, "ThrottlingException" if fate < 0.7 else "InternalServiceException", 500)
        answer = effect()
        self._meanwhile()
        if 1 <= fate < 1.5:
            raise Died
        if 1.5 <= fate < 2 and operation in ("StartJobRun", "BatchStopJobRun"):
            raise _error(operation, "OperationTimeoutException", 400)
        return answer

    def _meanwhile(self) -> None:
        """Another invocation comes and goes while this one waits for its answer."""
        if self.depth == 0 and self.agenda and self.random.random() < self.rate * 3:
            self.depth += 1
            try:
                due, _, what = heapq.heappop(self.agenda)
                if due > self.now + 50:  # a function lives for 60 s
                    self.at(due, what)
                else:
                    self.now = max(self.now, due)
                    what()
            finally:
                self.depth -= 1

    # The state table and the bus, beneath the real clients' names

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        return dict(self.call("GetItem", lambda: Account.get_item(self, Key)))

    def put_item(self, Item: dict[str, Any], **condition: Any) -> dict[str, Any]:
        return dict(self.call("PutItem", lambda: self._kept(Account.put_item(self, Item, **condition))))

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:
        return dict(
            self.call("TransactWriteItems", lambda: self._kept(Account.transact_write_items(self, TransactItems)))
        )

    def _kept(self, answer: dict[str, Any]) -> dict[str, Any]:
        stream = self.state().stream
        self.unwanted.append((self.now, stream is None or not stream.wanted))
        if stream is not None and not stream.running_since and self.now > stream.started_at + 900:
            self.slow.add(self.now)
        return answer

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            for entry in Entries:
                self.announced.append((self.now, entry["DetailType"], json.loads(entry["Detail"])))
            return {"Entries": [{"EventId": "id"} for _ in Entries]}

        return dict(self.call("PutEvents", effect))

    def state(self) -> State:
        """What is believed, without a call."""
        found = self.items.get((f"pipeline#{NAME}", "state"))
        return State(NAME) if found is None else _state(found)

    # Glue's jobs

    def start_job_run(self, *, JobName: str, Arguments: dict[str, str]) -> dict[str, Any]:
        return dict(self.call("StartJobRun", lambda: {"JobRunId": self._start(JobName, Arguments[RUN_ID], "us").id}))

    def get_job_run(self, *, JobName: str, RunId: str) -> dict[str, Any]:
        return dict(self.call("GetJobRun", lambda: {"JobRun": self._shown(self._found(JobName, RunId))}))

    def batch_stop_job_run(self, *, JobName: str, JobRunIds: list[str]) -> dict[str, Any]:
        def effect() -> dict[str, Any]:
            self._refuse("BatchStopJobRun")
            for run in self.runs:
                if run.id in JobRunIds and run.goes_on:
                    run.asked = True
                    self.stop(run)
            return {}

        return dict(self.call("BatchStopJobRun", effect))

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        if "JobName" not in request:
            yield from Account.paginate(self, **request)
            return

        def effect() -> list[dict[str, Any]]:
            self._refuse("GetJobRuns")
            return [self._shown(run) for run in reversed(self.runs) if run.listed_at <= self.now and not run.gone]

        yield {"JobRuns": self.call("GetJobRuns", effect)}

    def _refuse(self, operation: str) -> None:
        if self.missing:
            self.bad.append(self.now)
            raise _error(operation, self.missing, 400)

    def _found(self, job: str, run_id: str) -> JobRun:
        self._refuse("GetJobRun")
        found = next((run for run in self.runs if run.id == run_id and not run.gone), None)
        if found is None:
            raise _error("GetJobRun", "EntityNotFoundException", 400)
        return found

    def lose(self, code: str) -> None:
        """Somebody deletes the job, with which its runs go, or takes our right to it."""
        self.missing = code
        for run in self.runs if code == "EntityNotFoundException" else ():
            if run.goes_on:
                run.ended_at, run.gone = self.now, True
                self.bad.append(self.now)

    def _shown(self, run: JobRun) -> dict[str, Any]:
        if run.state == "STARTING" and self.now >= run.runs_at:
            run.state = "RUNNING"
        ended = {"CompletedOn": _moment(run.ended_at)} if run.ended_at else {}
        return {
            "Id": run.id, "JobRunState": run.state, "Arguments": {RUN_ID: run.label}, "StartedOn": _moment(run.began),
            "ErrorMessage": run.cause, **ended,
        }  # fmt: skip

    def _start(self, job: str, label: str, by: str, after: str = "") -> JobRun:
        self._refuse("StartJobRun")
        if sum(run.goes_on for run in self.runs) >= self.most:
            raise _error("StartJobRun", "ConcurrentRunsExceededException", 400)
        name = f"{after}_restart_1" if after else f"jr_{len(self.runs)}"
        run = JobRun(name, label, by, self.now, self.now + self.random.uniform(5, 60), self.now)
        run.listed_at += self.random.uniform(0, _LISTED_LATE) if by != "hand" else 0
        self.runs.append(run)
        ours = [found.id for found in self.runs if found.goes_on and found.by != "hand"]
        if len(ours) > 1:
            raise BrokenError(f"two runs at once: {ours}")
        if self.rate and self.random.random() < 0.6:
            life, end = self.random.expovariate(1 / 1500), self.random.choice((*_TOLD, "ERROR", "EXPIRED"))
            self.at(self.now + life, lambda: self.end(run, end))
        return run

    def by_hand(self) -> None:
        """Somebody starts the job in the console; in a calm world nothing is in its way."""
        if not self.missing and not any(run.goes_on for run in self.runs):
            self._start(JOB, "", "hand")

    def stopped_by_hand(self) -> None:
        """Somebody stops whatever runs, in the console."""
        for run in self.runs:
            self.stop(run)

    def stop(self, run: JobRun) -> None:
        """It works its batch off, and ends."""
        if run.goes_on and run.state != "STOPPING":
            run.state = "STOPPING"
            self.at(self.now + self.random.uniform(2, 90), lambda: self.end(run, "STOPPED"))

    def _is_healthy(self, known: Any) -> bool:
        """Whether the application has seen the job run for long enough."""
        return bool(known and known.running_since and self.now >= known.running_since + self.healthy)

    def end(self, run: JobRun, state: str) -> None:
        """It ends, and Glue may say so."""
        if not run.goes_on or (run.state == "STOPPING" and state != "STOPPED"):
            return
        self._shown_now(run)
        known = self.state().stream
        if state == "EXPIRED" and run.state == "RUNNING":
            if known is not None and not known.running_since:
                self.bad.append(self.now)  # nobody has seen it run
            self.at(self.now + self.random.uniform(0, 40), lambda: self._glue_restarts(run))
        elif not run.asked and not (state == "TIMEOUT" and self._is_healthy(known)):
            self.bad.append(self.now)
            # a run that was healthy, and was not seen to be, may time out with an incident or without
            may_be_healthy = state == "TIMEOUT" and self.now >= run.runs_at + self.healthy
            if known is not None and known.job_run_id == run.id and not may_be_healthy:
                self.untold_bad.append((self.now, run))
        run.state, run.ended_at = state, self.now
        event = {
            "source": "aws.glue", "detail-type": "Glue Job State Change",
            "detail": {"jobName": JOB, "jobRunId": run.id, "state": state},
        }  # fmt: skip
        if state in _TOLD:
            for _ in range(self.random.choice((1, 1, 1, 2))):
                if self.random.random() >= self.lost:
                    late = self.random.choice((0.0, 1.0, 30.0, 400.0))
                    self.at(self.now + late, lambda: self.invoke("job", event))

    def _shown_now(self, run: JobRun) -> None:
        if run.state == "STARTING" and self.now >= run.runs_at:
            run.state = "RUNNING"

    def _glue_restarts(self, run: JobRun) -> None:
        """For its maintenance: a new run with the arguments of the old one."""
        if self.missing or any(found.goes_on for found in self.runs):
            return
        self._start(JOB, run.label, "hand" if run.by == "hand" else "glue", run.id)

    # People

    def ask(self, kind: str) -> None:
        """A request, which is never lost, but may come twice and late."""
        time = datetime.fromtimestamp(self.now, timezone.utc).isoformat()
        event = {"source": "me", "detail-type": kind, "time": time, "detail": {"pipeline": NAME}}
        self.asked = max(self.asked, (self.now, kind))
        for _ in range(self.random.choice((1, 1, 2))):
            late = self.random.choice((0.0, 0.5, 5.0, 200.0)) if self.rate else 0.0
            self.at(self.now + late, lambda: self.invoke("stream", event))

    @property
    def glue_once(self) -> "World":
        return self


def played(seed: int) -> World:
    """One schedule: some hours of trouble, then calm until all is at rest."""
    world = World(seed=seed)
    draw = world.random
    end = START + draw.uniform(3_000, 12_000)
    asks = [(START, "Stream Start Requested")]
    asks += [(draw.uniform(START, end), f"Stream {draw.choice(('Start', 'Stop'))} Requested") for _ in range(4)]
    for time, kind in asks:
        world.at(time, lambda kind=kind: world.ask(kind))  # type: ignore[misc]
    for _ in range(draw.choice((0, 0, 2))):
        world.at(draw.uniform(START, end), world.by_hand)
        world.at(draw.uniform(START, end), world.stopped_by_hand)
    if draw.random() < 0.15:
        away = draw.uniform(START, end)
        code = draw.choice(("EntityNotFoundException", "AccessDeniedException"))
        world.at(away, lambda: world.lose(code))
        world.at(away + draw.uniform(10, 2_000), lambda: setattr(world, "missing", ""))
    time = START
    while time < end:
        time += SWEEP
        if draw.random() > 0.2:
            world.at(time, lambda: world.invoke("sweep", {}))
    with installed(world, HANDLERS.values()):
        world.until(end)
        _calm(world)
    judged(world)
    return world


def _calm(world: World) -> None:
    """Nothing goes wrong any more, and nothing ends by itself; the sweeps repair what is left."""
    world.rate = 0.0
    world.missing = ""
    for number in range(10):
        world.at(world.now + number * SWEEP, lambda: world.invoke("sweep", {}))
    world.until(world.now + 3_000)  # what was on its way
    world.agenda.clear()
    for run in world.runs:
        if run.state == "STOPPING" and run.goes_on:
            world.at(world.now + 1, lambda run=run: world.end(run, "STOPPED"))  # type: ignore[misc]
    for _ in range(CALM_SWEEPS):  # apart enough for every wait
        world.until(world.now + 2 * SWEEP)
        world.invoke("sweep", {})


def _error(operation: str, code: str, status: int) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, operation)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _state(item: Any) -> State:
    return state_codec.state_from_plain(NAME, 1, dynamodb_values.from_attributes(item))
