"""Real containers, the local engine, and the application deployed on it and held still."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.sam import sam_local
from local.sam.containers import ContainerEngine, NoContainerEngineError, base_image
from local.stack import engine_process
from local.stack.clients import Clients
from local.stack.deploy import deploy
from local.stack.stack import ENGINE_PYTHON, Stack
from tests.containers import private_engine as private
from tests.containers.private_engine import NoPrivateEngineError
from tests.containers.runtimes import Built, Functions, Runtime, build, served
from tests.containers.stack_fixture import Ears, Scene, set_job
from tests.e2e.conftest import ROUTING_KEY, Landfall, free_port
from tests.pagerduty import running

RUNTIMES = ("python3.11", "python3.13")


@dataclass(frozen=True)
class Containers:
    """The container engine of this test run: the user's own, or a private one whose settings these are."""

    engine: ContainerEngine
    private: dict[str, str]

    def provide(self, runtime: Runtime) -> list[str]:
        """See to the base image; the options of `sam local` for it."""
        if self.private:
            private.add_base_image(runtime.version, self.private)
        return ["--skip-pull-image"] if self.engine.has_image(base_image(runtime.name)) else []


@pytest.fixture(scope="session")
def containers() -> Iterator[Containers]:
    if not ENGINE_PYTHON.exists():
        pytest.skip("the local engine's environment is missing: run `make setup`")
    try:
        yield Containers(ContainerEngine.found(), {})
        return
    except NoContainerEngineError as error:
        reason = str(error).splitlines()[0]
    try:
        with private.private_engine() as settings, pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            yield Containers(ContainerEngine.found(), settings)
    except NoPrivateEngineError as error:
        pytest.skip(f"{reason} And {error}. Start Docker to run these tests.")


@pytest.fixture(scope="session")
def deployed(containers: Containers, request: pytest.FixtureRequest) -> Iterator[Landfall]:
    stack = Stack(free_port())
    address = containers.engine.host_address
    try:
        # The recorded events are of a stage of their own, which the deployed roles are not for: what the functions
        # ask for is judged at the end instead (test_least_privilege.py).
        calls = {"LANDFALL_CALLS": str(stack.directory / "calls.jsonl"), "LANDFALL_IAM": "off"}
        engine_process.start(stack, calls | ({"LANDFALL_ALSO_LISTEN": address} if address else {}))
        clients = Clients(stack)
        secret = clients.secrets.create_secret(Name="routing-key", SecretString=ROUTING_KEY)
        with running(address or "127.0.0.1") as pagerduty:
            deploy(
                stack, lambda _: None, SweepMinutes="1440",
                PagerDutyRoutingKeySecret=secret["ARN"], PagerDutyEndpoint=pagerduty.endpoint,
            )  # fmt: skip
            landfall = Landfall(stack, clients, pagerduty)
            _hold_still(landfall)
            set_job(clients)
            sam_local.write_settings(stack, clients)
            _name_callers(stack)
            yield landfall
    finally:
        engine_process.stop(stack)
        if not request.session.testsfailed:
            shutil.rmtree(stack.directory, ignore_errors=True)


def _name_callers(stack: Stack) -> None:
    """Let each function's endpoint say whose calls these are: test_least_privilege.py judges them."""
    file = sam_local.env_file(stack)
    variables = json.loads(file.read_text())
    for name, values in variables.items():
        values["AWS_ENDPOINT_URL"] += f"/_landfall/as/{name}"
    file.write_text(json.dumps(variables, indent=2))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What all tests together made the functions do is judged after them."""
    items.sort(key=lambda item: item.path.name == "test_least_privilege.py")


def _hold_still(landfall: Landfall) -> None:
    functions = landfall.clients.functions
    for source in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)


@pytest.fixture(scope="session")
def ears(deployed: Landfall) -> Ears:
    """Queues with all that Landfall's bus and the on-call topic tell."""
    clients = deployed.clients
    of_bus, of_topic = (_queue(clients, name) for name in ("of-bus", "of-topic"))
    bus = clients.outputs["BusName"]
    clients.events.put_rule(Name="heard", EventBusName=bus, EventPattern='{"source": ["landfall"]}')
    clients.events.put_targets(Rule="heard", EventBusName=bus, Targets=[{"Id": "queue", "Arn": of_bus[1]}])
    clients.sns.subscribe(TopicArn=clients.outputs["OnCallTopicArn"], Protocol="sqs", Endpoint=of_topic[1])
    return Ears(of_bus[0], of_topic[0])


def _queue(clients: Clients, name: str) -> tuple[str, str]:
    url = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


@pytest.fixture(scope="session", params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    found = Runtime.of(request.param)
    if found.bin is None:
        pytest.skip(f"there is no {request.param} on this machine to build with")
    return found


@pytest.fixture(scope="session")
def built(runtime: Runtime, deployed: Landfall) -> Built:
    return build(deployed.stack, runtime)


@pytest.fixture(scope="session")
def pulling(runtime: Runtime, containers: Containers) -> list[str]:
    return containers.provide(runtime)


@pytest.fixture(scope="session")
def functions(built: Built, pulling: list[str]) -> Iterator[Functions]:
    with served(built, *pulling) as functions:
        yield functions


@pytest.fixture
def scene(deployed: Landfall, functions: Functions, ears: Ears) -> Scene:
    scene = Scene(deployed, functions, ears)
    scene.reset()
    return scene
