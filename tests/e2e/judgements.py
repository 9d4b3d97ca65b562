"""What the engine has judged, denied and left unjudged."""

import json
import urllib.request
from typing import Any

from local.stack.stack import Stack


def judgements(stack: Stack) -> dict[str, Any]:
    """The engine's report: docs/local-engine.md, IAM."""
    with urllib.request.urlopen(f"{stack.endpoint}/_landfall/iam", timeout=5) as answer:  # noqa: S310  # ours
        found: dict[str, Any] = json.loads(answer.read())
    return found
