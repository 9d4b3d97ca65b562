"""What is in ORC files, asked of a process that may crash: orc_worker.py."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_ROOT = Path(__file__).parents[2]
_FOOTER = 1024 * 1024
"""Bytes of a file's end that are enough for most footers."""

Described = dict[str, Any]
"""A type: `name`, `text`, and by its name `fields` (pairs), `element`, or `key` and `value`."""


class OrcError(ValueError):
    """A file that cannot be read as ORC; the message is one line."""


class Worker:
    """One process, started when it is first needed, and again after a crash. It ends with this one."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, wants: str, size: int, data: bytes) -> bytes:
        """The answer to a request about a file of `size` bytes, of which `data` is the end; OrcError."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            request = {"wants": wants, "size": size, "length": len(data)}
            try:
                return _asked(self._process, request, data)
            except OSError as error:
                self._process.kill()
                self._process.wait()
                raise OrcError("the file is broken: reading it ended the process that reads") from error


def _asked(process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 # for mypy: they are pipes
    assert process.stdout is not None  # noqa: S101  # likewise
    process.stdin.write(json.dumps(request).encode() + b"\n" + data)
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise OSError("the process is gone")
    head = json.loads(line)
    body = process.stdout.read(int(head["length"]))
    if len(body) < int(head["length"]):
        raise OSError("the process is gone")
    if head["error"]:
        raise OrcError(str(head["error"]))
    return body


_worker = Worker([sys.executable, "-m", "local.engine.orc_worker"])


def schema(body: BinaryIO, size: int) -> tuple[Described, int]:
    """The type of the rows and their number, from a file's footer; OrcError."""
    body.seek(max(0, size - _FOOTER))
    end = body.read()
    try:
        found = json.loads(_worker.ask("schema", size, end))
    except OrcError:
        if len(end) >= size:
            raise
        body.seek(0)
        found = json.loads(_worker.ask("schema", size, body.read()))
    return found["type"], int(found["rows"])


def rows(data: bytes) -> tuple[Described, Iterator[list[Any]]]:
    """The type of the rows, and a file's rows, structs and maps as lists of their members; OrcError."""
    lines = iter(_worker.ask("rows", len(data), data).splitlines())
    return json.loads(next(lines)), (json.loads(line) for line in lines)
