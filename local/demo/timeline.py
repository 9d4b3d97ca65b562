"""What happened during a run, line by line as it happens: when, how long after the step before, who, what."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console

Detail = Mapping[str, Any]
_COLOURS = {"S3": "cyan", "Landfall": "bold", "Glue": "yellow", "Athena": "magenta", "Source": "green", "Chaos": "red"}


class Timeline:
    """Prints events with their times, counted from the first one. `sql_of` returns the SQL of a query by its id."""

    def __init__(self, console: Console, sql_of: Callable[[str], str]) -> None:
        self._console, self._sql_of = console, sql_of
        self._started = self._last = 0.0

    def add(self, who: str, what: str, more: str = "") -> None:
        """One line, with the time since the start and since the line before."""
        now = time.monotonic()
        if not self._started:
            self._started = self._last = now
            self._console.print("    clock   after    step")
        since, step = now - self._started, now - self._last
        self._last = now
        clock = datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005  # the wall clock of who looks
        more = f" [dim]({more})[/dim]" if more else ""
        name = f"[{_COLOURS[who]}]{who:<9}[/{_COLOURS[who]}]"
        self._console.print(f" {clock} {since:6.1f} s {step:6.1f} s  {name} {what}{more}", soft_wrap=True)

    def add_event(self, event: Mapping[str, Any]) -> None:
        """The line for an event of AWS or of Landfall; kinds that we do not know are left out."""
        kind, detail = event["detail-type"], event["detail"]
        if kind in _LINES:
            self.add(*_LINES[kind](detail))
        elif kind == "Athena Query State Change" and detail["currentState"] != "QUEUED":
            self.add("Athena", f"check {detail['currentState'].lower()}", self._sql_of(detail["queryExecutionId"]))


def _run_started(detail: Detail) -> tuple[str, str, str]:
    return "Landfall", f"run of the pipeline {detail['pipeline']} started", f"{detail['uploads']['count']} upload(s)"


def _dataset_ready(detail: Detail) -> tuple[str, str, str]:
    tables = ", ".join(f"{table['database']}.{table['table']}" for table in detail["tables"])
    return "Landfall", f"dataset ready: {tables}", f"uploads until {detail['coveredUntil'][11:19]} UTC"


def _run_failed(detail: Detail) -> tuple[str, str, str]:
    return "Landfall", f"run failed at {detail['step']}: {detail['cause']}", detail["kind"]


def _crawler(detail: Detail) -> tuple[str, str, str]:
    more = ""
    if detail["state"] == "Succeeded":
        more = f"{detail['tablesCreated']} table(s) created, {detail['tablesUpdated']} updated"
    elif detail["state"] == "Failed":
        more = detail["errorMessage"]
    return "Glue", f"crawler {detail['crawlerName']} {detail['state'].lower()}", more


def _job(detail: Detail) -> tuple[str, str, str]:
    # Glue leads with the names of job and run, which take two lines
    more = detail["message"].rpartition("with exception ")[2] if detail["state"] != "SUCCEEDED" else ""
    return "Glue", f"job {detail['jobName']} {detail['state'].lower()}", more


def _incident_opened(detail: Detail) -> tuple[str, str, str]:
    return "Landfall", f"incident opened: {detail['pipeline']}, {detail['kind']}", detail["cause"]


def _incident_resolved(detail: Detail) -> tuple[str, str, str]:
    return "Landfall", f"incident resolved: {detail['pipeline']}, {detail['kind']}", ""


_LINES: dict[str, Callable[[Detail], tuple[str, str, str]]] = {
    "Run Started": _run_started,
    "Dataset Ready": _dataset_ready,
    "Run Failed": _run_failed,
    "Incident Opened": _incident_opened,
    "Incident Resolved": _incident_resolved,
    "Glue Crawler State Change": _crawler,
    "Glue Job State Change": _job,
}
