"""`python -m verification.template_rules.written FOLDER`: the templates as CloudFormation gets them, with no merges."""

import json
import shutil
import sys
from pathlib import Path

from verification.template_rules.application import sources, transformed


def main(folder: Path) -> None:
    """Write a JSON file for each template, and nothing else into the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, template in sources().items():
        (folder / Path(file).with_suffix(".json").name).write_text(json.dumps(transformed(template), indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
