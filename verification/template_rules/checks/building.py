"""`sam build` needs no Python of the runtime, and whatever packs the source unbuilt fails."""

import re
from collections.abc import Iterator
from pathlib import Path

from local.stack.stack import ROOT
from verification.template_rules.application import Application, Stack
from verification.template_rules.checks.finding import Finding

_BUILT = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_BARRIER = ".aws-sam"
"""`sam build` passes over files of this name; a link to nothing under it cannot be packed (decision 17)."""


def any_python_builds(application: Application) -> Iterator[Finding]:
    """By Makefiles: SAM's own builders ask for the runtime's Python on the machine that builds."""
    for stack, name, folder, metadata in _artifacts(application):
        has_requirements = (folder / "requirements.txt").exists()
        is_function = stack.written["Resources"][name]["Type"] == "AWS::Serverless::Function"
        if metadata.get("BuildMethod") != "makefile":
            if is_function or has_requirements or "BuildMethod" in metadata:
                yield Finding(f"{stack.file}: {name}", "is not built by a Makefile, so not by any Python")
            continue
        makefile = ROOT / metadata["ContextPath"] / "Makefile" if "ContextPath" in metadata else folder / "Makefile"
        targets = re.findall(r"^(build-\S+):", makefile.read_text(), re.MULTILINE) if makefile.exists() else []
        if not {f"build-{name}", "build-%"} & set(targets):
            yield Finding(f"{stack.file}: {name}", f"is built by a Makefile that has no target for it: {makefile}")


def nothing_unbuilt_can_be_packed(application: Application) -> Iterator[Finding]:
    """A layer with only the names of its packages would deploy, and break every function at its first call."""
    for stack, name, folder, _ in _artifacts(application):
        barrier = folder / _BARRIER
        is_barred = barrier.is_symlink() and not barrier.exists()
        if (folder / "requirements.txt").exists() and not is_barred:
            yield Finding(
                f"{stack.file}: {name}", f"can be deployed without a build: {folder.name}/{_BARRIER} is missing"
            )


def _artifacts(application: Application) -> Iterator[tuple[Stack, str, Path, dict[str, str]]]:
    """Functions and layers as written, with their folder and metadata."""
    seen = set()
    for stack in application.stacks:
        for name, resource in stack.written["Resources"].items():
            kind = resource["Type"]
            if kind in _BUILT and (stack.file, name) not in seen:
                seen.add((stack.file, name))
                yield stack, name, ROOT / resource["Properties"][_BUILT[kind]], resource.get("Metadata") or {}


CHECKS = (any_python_builds, nothing_unbuilt_can_be_packed)
