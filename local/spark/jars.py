"""The two jars with which Spark reads and writes S3, taken out of a package."""

import shutil
import zipfile
from pathlib import Path

_CLIENT = "hadoop-aws-"
_SDK = "aws-java-sdk-bundle-"
_SERVICES = frozenset({"dynamodbv2", "kms", "s3", "securitytoken"})
"""What Hadoop's client links to. The SDK has 250 services: 192 MB whole, 12 MB with these."""


def take_out(package: Path, folder: Path) -> None:
    """Put Hadoop's S3 client and the part of AWS's SDK that it needs into a folder; `package` is the installed one."""
    folder.mkdir(parents=True, exist_ok=True)
    for jar in package.rglob("*.jar"):
        if jar.name.startswith(_CLIENT):
            shutil.copyfile(jar, folder / jar.name)
        elif jar.name.startswith(_SDK):
            with zipfile.ZipFile(jar) as bundle:
                _write_needed(bundle, folder / jar.name.replace(_SDK, "aws-java-sdk-s3-part-"))


def _write_needed(bundle: zipfile.ZipFile, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as part:
        for entry in bundle.infolist():
            if not entry.is_dir() and _is_needed(entry.filename.split("/")):
                part.writestr(entry, bundle.read(entry), zipfile.ZIP_DEFLATED)


def _is_needed(path: list[str]) -> bool:
    if path[:3] == ["com", "amazonaws", "services"] and len(path) > 4:
        return path[3] in _SERVICES
    return path[0] != "models" and path[:2] != ["META-INF", "maven"]
