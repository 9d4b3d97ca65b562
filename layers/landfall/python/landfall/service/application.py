"""Assemble the parts of a function on first use: importing this module has no side effects."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from landfall.adapters.athena import Athena
from landfall.adapters.clients import Clients
from landfall.adapters.data_files import DataFiles
from landfall.adapters.definition_registry import DefinitionRegistry
from landfall.adapters.event_bus import EventBus, RecheckQueue
from landfall.adapters.glue import Glue
from landfall.adapters.glue_jobs import GlueJobs
from landfall.adapters.metrics import Metrics
from landfall.adapters.parameters import read_parameters
from landfall.adapters.state_table import StateTable
from landfall.model import announcements
from landfall.rules.transition import Timing
from landfall.service.observe import Observer
from landfall.service.settings import Settings
from landfall.service.transitions import Transitions


@dataclass(frozen=True, slots=True)
class Application:
    """The parts that a handler uses."""

    registry: DefinitionRegistry
    transitions: Transitions
    observe: Observer
    log: Logger
    metrics: Metrics

    def bind_request(self, context: object) -> "Application":
        """Add the request id of this invocation to all log lines; return the application."""
        self.log.append_keys(request_id=getattr(context, "aws_request_id", None))
        return self


@cache
def application() -> Application:
    """The application of this execution environment, assembled on first use."""
    settings = Settings.read(os.environ)
    log = Logger()  # its service and level are POWERTOOLS_* variables of the template
    return assemble(settings, Clients(), log, Metrics(settings.stage, time.time), time.time)


def assemble(
    settings: Settings, clients: Clients, log: Any, metrics: Metrics, clock: Callable[[], float]
) -> Application:
    """Assemble the application with these clients; `log` is a Logger or a substitute."""
    glue, jobs, athena = Glue(clients), GlueJobs(clients), Athena(clients, settings.workgroup)
    timing = Timing(settings.clock_skew_seconds, settings.lease_seconds, settings.reminder_seconds)
    transitions = Transitions(
        state_table=StateTable(clients, settings.state_table, settings.run_history_days),
        glue=glue,
        jobs=jobs,
        athena=athena,
        bus=EventBus(clients, settings.bus, announcements.SOURCE),
        recheck_queue=RecheckQueue(clients, settings.crawler_state_queue_url, settings.recheck_delay_seconds),
        timing=timing,
        recheck_limit=settings.recheck_limit,
        clock=clock,
        log=log,
        metrics=metrics,
    )
    registry = DefinitionRegistry(lambda: read_parameters(clients, settings.definitions_path), clock)
    observer = Observer(glue, jobs, athena, DataFiles(clients, log), timing)
    return Application(registry, transitions, observer, log, metrics)
