"""`python -m verification.fuzz`: many hostile inputs for every parser, as lines of a Markdown table."""

import argparse
import sys
from collections.abc import Mapping

from verification.fuzz.campaign import DefectError, Parser, feed, report


def main() -> int:
    """0 when every parser held; 1 with the input that broke one."""
    arguments = argparse.ArgumentParser(prog="python -m verification.fuzz", description=__doc__)
    arguments.add_argument("--of", choices=("functions", "engine", "jobs"), default="functions", help="whose parsers")
    arguments.add_argument("--inputs", type=int, default=100_000, help="for each parser")
    arguments.add_argument("--parser", default="", help="only this one")
    arguments.add_argument("--number", type=int, help="only this input, to see what breaks")
    chosen = arguments.parse_args()
    parsers = _parsers(chosen.of)
    try:
        if chosen.number is not None:
            feed(chosen.parser, parsers[chosen.parser], 1, chosen.number)
        else:
            broken = report(parsers, chosen.inputs, chosen.parser)
            sys.stderr.write("".join(f"{defect}\n" for defect in broken))
            return 1 if broken else 0
    except DefectError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parsers(find_check: str) -> Mapping[str, Parser]:
    """Each group can be loaded in its own environment only."""
    if find_check == "engine":
        from verification.fuzz import engine

        return engine.PARSERS
    if find_check == "jobs":
        from verification.fuzz import jobs

        return jobs.parsers()
    from verification.fuzz import parsers

    return parsers.PARSERS


if __name__ == "__main__":
    sys.exit(main())
