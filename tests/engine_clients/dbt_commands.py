"""Runs dbt's commands one after the other in one process; runs in dbt's own environment.

`python dbt_commands.py '[["build"], ["docs", "generate"]]' RESULTS` leaves what became of each node in the file: a list
for each command of the node's id, its status and its message.
"""

import json
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner


def main(commands: list[list[str]], results: Path) -> None:
    """Run them all, whatever becomes of each."""
    outcomes = []
    for words in commands:
        done = dbtRunner().invoke(words)
        nodes = getattr(done.result, "results", None) or []
        # the entries of a catalog have no status
        found = [
            [node.node.unique_id, str(node.status), str(node.message)] for node in nodes if hasattr(node, "status")
        ]
        outcomes.append({"success": done.success, "error": str(done.exception or ""), "nodes": found})
    results.write_text(json.dumps(outcomes))


# dbt starts processes that import this file again
if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
