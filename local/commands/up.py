"""`make up`: the engine up and the application deployed; ready to use when it returns."""

import contextlib
import sys

from rich.console import Console

from local.sam import containers, sam_local
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import DeployError, build, deploy_built
from local.stack.engine_process import EngineError
from local.stack.stack import REGION, ROOT, TOOLS, Stack

_ROUTING_KEY = "landfall/pagerduty-routing-key"


def bring_up(stack: Stack, console: Console, settings: dict[str, str] | None = None, *, outlives_us: bool) -> None:
    """Start the engine unless ours runs there already, and deploy. Raises EngineError or DeployError."""
    with console.status("") as status:

        def report(what: str) -> None:
            status.update(f"{what} …")
            if not console.is_terminal:
                console.print(f"{what} …")

        def build_template() -> None:
            report("Building the template: sam build")
            build(stack)

        if engine_process.is_running(stack):
            build_template()
        else:
            report(f"Starting the local engine on {stack.endpoint}")
            engine_process.start(stack, settings, outlives_us=outlives_us, meanwhile=build_template)
        report("Deploying the template: sam deploy")
        deploy_built(stack, **_pagerduty(stack))


def _pagerduty(stack: Stack) -> dict[str, str]:
    """The template's parameters for paging: pages go to the engine, which shows them again."""
    secrets = Clients(stack).secrets
    with contextlib.suppress(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name=_ROUTING_KEY, SecretString="local")  # the engine takes any
    found = secrets.describe_secret(SecretId=_ROUTING_KEY)
    return {
        "PagerDutyRoutingKeySecret": found["ARN"],
        "PagerDutyEndpoint": f"{stack.endpoint}/_landfall/pagerduty",
    }


def main() -> int:
    """Bring up, and say how to use it; 1 with one clear message when it cannot be done."""
    stack, console = Stack.chosen(), Console(highlight=False)
    was_running = engine_process.is_running(stack)
    try:
        address = containers.host_address()  # for functions that `sam local` runs
        bring_up(stack, console, {"LANDFALL_ALSO_LISTEN": address} if address else None, outlives_us=True)
        sam_local.write_settings(stack, Clients(stack))
        sam_local.make_current(stack)
    except (EngineError, DeployError) as error:
        if not was_running:
            engine_process.stop(stack)
        print(error, file=sys.stderr)
        return 1
    _say_how_to_use_it(stack, console)
    return 0


def _say_how_to_use_it(stack: Stack, console: Console) -> None:
    outputs = Clients(stack).outputs
    sample = ROOT / "local" / "data" / "profile_data.csv"
    console.print(f"Landfall is deployed on the local engine: [bold]{stack.endpoint}[/bold]\n")
    console.print("Point the AWS CLI, or any SDK, at it:\n")
    console.print(
        f"  export AWS_ENDPOINT_URL={stack.endpoint} AWS_DEFAULT_REGION={REGION}\n"
        "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n",
        soft_wrap=True,
    )
    console.print("and try:\n")
    for command in (
        f"aws s3 cp {sample} s3://{outputs['LakeBucketName']}/data/dataprofile/",
        "aws glue get-crawler --name person-crawler --query 'Crawler.[State,LastCrawl.Status]'",
        "aws glue get-table --database-name person-db --name _dataprofile --query Table.StorageDescriptor.Columns",
    ):
        console.print(f"  {command}", soft_wrap=True)
    console.print("\nOne function in a container, with a recorded event:\n")
    console.print("  make invoke FUNCTION=on_upload EVENT=events/on_upload/put_versioned.json", soft_wrap=True)
    own = "There is one" if (TOOLS / "aws").exists() else "`make setup` brings one"
    console.print(f"\n`make down` ends it. No AWS CLI? {own}: .venv/dev/bin/aws")


if __name__ == "__main__":
    raise SystemExit(main())
