"""What an invocation by `sam local` came to: its log lines made readable, and a verdict that SAM's exit code lacks.

SAM exits with 0 although the function raised, timed out or was killed; only its output shows it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

Ending = Literal["answered", "raised", "no answer"]
EXIT_CODES: dict[Ending, int] = {"answered": 0, "raised": 1, "no answer": 2}

_TIMED_OUT = re.compile(r"^Function '.*' timed out after (\d+) seconds$")
_DURATION = re.compile(r"^REPORT .*\tDuration: ([\d.]+) ms")
# SAM's own talk and the runtime's; the function's output is what remains.
_TALK = re.compile(
    r"^(Invoking app\.|\S+ is a local Layer|Local image |Building image|Requested to skip|Using local image|"
    r"Mounting |SAM_CONTAINER_ID|START |END |REPORT |Removing rapid images|No response from invoke container|"
    r"Decompressing |Image was not found|Pulling |Skip pulling|\.+$|\d\d \w{3} \d{4} [\d:,]+ \[\w+\] \(rapid\))"
)
_OWN_FIELDS = {"level", "location", "message", "timestamp", "service", "exception", "exception_name", "stack_trace"}
_ID_FIELDS = {"request_id", "requestId", "xray_trace_id", "logger"}
_PROCESS_ENDED = ("Runtime.ExitError", "Sandbox.")


@dataclass(frozen=True, slots=True)
class Invocation:
    """How one invocation ended; `answer` is what the function returned, or the error that it raised."""

    ending: Ending
    answer: Any
    reason: str
    milliseconds: float | None

    @classmethod
    def read(cls, output: str, log: str) -> "Invocation":
        """Read SAM's standard output and standard error."""
        lines = log.splitlines()
        durations = [float(found[1]) for line in lines if (found := _DURATION.match(line))]
        milliseconds = durations[-1] if durations else None
        for line in lines:
            if found := _TIMED_OUT.match(line):
                return cls("no answer", None, f"timed out after {found[1]} s", milliseconds)
        if not output.strip():
            return cls("no answer", None, "gave no answer", milliseconds)
        try:
            answer = json.loads(output)
        except ValueError:
            return cls("answered", output, "", milliseconds)
        if not (isinstance(answer, dict) and {"errorMessage", "errorType"} <= answer.keys()):
            return cls("answered", answer, "", milliseconds)
        if str(answer["errorType"]).startswith(_PROCESS_ENDED):
            return cls("no answer", None, f"died: {answer['errorMessage'].rpartition('Error: ')[2]}", milliseconds)
        return cls("raised", answer, f"raised {answer['errorType']}", milliseconds)

    @property
    def exit_code(self) -> int:
        """0: the function answered, 1: it raised, 2: it gave no answer in time, or died."""
        return EXIT_CODES[self.ending]

    @property
    def handed_back(self) -> list[str]:
        """The messages that the queue would deliver again."""
        failures = self.answer.get("batchItemFailures", []) if isinstance(self.answer, dict) else []
        return [failure["itemIdentifier"] for failure in failures]

    @property
    def traceback(self) -> str:
        """The error and where it was raised, as Python shows it."""
        if self.ending != "raised":
            return ""
        frames = "".join(self.answer.get("stackTrace", []))
        return f"Traceback (most recent call last):\n{frames}{self.answer['errorType']}: {self.answer['errorMessage']}"


def readable(line: str) -> str | None:
    """A line of SAM's standard error in readable form; None if it is not about the function."""
    if _TALK.match(line) or not line.strip():
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return line.rstrip()
    if isinstance(entry, dict) and "_aws" in entry:
        return _metrics(entry)
    if not isinstance(entry, dict) or "level" not in entry:
        return line.rstrip()
    if "errorType" in entry or (str(entry.get("logger", "")).startswith("botocore") and entry["level"] == "INFO"):
        return None  # the error follows as the verdict
    return _shown(entry)


def _metrics(entry: dict[str, Any]) -> str:
    """A line of CloudWatch's embedded metric format: dimensions, then values."""
    facts = " ".join(f"{name}={value}" for name, value in entry.items() if name != "_aws")
    return f"{'':8} METRIC {facts}"


def _shown(entry: dict[str, Any]) -> str:
    fields = {name: value for name, value in entry.items() if name not in _OWN_FIELDS | _ID_FIELDS}
    facts = " ".join(f"{name}={value}" for name, value in fields.items())
    time = re.search(r"\d\d:\d\d:\d\d", str(entry.get("timestamp", "")))
    line = f"{time[0] if time else '':8} {entry['level']:<5} {entry.get('message', '')}  {facts}".rstrip()
    exception = str(entry.get("exception", ""))
    return "\n".join([line, *(f"           {part}" for part in exception.splitlines())])
