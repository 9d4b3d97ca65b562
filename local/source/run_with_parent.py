"""Run a command that must not outlive this process's parent: `python -m local.source.run_with_parent SIGNAL COMMAND…`.

It ends the command, gently by the signal and then by force, on SIGTERM, SIGINT or SIGHUP, or when its input ends: that
happens when the process at the other end of the pipe ends, even if it is killed. With nothing to read (/dev/null is not
a pipe) it only waits. LANDFALL_GUARD_UID is the user that the command runs as, LANDFALL_GUARD_REMOVES a folder
that is removed with it.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

_PATIENCE_SECONDS = 10
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main() -> int:
    """The command's exit code, 0 when it was ended on purpose."""
    gentle, command = signal.Signals[sys.argv[1]], sys.argv[2:]
    # signals wake the wait below through this pipe, so none is missed
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    for sign in (*_ENDING, signal.SIGCHLD):
        signal.signal(sign, lambda *_: None)
    user = os.environ.get("LANDFALL_GUARD_UID")
    own = {"user": int(user), "group": int(user), "extra_groups": []} if user else {}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **own)  # type: ignore[call-overload]
    try:
        return _watch(process, gentle, [woken] if _is_nothing() else [woken, 0])
    finally:
        if folder := os.environ.get("LANDFALL_GUARD_REMOVES"):
            shutil.rmtree(folder, ignore_errors=True)


def _watch(process: subprocess.Popen[bytes], gentle: signal.Signals, watched: list[int]) -> int:
    woken = watched[0]
    while process.poll() is None:
        ready, _, _ = select.select(watched, [], [])
        is_left = 0 in ready and not os.read(0, 1024)
        if is_left or (woken in ready and set(os.read(woken, 1024)) & set(_ENDING)):
            return _end(process, gentle)
    return int(process.returncode)


def _is_nothing() -> bool:
    return os.fstat(0).st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116  # of a descriptor, too


def _end(process: subprocess.Popen[bytes], gentle: signal.Signals) -> int:
    process.send_signal(gentle)
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
