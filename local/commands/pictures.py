"""`make pictures`: docs/images/*.svg, of a real terminal (tmux) in which `landfall` watches a real engine at work."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.ansi import AnsiDecoder
from rich.console import Console

from local.commands.up import bring_up
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import DeployError
from local.stack.engine_process import EngineError
from local.stack.polling import until
from local.stack.stack import ROOT, TOOLS, Stack

_FOLDER = ROOT / "docs" / "images"
_COLUMNS, _ROWS = 108, 64
_SECONDS = 90
# Each viewer's own fonts: the template's are fetched from a host that a page in a repository has no business to ask.
_FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SVG = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", _FONTS
)
_CHECK = (
    '[{"name": "every order has an amount", "expect": "no rows", '
    '"sql": "SELECT * FROM shop.orders WHERE amount IS NULL"}]'
)


class Terminal:
    """A window of tmux, of a server of our own."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self._name = name
        shell = ["env", *(f"{key}={value}" for key, value in environment.items()), "bash", "--norc", "--noprofile"]
        size = ["-x", str(_COLUMNS), "-y", str(_ROWS)]
        _tmux("new-session", "-d", "-s", name, *size, shlex.join(shell))
        python, module = shlex.quote(sys.executable), "landfall_cli"
        self.type(f'landfall() {{ {python} -m {module} "$@"; }}; PS1="\\[\\e[1;32m\\]$\\[\\e[0m\\] "; clear')
        until(lambda: self.text().strip() == "$", 10, "a prompt")

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        _tmux("send-keys", "-t", self._name, "-l", line)
        _tmux("send-keys", "-t", self._name, "Enter")

    def begin(self, line: str) -> None:
        """Type a command on a clear screen."""
        self.type("clear")
        until(lambda: self.text().strip() == "$", 10, "a clear screen")
        self.type(line)

    def run(self, line: str) -> None:
        """Type a command on a clear screen, and return when the prompt is back."""
        self.begin(line)
        until(lambda: self.text().rstrip().endswith("\n$"), _SECONDS, f"{line} to end")

    def shows(self, text: str, times: int = 1) -> None:
        """Return when it shows the text so often."""
        try:
            until(lambda: self.text().count(text) >= times, _SECONDS, f"{text!r} on the screen, {times} times")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it shows:\n{self.text()}") from error

    def text(self, *, coloured: bool = False) -> str:
        """What is on the screen."""
        return _tmux("capture-pane", "-p", "-t", self._name, *(["-e"] if coloured else [])).rstrip("\n")

    def picture(self, name: str) -> None:
        """The screen as docs/images/NAME.svg, without the prompt at its end."""
        # One decoder for all lines: tmux writes a colour only where it changes.
        lines = list(AnsiDecoder().decode(self.text(coloured=True)))
        while lines and lines[-1].plain.strip() in ("", "$"):
            lines.pop()
        console = Console(record=True, width=_COLUMNS, file=open(os.devnull, "w"), color_system="truecolor")  # noqa: PTH123, SIM115
        for line in lines:
            console.print(line, soft_wrap=True)
        svg = console.export_svg(title="landfall", code_format=_SVG, unique_id=name)
        (_FOLDER / f"{name}.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")


