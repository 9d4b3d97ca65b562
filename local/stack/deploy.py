"""Deploy the unmodified template to the local engine with real `sam build` and `sam deploy`."""

import subprocess
from collections.abc import Callable

from local.stack.stack import ROOT, TOOLS, Stack, architecture, runtime

STACK = "landfall"

# Only parameters, all of them in the template: what differs from an account is time and money.
PARAMETERS = {
    "PythonRuntime": runtime(),
    "Architecture": architecture(),
    "MinMinutesBetweenRuns": "0",
    "UploadWindowSeconds": "1",
    "RecheckDelaySeconds": "1",
    "SweepMinutes": "2",
    "WithStream": "yes",
    "StreamWindowSeconds": "2",
    "StreamRestartMinutes": "0",
}


class DeployError(Exception):
    """`sam build` or `sam deploy` failed; the text has its last lines and where the rest is."""


def deploy(stack: Stack, report: Callable[[str], None], **parameters: str) -> None:
    """Build and deploy; again after a change it updates the stack. Raises DeployError."""
    report("sam build")
    build(stack, **parameters)
    report("sam deploy")
    deploy_built(stack, **parameters)


def deploy_built(stack: Stack, **parameters: str) -> None:
    """Deploy what was built. Raises DeployError."""
    _sam(
        stack, "deploy", "--template-file", str(stack.template), "--stack-name", STACK,
        "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", *_overrides(parameters),
    )  # fmt: skip


def build(stack: Stack, **parameters: str) -> None:
    """Build what would be deployed, into `place.template`. Raises DeployError."""
    _sam(stack, "build", "--build-dir", str(stack.template.parent), "--parameter-overrides", *_overrides(parameters))


def _overrides(parameters: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in (PARAMETERS | parameters).items()]


def _sam(stack: Stack, command: str, *arguments: str) -> None:
    log = stack.directory / f"sam-{command}.log"
    with log.open("w") as output:
        ended = subprocess.run(
            [TOOLS / "sam", command, "--config-file", ROOT / "samconfig.toml", *arguments],
            cwd=ROOT, env=stack.environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    if ended.returncode:
        tail = "\n".join(line for line in log.read_text().splitlines()[-25:] if line.strip())
        raise DeployError(f"`sam {command}` failed with exit code {ended.returncode}:\n{tail}\n\nAll of it: {log}")
