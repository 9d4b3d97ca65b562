"""`python -m tests.hostile`: many hostile inputs for every parser, as lines of a Markdown table."""

import argparse
import sys

from tests.hostile.campaign import DefectError, feed, report


def main() -> int:
    """0 when every parser held; 1 with the input that broke one."""
    arguments = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    arguments.add_argument("--of", choices=("functions", "engine"), default="functions", help="whose parsers")
    arguments.add_argument("--inputs", type=int, default=100_000, help="for each parser")
    arguments.add_argument("--parser", default="", help="only this one")
    arguments.add_argument("--number", type=int, help="only this input, to see what breaks")
    chosen = arguments.parse_args()
    if chosen.of == "engine":
        from tests.hostile.engine import PARSERS
    else:
        from tests.hostile.parsers import PARSERS
    try:
        if chosen.number is not None:
            feed(chosen.parser, PARSERS[chosen.parser], 1, chosen.number)
        else:
            broken = report(PARSERS, chosen.inputs, chosen.parser)
            sys.stderr.write("".join(f"{defect}\n" for defect in broken))
            return 1 if broken else 0
    except DefectError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
