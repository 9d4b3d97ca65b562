"""`make down`: end the local engine and everything in it."""

from local import engine_process
from local.place import Place


def main() -> int:
    """End the engine on the chosen port, if one of ours runs there."""
    place = Place.chosen()
    stopped = engine_process.stop(place)
    print(f"The engine on {place.endpoint} has ended." if stopped else f"No engine of ours runs on {place.endpoint}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
