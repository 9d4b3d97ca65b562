"""`make invoke-in-process`: a function with a recorded event in this very process, on the local engine; no container.

Faster, with `breakpoint()` as usual; but not Lambda's Python, SDK, memory or timeout.
"""

import argparse
import importlib
import json
import os
import sys
import traceback

from local.commands.invoke import COULD_NOT_BE_TRIED, NotReadyError, check_deployed
from local.sam import sam_local
from local.sam.recordings import Recording, UnknownRecordingError
from local.sam.retimed_events import brought_to_now
from local.stack.clients import Clients
from local.stack.stack import ROOT, Stack


def main() -> int:
    """Invoke; 0 answered, 1 raised, 3 could not be tried."""
    parser = argparse.ArgumentParser(prog="make invoke-in-process")
    parser.add_argument("function", help="a folder of functions/, such as on_upload")
    parser.add_argument("event", help="a file of events/")
    chosen, stack = parser.parse_args(), Stack.chosen()
    try:
        recording = Recording.chosen(chosen.function, chosen.event)
        check_deployed(stack, recording)
        event = brought_to_now(recording.as_recorded(), Clients(stack))
    except (UnknownRecordingError, NotReadyError) as error:
        print(error, file=sys.stderr)
        return COULD_NOT_BE_TRIED
    _become_function(stack, recording)
    try:
        answer = importlib.import_module(f"functions.{recording.folder}.app").handler(event, None)
    except Exception:
        traceback.print_exc()
        return 1
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _become_function(stack: Stack, recording: Recording) -> None:
    """Take on the function's environment, and nobody's account."""
    clients = Clients(stack)
    sam_local.write_settings(stack, clients)
    variables = sam_local.variables(stack, clients, "127.0.0.1")[recording.logical_id]
    environment = stack.environment() | variables
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "landfall" / "python")]


if __name__ == "__main__":
    raise SystemExit(main())
