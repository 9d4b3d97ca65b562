"""The commands that messages give are commands: a tired person copies them as they stand."""

import shlex

import click
import pytest

from landfall.messages import words
from landfall.messages.notice import parse_notice
from landfall_cli.main import cli
from verification.examples.incidents import KINDS, incident


@pytest.mark.parametrize("phase", ["opened", "reminder"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_takes_what_a_message_says(kind: str, phase: str) -> None:
    for _, line in words.next_steps(parse_notice(incident(kind, phase)), "prod"):
        if line:
            program, name, *arguments = shlex.split(line)
            assert program == "landfall"
            command = cli.get_command(click.Context(cli), name)
            if isinstance(command, click.Group):
                command, arguments = command.get_command(click.Context(command), arguments[0]), arguments[1:]
            assert command is not None, line
            parsed = command.make_context(name, arguments)
            assert name == "validate" or parsed.params["stage"] == "prod"
