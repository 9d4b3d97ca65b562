"""What `sam local` needs to run a deployed function in a container on the local engine; `make up` writes it.

The payloads of events/ name `landfall-lake` as the bucket, while CloudFormation names the deployed one as it likes. So
functions that are invoked by hand read their definitions under a stage of their own, where the lake has that name. All
else that they work with (state table, crawlers, queues, bus) is the deployed application's.
"""

import contextlib
import json
import re
from pathlib import Path

import yaml

from local.sam.containers import HOST
from local.stack.clients import Clients
from local.stack.deploy import PARAMETERS
from local.stack.stack import ROOT, Stack

_RECORDED_BUCKET = "landfall-lake"
_RECORDED_STAGE = "recorded"
_DEPLOYED_STAGE = "dev"  # the template's default, which `make up` leaves as it is
_CURRENT = ROOT / ".local" / "current"  # samconfig.toml finds the engine that was brought up last here


def env_file(stack: Stack) -> Path:
    """The variables of each function, for `sam local`'s --env-vars."""
    return stack.directory / "env.json"


def arguments(stack: Stack) -> list[str]:
    """The options of `sam local`, as samconfig.toml has them for the current engine."""
    template, parameters = stack.template, _parameters_file(stack)
    return ["--template-file", str(template), "--parameter-overrides", f"file://{parameters}", *on_engine(stack)]


def on_engine(stack: Stack) -> list[str]:
    """Those of them that lead the functions to the engine."""
    return ["--env-vars", str(env_file(stack)), "--add-host", f"{HOST}:host-gateway"]


def write_settings(stack: Stack, clients: Clients) -> None:
    """Write env.json and the parameters of the deployed stack, and its definitions as the payloads know them."""
    env_file(stack).write_text(json.dumps(variables(stack, clients, HOST), indent=2))
    _parameters_file(stack).write_text(yaml.safe_dump([f"{name}={value}" for name, value in PARAMETERS.items()]))
    _write_definitions(clients)


def make_current(stack: Stack) -> None:
    """Let samconfig.toml's settings mean this engine."""
    forget_current()
    _CURRENT.symlink_to(stack.directory.name)


def forget_current() -> None:
    """No engine is the current one any more."""
    with contextlib.suppress(FileNotFoundError):
        _CURRENT.unlink()


def is_current(stack: Stack) -> bool:
    """Whether samconfig.toml's settings mean this engine."""
    return _CURRENT.is_symlink() and _CURRENT.readlink() == Path(stack.directory.name)


def variables(stack: Stack, clients: Clients, host: str) -> dict[str, dict[str, str]]:
    """Each function's variables as deployed, with the engine's address as it is seen from `host`."""
    found = {}
    for logical, physical in clients.deployed_functions().items():
        deployed = clients.functions.get_function_configuration(FunctionName=physical)["Environment"]["Variables"]
        seen = {name: _seen_from(host, value) for name, value in deployed.items()}
        found[logical] = seen | {"AWS_ENDPOINT_URL": f"http://{host}:{stack.port}", "STAGE": _RECORDED_STAGE}
    return found


def _seen_from(host: str, value: str) -> str:
    """A queue's address, for one, names this machine."""
    return re.sub(r"^http://(localhost|127\.0\.0\.1):", f"http://{host}:", value)


def _write_definitions(clients: Clients) -> None:
    lake = clients.outputs["LakeBucketName"]
    deployed = _definitions(clients, _DEPLOYED_STAGE)
    wanted = {name: _in_recorded_bucket(text, lake) for name, text in deployed.items()}
    for name in _definitions(clients, _RECORDED_STAGE).keys() - wanted.keys():
        clients.ssm.delete_parameter(Name=f"/landfall/{_RECORDED_STAGE}/pipelines/{name}")
    for name, text in wanted.items():
        clients.ssm.put_parameter(
            Name=f"/landfall/{_RECORDED_STAGE}/pipelines/{name}", Value=text, Type="String", Tier="Intelligent-Tiering",
            Overwrite=True,
        )  # fmt: skip


def _in_recorded_bucket(text: str, lake: str) -> str:
    try:
        definition = json.loads(text)
    except ValueError:
        return text  # it stays as malformed as it is
    if not isinstance(definition, dict) or definition.get("bucket") != lake:
        return text
    return json.dumps(definition | {"bucket": _RECORDED_BUCKET})


def _definitions(clients: Clients, stage: str) -> dict[str, str]:
    path = f"/landfall/{stage}/pipelines"
    pages = clients.ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
    parameters = [parameter for page in pages for parameter in page["Parameters"]]
    return {parameter["Name"].removeprefix(f"{path}/"): parameter["Value"] for parameter in parameters}


def _parameters_file(stack: Stack) -> Path:
    return stack.directory / "parameters.yaml"  # SAM reads YAML here, not JSON
