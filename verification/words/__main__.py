"""`python -m verification.words`: exit code 1 and a line for each finding; part of `make lint`."""

import argparse
import sys
from pathlib import Path

from verification.words.check import check_files, files_below, table

COVERED = (
    "functions",
    "layers/landfall",
    "cli",
    "jobs",
    "benchmarks",
    "local/commands",
    "local/demo",
    "local/sam",
    "local/setup",
    "local/source",
    "local/spark",
    "local/stack",
)
_ROOT = Path(__file__).resolve().parents[2]
_GUIDE = "CONTRIBUTING.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m verification.words", description=__doc__)
    parser.add_argument("paths", nargs="*", default=COVERED, help=f"files or folders; otherwise {' '.join(COVERED)}")
    parser.add_argument("--table", action="store_true", help=f"print the list as the table of {_GUIDE}")
    arguments = parser.parse_args()
    if arguments.table:
        sys.stdout.write(table())
        return 0
    lines = [str(finding) for finding in check_files(files_below(arguments.paths, _ROOT), _ROOT)]
    if table() not in (_ROOT / _GUIDE).read_text():
        lines.append(f"{_GUIDE}: its table of words is not `python -m verification.words --table`")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
