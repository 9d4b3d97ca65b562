"""The parts of a function put together, on first use; importing this opens nothing and reads nothing."""

import os
import time
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools import Logger

from landfall import announcements, aws
from landfall.clients import Clients
from landfall.jobs import Jobs
from landfall.metrics import Metrics
from landfall.registry import Registry
from landfall.rules.change import Timing
from landfall.runner import Runner
from landfall.settings import Settings
from landfall.store import Store


@dataclass(frozen=True, slots=True)
class Application:
    """What a handler works with."""

    registry: Registry
    runner: Runner
    glue: aws.Glue
    jobs: Jobs
    athena: aws.Athena
    timing: Timing
    log: Logger
    metrics: Metrics

    def serving(self, context: object) -> "Application":
        """The same, its log lines carrying the request id of this invocation."""
        self.log.append_keys(request_id=getattr(context, "aws_request_id", None))
        return self


@cache
def application() -> Application:
    """The application of this execution environment."""
    settings = Settings.read(os.environ)
    clients = Clients()
    log = Logger()  # its service and level are POWERTOOLS_* variables of the template
    glue, jobs, athena = aws.Glue(clients), Jobs(clients), aws.Athena(clients, settings.workgroup)
    timing = Timing(settings.margin_seconds, settings.lease_seconds, settings.reminder_seconds)
    metrics = Metrics(settings.stage, time.time)
    runner = Runner(
        store=Store(clients, settings.state_table, settings.run_history_days),
        glue=glue,
        jobs=jobs,
        athena=athena,
        bus=aws.Bus(clients, settings.bus, announcements.SOURCE),
        hints=aws.Hints(clients, settings.crawler_state_queue_url, settings.hint_delay_seconds),
        timing=timing,
        hint_limit=settings.hint_limit,
        clock=time.time,
        log=log,
        metrics=metrics,
    )
    registry = Registry(lambda: aws.parameters(clients, settings.definitions_path), time.time)
    return Application(registry, runner, glue, jobs, athena, timing, log, metrics)
