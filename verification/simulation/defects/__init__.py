"""Seeded defects: each breaks one rule in memory. A simulation that does not find them proves nothing."""

from verification.simulation.defects import delivery, endings, incidents, jobs, named, quoted_csv, run_start, uploads
from verification.simulation.defects.seeding import DEFECTS, seeded

__all__ = [
    "DEFECTS", "delivery", "endings", "incidents", "jobs", "named", "quoted_csv", "run_start", "seeded", "uploads",
]  # fmt: skip
