"""The two jars with which Spark reads and writes S3, taken out of a source package."""

import tarfile
import zipfile
from pathlib import Path

_CLIENT = "hadoop-aws-"
_SDK = "aws-java-sdk-bundle-"
_SERVICES = frozenset({"dynamodbv2", "kms", "s3", "securitytoken"})
"""What Hadoop's client links to. The SDK has 250 services: 192 MB whole, 12 MB with these."""


def take_out(package: Path, place: Path) -> None:
    """Put Hadoop's S3 client and the part of AWS's SDK that it needs into `place`."""
    place.mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as archive:
        for member in archive:
            name = Path(member.name).name
            source = archive.extractfile(member) if name.endswith(".jar") else None
            if source is None:
                continue
            if name.startswith(_CLIENT):
                (place / name).write_bytes(source.read())
            elif name.startswith(_SDK):
                with zipfile.ZipFile(source) as bundle:
                    _write_needed(bundle, place / name.replace(_SDK, "aws-java-sdk-s3-part-"))


def _write_needed(bundle: zipfile.ZipFile, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as part:
        for entry in bundle.infolist():
            if not entry.is_dir() and _is_needed(entry.filename.split("/")):
                part.writestr(entry, bundle.read(entry), zipfile.ZIP_DEFLATED)


def _is_needed(path: list[str]) -> bool:
    if path[:3] == ["com", "amazonaws", "services"] and len(path) > 4:
        return path[3] in _SERVICES
    return path[0] != "models" and path[:2] != ["META-INF", "maven"]
