"""People and systems around the application: they upload, crawl and change definitions at the worst moments."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import TYPE_CHECKING

from verification.simulation.plan import Stimulus
from verification.simulation.scheduler import START

if TYPE_CHECKING:
    from verification.simulation.world import World


@dataclass(slots=True, eq=False)
class Uploaded:
    """An object, with the true time of its creation."""

    pipeline: str
    key: str
    created: float
    counts: bool


@dataclass(slots=True, eq=False)
class Request:
    """Somebody asked for a run of this pipeline, or for something that leads to one."""

    pipeline: str


@dataclass(slots=True, eq=False)
class Acknowledgement(Request):
    """Somebody has seen that the schema changed, or that something failed."""

    kind: str


@dataclass(slots=True, eq=False)
class Pause:
    """Somebody asked that no run starts; it counts as no upload."""

    pipeline: str
    counts: bool = False


class Workload:
    """Carries out the plan, and reacts to crawls with what is most likely to hurt."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._random = Random(f"{world.seed}/around")
        self._kinds: dict[str, Callable[..., None]] = {
            "upload": self.upload,
            "stranger starts": lambda crawler: world.glue.stranger_starts(crawler),
            "stranger stops": lambda crawler: world.glue.stranger_stops(crawler),
            "stranger starts job": lambda job: world.jobs.stranger_starts(job),
            "stranger stops job": lambda job: world.jobs.stranger_stops(job),
            "define": world.define,
            "undefine": world.undefine,
            "request": self.request,
            "spoil": world.spoil,
            "pause": self.pause,
            "resume": self.resume,
            "acknowledge": self.acknowledge,
            "leave": self._leave,
            "job leaves": self._job_leaves,
            "garbage": lambda queue, body: world.delivery.garbage(queue, body),
            "analyst": lambda: world.athena.analyst_asks(),
        }

    def carry_out(self, stimulus: Stimulus) -> None:
        self._world.say("schedule", stimulus.name, stimulus.kind, *map(str, stimulus.args))
        self._kinds[stimulus.kind](*stimulus.args)

    def upload(self, pipeline: str, ending: str = ".csv") -> None:
        """An object appears, and S3 tells of it with its own clock cut to whole seconds."""
        world = self._world
        number = len(world.uploads) + 1
        key = f"data/{pipeline}/{number}{ending}"
        upload = Uploaded(pipeline, key, world.scheduler.now, ending == ".csv")
        world.uploads.append(upload)
        stamp = datetime.fromtimestamp(int(upload.created + world.skew()), timezone.utc)
        event = {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "time": stamp.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "detail": {"bucket": {"name": "lake"}, "object": {"key": key, "size": 0 if ending == "/" else 10}},
        }
        world.say("s3", "has", key)
        world.delivery.at_least_once("upload", event, key, upload)
        if world.faults.hit("stranger before upload"):
            world.glue.stranger_starts(f"{pipeline}-crawler-1")
            self._soon(self._random.uniform(1, 40), lambda: self.upload(pipeline))

    def request(self, pipeline: str) -> None:
        """Somebody asks for a run, on Landfall's own bus."""
        event = {"source": "landfall.cli", "detail-type": "Run Requested", "detail": {"pipeline": pipeline}}
        number = self._random.randrange(10_000)
        self._world.delivery.at_least_once("upload", event, f"request {number}", Request(pipeline))

    def pause(self, pipeline: str) -> None:
        self._world.oracle.incidents.asked_to_pause(pipeline, pause=True)
        self._ask(pipeline, "Pause Requested", {"reason": "maintenance"}, Pause(pipeline))

    def resume(self, pipeline: str) -> None:
        self._world.oracle.incidents.asked_to_pause(pipeline, pause=False)
        self._ask(pipeline, "Resume Requested", {})

    def acknowledge(self, pipeline: str) -> None:
        """Somebody looks at what is open, and acknowledges one of it, or what may be open soon."""
        kinds = [one.kind for one in self._world.oracle.view(pipeline).incidents] or ["schema changed"]
        kind = "schema changed" if "schema changed" in kinds else self._random.choice(kinds)
        about = Acknowledgement(pipeline, kind)
        self._ask(pipeline, "Acknowledgement Requested", {"kind": kind, "by": "amara"}, about)

    def _ask(self, pipeline: str, asked: str, more: dict[str, str], about: Request | Pause | None = None) -> None:
        stamp = datetime.fromtimestamp(int(self._world.scheduler.now), timezone.utc)
        event = {
            "source": "landfall.cli",
            "detail-type": asked,
            "time": stamp.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "detail": {"pipeline": pipeline} | more,
        }
        self._world.delivery.at_least_once("upload", event, f"{asked} {self._random.randrange(10_000)}", about)

    def prehistory(self, pipeline: str) -> None:
        """An object that was there before its pipeline; no event tells of it."""
        self._world.uploads.append(Uploaded(pipeline, f"data/{pipeline}/old.csv", START - 3_600, True))

    def _leave(self, crawler: str, code: str, seconds: float) -> None:
        self._world.glue.leave(crawler, code)
        self._world.scheduler.after(seconds, lambda: self._world.glue.come_back(crawler))

    def _job_leaves(self, job: str, code: str, seconds: float) -> None:
        self._world.jobs.leave(job, code)
        self._world.scheduler.after(seconds, lambda: self._world.jobs.come_back(job))

    # Reactions

    def crawl_began(self, crawler: str, by: str) -> None:
        if by != "us" and self._world.faults.hit("forbidden while a stranger crawls"):
            seconds = self._random.uniform(30, 300)
            self._soon(self._random.uniform(0, 60), lambda: self._leave(crawler, "AccessDeniedException", seconds))
        if self._world.faults.hit("upload at start"):
            self._soon(self._random.uniform(0, 4), lambda: self.upload(crawler.split("-")[0]))
        if self._world.faults.hit("stranger stops crawl"):
            self._soon(self._random.uniform(1, 60), lambda: self._world.glue.stranger_stops(crawler))

    def crawl_ended(self, crawler: str) -> None:
        if self._world.faults.hit("upload at end"):
            self._soon(self._random.uniform(0, 4), lambda: self.upload(crawler.split("-")[0]))
        if self._world.faults.hit("stranger after crawl"):
            self._soon(self._random.uniform(0, 20), lambda: self._world.glue.stranger_starts(crawler))

    def job_began(self, job: str, by: str) -> None:
        if self._world.faults.hit("upload at start"):
            self._soon(self._random.uniform(0, 4), lambda: self.upload(job.split("-")[0]))
        if self._world.faults.hit("stranger stops job"):
            self._soon(self._random.uniform(0, 60), lambda: self._world.jobs.stranger_stops(job))

    def job_ended(self, job: str) -> None:
        if self._world.faults.hit("upload at end"):
            self._soon(self._random.uniform(0, 4), lambda: self.upload(job.split("-")[0]))
        if self._world.faults.hit("stranger after job"):
            self._soon(self._random.uniform(0, 20), lambda: self._world.jobs.stranger_starts(job))

    def _soon(self, seconds: float, do: Callable[[], None]) -> None:
        self._world.scheduler.after(seconds, do)
