"""What the templates use of AWS's service authorization reference; lock.py writes it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "services.json"


@cache
def service(prefix: str) -> dict[str, Any] | None:
    """A service by the prefix of its actions: `actions`, and `resources` with ARNs; None if it is not kept."""
    found: dict[str, Any] | None = json.loads(FILE.read_text())["services"].get(prefix)
    return found
