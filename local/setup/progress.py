"""How far the making of an environment is: one line that is kept up to date on a terminal, two lines elsewhere."""

import sys
import threading
import time
from pathlib import Path

_WIDTH = 78
_TAIL = 15


class Progress:
    """Shows stages while an environment is made; nothing if there is nothing to make."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stage = ""
        self._began: float | None = None
        self._is_terminal = sys.stdout.isatty()

    def begin(self, what: str) -> None:
        """Something is to be made; the time counts from the first such call."""
        if self._began is not None:
            self.show(what)
            return
        self._began = time.monotonic()
        self.show(what)
        if self._is_terminal:
            threading.Thread(target=self._tick, daemon=True).start()
        else:
            print(f"{self._name} environment: {what}, once …", flush=True)

    def show(self, stage: str) -> None:
        """The stage that begins now."""
        self._stage = stage
        if self._is_terminal:
            line = f"{self._name} environment: {stage}, {self._seconds():.0f} s …"
            print(f"\r{line[:_WIDTH]:<{_WIDTH}}", end="", flush=True)

    def note(self, text: str) -> None:
        """A line that stays."""
        line = f"{self._name} environment: {text}"
        print(f"\r{line:<{_WIDTH}}" if self._is_terminal else line, flush=True)

    def finish(self, ending: str = "") -> None:
        """It is ready, or what else came of it."""
        if self._began is not None:
            self._stage = ""
            self.note(ending or f"ready after {self._seconds():.0f} s")

    def fail(self, reason: str, log: Path) -> None:
        """Show the end of the log, then in one line why, and where the rest is."""
        self._stage = ""
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        sys.stderr.write("\n" + "\n".join(lines[-_TAIL:]) + "\n\n")
        sys.stderr.write(f"The {self._name} environment could not be installed. {reason} (all of it: {log})\n")

    def _seconds(self) -> float:
        return time.monotonic() - self._began if self._began is not None else 0.0

    def _tick(self) -> None:
        """Some packages take half a minute, and the installers are silent meanwhile."""
        while self._stage:
            time.sleep(1)
            if self._stage:
                self.show(self._stage)
