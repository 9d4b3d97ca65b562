"""`make down`: end the local engine and everything in it."""

from local import engine_process, sam_local
from local.place import Place


def main() -> int:
    """End the engine on the chosen port, if one of ours runs there."""
    place = Place.chosen()
    stopped = engine_process.stop(place)
    if sam_local.is_current(place):
        sam_local.forget_current()
    print(f"The engine on {place.endpoint} has ended." if stopped else f"No engine of ours runs on {place.endpoint}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
