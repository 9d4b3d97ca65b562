"""`make down`: end the local engine and everything in it, and its source."""

from local.sam import sam_local
from local.source import start_source
from local.stack import engine_process
from local.stack.stack import Stack


def main() -> int:
    """End the engine on the chosen port, if one of ours runs there."""
    stack = Stack.chosen()
    had_source = start_source.stop(stack)
    stopped = engine_process.stop(stack)
    if sam_local.is_current(stack):
        sam_local.forget_current()
    if had_source:
        print("PostgreSQL and its feeder have ended.")
    print(f"The engine on {stack.endpoint} has ended." if stopped else f"No engine of ours runs on {stack.endpoint}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
