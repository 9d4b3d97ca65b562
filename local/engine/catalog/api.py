"""All of Glue's operations that this package answers."""

from __future__ import annotations

from collections.abc import Mapping

from local.engine import ministack_adapter, service_model
from local.engine.catalog import databases, indexes, others, partitions, plan, search, tables, versions


def actions() -> Mapping[str, ministack_adapter.Handler]:
    """Operation to handler; what the model does not allow is refused before."""
    parts = (databases, tables, versions, partitions, indexes, search, others, plan)
    return service_model.checked("glue", {name: own for part in parts for name, own in part.actions().items()})
