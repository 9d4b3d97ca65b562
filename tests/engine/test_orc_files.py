"""The process that reads ORC for the engine: what a file does to it is the file's own trouble."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from local.engine import orc_files
from local.engine.orc_files import OrcError, Worker
from verification.examples.orc_and_packed import orc

_CRASHES = {
    "before an answer": "import sys; sys.stdin.readline()",
    "within an answer": 'import sys; sys.stdin.readline(); print(\'{"length": 9, "error": ""}\')',
    "at its start": "raise SystemExit(1)",
}


@pytest.mark.parametrize("crash", _CRASHES)
def test_a_crash_of_the_process_is_an_error_of_the_file(crash: str) -> None:
    worker = Worker([sys.executable, "-c", _CRASHES[crash]])

    for _ in range(2):
        with pytest.raises(OrcError, match="reading it ended the process that reads"):
            worker.ask("rows", 4, b"ORC!")


def test_the_file_after_one_that_crashed_the_process_is_read(tmp_path: Path) -> None:
    crashes_once = f"""
import pathlib, runpy, sys
once = pathlib.Path({str(tmp_path / "once")!r})
if once.exists():
    runpy.run_module("local.engine.orc_worker", run_name="__main__")
once.touch()
sys.stdin.readline()
"""
    worker = Worker([sys.executable, "-c", crashes_once])
    body = orc("struct<a:int>", {"a": 1})
    with pytest.raises(OrcError, match="reading it ended the process that reads"):
        worker.ask("rows", len(body), body)

    assert worker.ask("rows", len(body), body).splitlines()[1:] == [b"[1]"]


def test_a_footer_that_is_larger_than_what_is_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    body = orc("struct<a:int,b:string>", {"a": 1, "b": "x"}, {"a": 2, "b": "y"})
    monkeypatch.setattr(orc_files, "_FOOTER", 30)

    kind, count = orc_files.schema(io.BytesIO(body), len(body))

    assert (kind["text"], count) == ("struct<a:int,b:string>", 2)
