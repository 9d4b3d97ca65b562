"""Whatever a scanner or linter is told to overlook says why, in its place."""

import re
import subprocess

import pytest
import yaml

from local.stack.stack import ROOT
from verification.template_rules.application import sources


def tracked(*patterns: str) -> list[str]:
    command = ["git", "ls-files", "-co", "--exclude-standard", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_every_security_rule_that_is_overlooked_in_code_has_its_reason() -> None:
    without = []
    for name in tracked("*.py"):
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            found = re.search(r"#\s*noqa:(?P<rules>[^#]*)(?P<reason>#.*)?$", line)
            if found and re.search(r"\bS\d{3}\b", found["rules"]) and not (found["reason"] or "").strip("# "):
                without.append(f"{name}:{number}: {line.strip()}")

    assert without == []


def test_every_file_that_is_spared_a_security_rule_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("[tool.ruff.lint.per-file-ignores]")

    for line in lines[start + 1 :]:
        if line.startswith("["):
            break
        if re.search(r'"S\d{3}"', line):
            assert "#" in line, line


def test_every_check_that_the_scanner_skips_has_its_reason_above() -> None:
    text = (ROOT / ".checkov.yaml").read_text()

    for check in yaml.safe_load(text)["skip-check"]:
        assert re.search(rf"#.*\n  - {check}\n", text), f"{check} has no reason above it"


def test_every_resource_that_is_spared_a_check_has_its_reason() -> None:
    for file, template in sources().items():
        for name, resource in template["Resources"].items():
            for spared in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
                assert spared.get("comment", "").strip(), f"{file}: {name}: {spared['id']}"
