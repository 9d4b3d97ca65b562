"""Glue's jobs, as MiniStack keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import glue
from ministack.services.cloudformation import provisioners

from local.engine.ministack_adapter.answers import Response

_MEMBERS = (
    "ExecutionClass",
    "ExecutionProperty",
    "JobMode",
    "JobRunQueuingEnabled",
    "LogUri",
    "MaintenanceWindow",
    "NotificationProperty",
)
"""What a job's definition has and MiniStack 1.5.33 drops, from a stack as from CreateJob and UpdateJob."""


def job(name: str) -> dict[str, Any] | None:
    """A job's definition."""
    found: dict[str, Any] | None = glue._jobs.get(name)
    return found


def jobs() -> list[dict[str, Any]]:
    """The definitions of all jobs."""
    return list(glue._jobs.values())


def keep_all_of_jobs() -> None:
    """Keep what MiniStack drops of a job's definition, its tags among it, and give Timeout Glue's own defaults."""
    create, update, fields = glue._create_job, glue._update_job, provisioners._glue_job_fields

    def create_all(data: dict[str, Any]) -> Response:
        response: Response = create(data)
        if response[0] < 300:
            definition = glue._jobs[data["Name"]]
            _keep(definition, data)
            if not data.get("Timeout"):
                definition["Timeout"] = default_timeout(definition)
            if data.get("Tags"):
                glue._tags[glue._arn("job", data["Name"])] = dict(data["Tags"])
        return response

    def update_all(data: dict[str, Any]) -> Response:
        response: Response = update(data)
        if response[0] < 300:
            _keep(glue._jobs[data["JobName"]], data.get("JobUpdate") or {})
        return response

    def all_fields(properties: Mapping[str, Any]) -> dict[str, Any]:
        known: dict[str, Any] = fields(properties)
        return known | {name: properties[name] for name in _MEMBERS if name in properties}

    glue._create_job, glue._update_job, provisioners._glue_job_fields = create_all, update_all, all_fields


def _keep(definition: dict[str, Any], given: Mapping[str, Any]) -> None:
    definition.update({name: given[name] for name in _MEMBERS if name in given})


def default_timeout(definition: Mapping[str, Any]) -> int | None:
    """Minutes after which a run of a job without a Timeout ends; a streaming job of Glue before 5.0 has no end.

    Source: the Glue guide, "Defining job properties"; older texts say that no streaming job has one.
    """
    if _version(definition) >= 5:
        return 480
    return None if (definition.get("Command") or {}).get("Name") == "gluestreaming" else 2880


def _version(definition: Mapping[str, Any]) -> float:
    try:
        return float(definition["GlueVersion"])
    except ValueError:
        return 0.0


def on_job_deleted(tell: Callable[[str], None]) -> None:
    """Hear of every deleted job, by the API or with its stack."""
    original = glue._delete_job

    def delete(data: dict[str, Any]) -> Response:
        response: Response = original(data)
        tell(str(data.get("JobName")))
        return response

    glue._delete_job = delete
