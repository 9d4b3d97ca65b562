"""What a job's arguments bring along from S3: Python files, jars, other files, Spark's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.engine import ministack_adapter
from local.engine.errors import JobError
from local.engine.iam import acting
from local.engine.iam.watch import DeniedError
from local.engine.ministack_adapter import Principal


@dataclass
class Libraries:
    """Where they lie now."""

    python_path: list[Path] = field(default_factory=list)
    jars: list[Path] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


def fetch(location: str, folder: Path, role: Principal | None) -> Path:
    """Copy an object into a folder. Raises JobError if there is none, or the job's role may not read it."""
    parts = urlsplit(location)
    key = location.partition(f"{parts.netloc}/")[2]
    body = None
    if parts.scheme in ("s3", "s3a", "s3n") and ministack_adapter.bucket_exists(parts.netloc):
        try:
            with acting.in_name_of(role):
                body = ministack_adapter.read_object(parts.netloc, key)
        except DeniedError as denied:
            raise JobError(
                f"LAUNCH ERROR | Error downloading from S3 for bucket: {parts.netloc}, key: {key}. Access Denied "
                f"(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied): {denied}"
            ) from denied
    if body is None or not key:
        raise JobError(f"LAUNCH ERROR | {location or 'The script location'} does not exist.")
    path = folder / key.rpartition("/")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def fetch_libraries(arguments: Mapping[str, str], folder: Path, work: Path, role: Principal | None) -> Libraries:
    """Fetch what `--extra-py-files`, `--extra-jars` and `--extra-files` name; read `--conf`."""
    found = Libraries(properties=_conf(arguments.get("--conf", "")))
    for location in _listed(arguments, "--extra-py-files"):
        path = fetch(location, folder / "python", role)
        found.python_path.append(path.parent if path.suffix == ".py" else path)
    found.jars = [fetch(location, folder / "jars", role) for location in _listed(arguments, "--extra-jars")]
    for location in _listed(arguments, "--extra-files"):
        fetch(location, work, role)
    return found


def _listed(arguments: Mapping[str, str], name: str) -> list[str]:
    return [location.strip() for location in arguments.get(name, "").split(",") if location.strip()]


def _conf(text: str) -> dict[str, str]:
    """Several settings are written as `a=b --conf c=d`, since an argument can be given only once."""
    pairs = (part.strip().partition("=") for part in text.split("--conf"))
    return {name: value for name, _, value in pairs if name and value}
