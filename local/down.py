"""`make down`: end the local engine and everything in it, and the source beside it."""

from local import engine_process, sam_local
from local.place import Place
from local.source import beside


def main() -> int:
    """End the engine on the chosen port, if one of ours runs there."""
    place = Place.chosen()
    had_source = beside.stop(place)
    stopped = engine_process.stop(place)
    if sam_local.is_current(place):
        sam_local.forget_current()
    if had_source:
        print("PostgreSQL and its feeder have ended.")
    print(f"The engine on {place.endpoint} has ended." if stopped else f"No engine of ours runs on {place.endpoint}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
