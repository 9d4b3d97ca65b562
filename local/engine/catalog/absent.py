"""Operations that AWS has and the engine has not: empty lists of what cannot be made here, refusals for the rest."""

from __future__ import annotations

import re
from typing import Any

from local.engine import service_model
from local.engine.catalog.names import NOT_FOUND
from local.engine.errors import ApiError

_NOT_HERE = re.compile(
    r"Blueprint|DevEndpoint|MLT(?:ransform|ask)|Registr(?:y|ies)|Schema|Session|Statement|DataQuality"
    r"|CustomEntityType|UsageProfile|ColumnStatisticsTask|TableOptimizer|Integration|Glossar|Asset|FormType|Iterable"
    r"|JobBookmark|MaterializedView|IdentityCenter|ResourcePolicies|Catalogs|Notebook|Calculation|CapacityReservation|Executor"
)
"""Kinds of things that no operation of the engine makes: all lists of them are empty, and none has any name."""
_READS = re.compile(r"(?:List|Get|BatchGet|Describe|Search|Query)[A-Z]")
_ENDS = re.compile(r"(?:Delete|Cancel|Stop|Terminate|Update)[A-Z]")
_PAGING = {"NextToken", "Marker"}


def answer(service: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer to an operation that neither we nor MiniStack know, or the refusal."""
    model = service_model.operation(service, name)
    if model is None:
        raise ApiError("UnknownOperationException", f"{name} is no operation of {service}")
    if _NOT_HERE.search(name):
        service_model.check(service, name, request)
        # a resource that a request must name does not exist here
        needs_one = bool(model.input_shape and model.input_shape.required_members)
        if _READS.match(name) and not needs_one:
            found = _empty(model)
            if found is not None:
                return found
        if _READS.match(name) or _ENDS.match(name):
            codes = [shape.error_code or shape.name for shape in model.error_shapes]
            code = next((code for code in (NOT_FOUND, "ResourceNotFoundException") if code in codes), None)
            if code is not None:
                raise ApiError(code, "Entity not found")
    code = {"glue": "OperationNotSupportedException", "athena": "InvalidRequestException"}[service]
    raise ApiError(code, f"NOT_SUPPORTED: the local engine does not know {service}'s operation {name}")


def _empty(model: Any) -> dict[str, Any] | None:
    """The empty list that the operation would give; None if it gives something else."""
    members = model.output_shape.members if model.output_shape else {}
    lists = [name for name, shape in members.items() if shape.type_name == "list"]
    if len(lists) == 1 and set(members) - set(lists) <= _PAGING:
        return {lists[0]: []}
    return None
