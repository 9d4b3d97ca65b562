"""`make invoke-here`: a function with a recorded event in this very process, on the local engine; no container.

Faster, with `breakpoint()` as usual; but not Lambda's Python, SDK, memory or timeout.
"""

import argparse
import importlib
import json
import os
import sys
import traceback

from local import sam_local
from local.clients import Clients
from local.invoke import COULD_NOT_BE_TRIED, NotReadyError, check_deployed
from local.place import ROOT, Place
from local.present import brought_to_now
from local.recordings import Recording, UnknownRecordingError


def main() -> int:
    """Invoke; 0 answered, 1 raised, 3 could not be tried."""
    parser = argparse.ArgumentParser(prog="make invoke-here")
    parser.add_argument("function", help="a folder of functions/, such as on_upload")
    parser.add_argument("event", help="a file of events/")
    chosen, place = parser.parse_args(), Place.chosen()
    try:
        recording = Recording.chosen(chosen.function, chosen.event)
        check_deployed(place, recording)
        event = brought_to_now(recording.as_recorded(), Clients(place))
    except (UnknownRecordingError, NotReadyError) as error:
        print(error, file=sys.stderr)
        return COULD_NOT_BE_TRIED
    _become_function(place, recording)
    try:
        answer = importlib.import_module(f"functions.{recording.folder}.app").handler(event, None)
    except Exception:
        traceback.print_exc()
        return 1
    print(json.dumps(answer, ensure_ascii=False))
    return 0


def _become_function(place: Place, recording: Recording) -> None:
    """Take on the function's environment, and nobody's account."""
    clients = Clients(place)
    sam_local.write_settings(place, clients)
    variables = sam_local.variables(place, clients, "127.0.0.1")[recording.logical_id]
    environment = place.environment() | variables
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "landfall" / "python")]


if __name__ == "__main__":
    raise SystemExit(main())
