"""A deterministic simulation of the application: see docs/reliability.md."""

import sys
from pathlib import Path

# `python -m verification.simulation` has no pytest to find the shared package for it.
_LAYER = str(Path(__file__).resolve().parents[2] / "layers/landfall/python")
if _LAYER not in sys.path:
    sys.path.insert(0, _LAYER)