def _tmux(*arguments: str) -> str:
    command = ["tmux", "-L", f"landfall-{os.getpid()}", "-f", os.devnull, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def _tmux_server() -> Iterator[None]:
    try:
        yield
    finally:
        subprocess.run(["tmux", "-L", f"landfall-{os.getpid()}", "kill-server"], capture_output=True, check=False)


def main() -> int:
    """Take the pictures on an engine of its own, which ends with it."""
    stack, console = Stack.chosen(), Console(highlight=False)
    if engine_process.is_running(stack):
        print(
            f"An engine of yours runs on {stack.endpoint}: LANDFALL_PORT={stack.port + 1} make pictures",
            file=sys.stderr,
        )
        return 1
    try:
        bring_up(stack, console, outlives_us=False)
        for name, prefix, fresh in (("orders", "shop/orders/", "60"), ("customers", "shop/customers/", "")):
            console.print(f"Deploying the dataset {name} …")
            _deploy_dataset(stack, name, prefix, fresh)
        with _tmux_server():
            _take(stack, console)
    except (EngineError, DeployError, TimeoutError, subprocess.CalledProcessError) as error:
        print(f"The pictures failed: {error}", file=sys.stderr)
        return 1
    finally:
        engine_process.stop(stack)
    return 0


def _deploy_dataset(stack: Stack, name: str, prefix: str, fresh: str) -> None:
    """A dataset as a stack of its own, as docs/add-a-dataset.md has it."""
    outputs = Clients(stack).outputs
    parameters = {
        "Stage": "dev", "Name": name, "Bucket": outputs["LakeBucketName"], "Prefix": prefix, "Suffix": ".csv",
        "DatabaseName": "shop" if name == "orders" else "crm", "CrawlerName": f"{name}-crawler",
        "TableName": name, "Severity": "critical" if name == "orders" else "error", "Owner": "shop team",
        "FreshWithinMinutes": fresh, "MinMinutesBetweenRuns": "0", "UploadQueue": outputs["UploadQueueArn"],
        "UploadDeadLetterQueue": outputs["UploadDeadLetterQueueArn"], "ResultsBucket": outputs["ResultsBucketName"],
        "WorkGroup": outputs["WorkGroupName"], "QueryingRoles": outputs["QueryingRoleArns"],
    } | ({"Checks": _CHECK} if name == "orders" else {})  # fmt: skip
    overrides = [f"ParameterKey={key},ParameterValue={json.dumps(value)}" for key, value in parameters.items() if value]
    subprocess.run(
        [
            TOOLS / "sam", "deploy", "--template-file", ROOT / "pipelines" / "pipeline.yaml",
            "--stack-name", f"landfall-dev-{name}", "--resolve-s3", "--capabilities", "CAPABILITY_IAM",
            "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", *overrides,
        ],
        env=stack.environment(), cwd=stack.directory, check=True, capture_output=True, text=True,
    )  # fmt: skip


def _take(stack: Stack, console: Console) -> None:
    """What a day brings, in a minute: uploads, a check that fails, a crawl that fails, what on-call does about it."""
    clients = Clients(stack)
    paths = os.pathsep.join((str(ROOT / "cli"), str(ROOT / "layers/landfall/python")))
    environment = stack.environment() | {"PYTHONPATH": paths, "PS1": "$ "}
    live, asked = Terminal("live", environment), Terminal("asked", environment)
    live.begin("landfall tail")
    live.shows("Watching 3 pipelines")

    def land(key: str, *lines: str) -> None:
        body = "".join(f"{line}\n" for line in lines)
        clients.s3.put_object(Bucket=clients.outputs["LakeBucketName"], Key=key, Body=body.encode())

    console.print("Uploads, one that breaks a check, one whose crawl fails …")
    land("shop/orders/2026-11-20.csv", "order,amount,city", "1,12.5,Lagos", "2,7.25,Lyon")
    live.shows("dataset ready", 1)
    land("data/dataprofile/people.csv", "name,age,city", "Amara,31,Lagos", "Hugo,47,Lyon")
    land("shop/customers/2026-11-20.csv", "customer,name", "1,Amara", "2,Hugo")
    live.shows("dataset ready", 3)
    land("shop/orders/2026-11-21.csv", "order,amount,city", "3,19.9,Osaka", "4,,Quito", "5,,Turin")
    live.shows("incident opened", 1)
    clients.glue.delete_database(Name="crm")
    land("shop/customers/2026-11-21.csv", "customer,name", "3,Yuki")
    live.shows("incident opened", 2)
    land("data/dataprofile/more.csv", "name,age,city", "Yuki,29,Osaka")
    live.shows("job person-curate (3/5) running", 2)
    for command, name in (
        ("landfall status", "status"),
        ("landfall incidents", "incidents"),
        ('landfall incidents orders "check failed"', "incident"),
    ):
        asked.run(command)
        asked.picture(name)
    console.print("What on-call does about it …")
    asked.run('landfall ack orders "check failed" --by amara')
    clients.glue.create_database(DatabaseInput={"Name": "crm"})
    asked.run("landfall run customers --wait")
    land("shop/orders/2026-11-21.csv", "order,amount,city", "3,19.9,Osaka", "4,20.0,Quito", "5,3.5,Turin")
    live.shows("incident resolved", 2)
    live.shows("dataset ready", 6)
    time.sleep(2)  # nothing more comes
    live.picture("tail")
    asked.run(f"landfall where s3://{clients.outputs['LakeBucketName']}/shop/orders/2026-11-21.csv")
    asked.picture("where")
    console.print(f"The pictures are in {_FOLDER.relative_to(ROOT)}.")


if __name__ == "__main__":
    raise SystemExit(main())
