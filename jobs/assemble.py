"""`python -m jobs.assemble`: write the common part of jobs/common.py into every job between two crawls."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parent
MARK = "# The same in every job"


def assemble(job: str, common: str) -> str:
    """Return the job's text above its mark, followed by the common text from the mark on.

    Raises:
        ValueError: one of the texts does not have exactly one line that begins with the mark.

    """
    for text in (job, common):
        if f"\n{text}".count(f"\n{MARK}") != 1:
            raise ValueError(f"There must be one line that begins with {MARK!r}.")
    return job.partition(f"\n{MARK}")[0] + "".join(common.partition(f"\n{MARK}")[1:])


def main() -> None:
    """Write every job with an outdated common part, and print its name."""
    common = (FOLDER / "common.py").read_text()
    for path in sorted(FOLDER.glob("curate_*.py")):
        before = path.read_text()
        after = assemble(before, common)
        if after != before:
            path.write_text(after)
            sys.stdout.write(f"{path.name} has the common part again.\n")


if __name__ == "__main__":
    main()
