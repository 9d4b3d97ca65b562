"""`python -m jobs.assemble`: give every job between two crawls the common part of jobs/common.py, below its mark."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
MARK = "# The same in every job"


def assemble(job: str, common: str) -> str:
    """The job's text down to its mark, and from there on the common text.

    Raises:
        ValueError: one of them has no line that begins with the mark, or more than one.

    """
    for text in (job, common):
        if f"\n{text}".count(f"\n{MARK}") != 1:
            raise ValueError(f"There must be one line that begins with {MARK!r}.")
    return job.partition(f"\n{MARK}")[0] + "".join(common.partition(f"\n{MARK}")[1:])


def main() -> None:
    """Write every job whose common part is another; says which."""
    common = (FOLDER / "common.py").read_text()
    for path in sorted(FOLDER.glob("curate_*.py")):
        before = path.read_text()
        after = assemble(before, common)
        if after != before:
            path.write_text(after)
            sys.stdout.write(f"{path.name} has the common part again.\n")


if __name__ == "__main__":
    main()
