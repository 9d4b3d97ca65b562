"""Seeded defects: each breaks one rule in memory. A simulation that does not find them proves nothing."""

from verification.simulation.defects import arrivals, delivery, endings, incidents, jobs, named, starts
from verification.simulation.defects.registry import DEFECTS, seeded

__all__ = ["DEFECTS", "arrivals", "delivery", "endings", "incidents", "jobs", "named", "seeded", "starts"]
