"""The options that all commands share, and the session that they produce."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import click

from landfall_cli import deployment
from landfall_cli.clients import OperatorClients
from landfall_cli.deployment import Deployment
from landfall_cli.output import Output


@dataclass
class Session:
    """Output and options of one command; the deployment is looked up when it is first needed."""

    output: Output
    stage: str | None
    stack: str | None
    profile: str | None
    region: str | None

    @cached_property
    def deployment(self) -> Deployment:
        """The deployment that the options name."""
        with self.output.waiting("Looking up the deployment …"):
            return deployment.find(OperatorClients(self.profile, self.region), self.stack, self.stage)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that all commands share; the function receives the Session made of them as its first argument."""

    @click.option("--stage", envvar="LANDFALL_STAGE", help="The stage, such as dev (the default) or prod.")
    @click.option("--stack", envvar="LANDFALL_STACK", help="The stack, if it is not named landfall or landfall-STAGE.")
    @click.option("--profile", help="An AWS profile, as AWS_PROFILE.")
    @click.option("--region", help="An AWS region, as AWS_REGION.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON: docs/command-line.md has its shapes.")
    @wraps(function)
    def wrapped(
        *, stage: str | None, stack: str | None, profile: str | None, region: str | None, as_json: bool, **rest: Any
    ) -> None:
        function(Session(Output(as_json), stage, stack, profile, region), **rest)

    return wrapped
