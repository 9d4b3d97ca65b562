"""The command `landfall`: its subcommands, and the one place that turns errors into a message and an exit code."""

from collections.abc import Sequence
from importlib import metadata
from typing import Any

import click

from landfall_cli import errors
from landfall_cli.commands.incidents import incidents
from landfall_cli.commands.redrive import redrive
from landfall_cli.commands.requests import ack, pause, resume
from landfall_cli.commands.run import run
from landfall_cli.commands.runs import runs
from landfall_cli.commands.status import status
from landfall_cli.commands.stream import stream
from landfall_cli.commands.tail import tail
from landfall_cli.commands.validate import validate
from landfall_cli.commands.where import where
from landfall_cli.output import show_error


class _Group(click.Group):
    """Lists its commands in the order in which on-call needs them, and turns errors into advice."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None  # the shell's code for Ctrl-C, the usual way to end `tail`
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            advice = errors.explain_unreachable(error) or errors.explain(error)
            if advice is None:
                raise
            show_error(advice)
            raise click.exceptions.Exit(advice.code) from error


def _show_version(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        try:
            click.echo(f"landfall {metadata.version('landfall')}")
        except metadata.PackageNotFoundError:
            click.echo("landfall, run from its sources without being installed")
        ctx.exit()


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not yet (where).",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
def cli() -> None:
    """Show what a deployed Landfall does, and control it.

    It finds AWS, or the local engine, by the usual settings: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.
    """


for command in (status, tail, where, incidents, ack, runs, run, pause, resume, stream, redrive, validate):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    cli.main(args=arguments, prog_name="landfall", standalone_mode=True)
