"""The deployment that a command works on: the stack, its outputs and its pipelines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from botocore.exceptions import ClientError

from landfall.adapters.definition_registry import Parameter, compile_all
from landfall.adapters.parameters import read_parameters
from landfall.adapters.run_history import History
from landfall.adapters.state_table import StateTable
from landfall.model.errors import InvalidDefinitionError
from landfall.model.pipelines import Pipeline, PipelineIndex
from landfall.model.state import State
from landfall_cli.clients import OperatorClients
from landfall_cli.errors import USAGE, CommandError, unknown_pipeline

_DEFAULT_STAGE = "dev"
# samconfig.toml: the stack of the first stage has no suffix.
_STACK = "landfall"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the stack: its name in the template, its type, and what AWS calls it."""

    logical_id: str
    type: str
    physical_id: str


class Deployment:
    """One deployed Landfall. Everything is read when it is first needed."""

    def __init__(self, clients: OperatorClients, stack: str, stage: str, outputs: dict[str, str]) -> None:
        self.clients, self.stack, self.stage, self._outputs = clients, stack, stage, outputs
        table = self.output("StateTableName")
        self.state_table = StateTable(clients, table, history_days=0)  # it only reads here
        self.history = History(clients, table)

    def output(self, name: str) -> str:
        """An output of the stack; raises CommandError when it has none of that name."""
        try:
            return self._outputs[name]
        except KeyError:
            raise CommandError(
                f"The stack {self.stack} has no output {name}.",
                "It is not Landfall's, still being made, or older than this command: deploy this version.",
            ) from None

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The deployed definitions: parameter name, text, time of the last change."""
        return tuple(read_parameters(self.clients, f"/landfall/{self.stage}/pipelines"))

    @cached_property
    def _compiled(self) -> tuple[PipelineIndex, tuple[InvalidDefinitionError, ...]]:
        return compile_all(self.parameters)

    def forget_definitions(self) -> None:
        """Read the definitions again when they are next needed."""
        for name in ("parameters", "_compiled"):
            self.__dict__.pop(name, None)

    @property
    def index(self) -> PipelineIndex:
        """The valid pipelines."""
        return self._compiled[0]

    @property
    def problems(self) -> dict[str, tuple[str, ...]]:
        """What is wrong with each invalid definition, by its pipeline's name."""
        return {_last(error.parameter): error.problems for error in self._compiled[1]}

    def names(self) -> list[str]:
        """Every pipeline that has a definition, valid or not, or a state."""
        defined = {_last(name) for name, _, _ in self.parameters}
        return sorted(defined | set(self.state_table.names()))

    def states(self) -> dict[str, State]:
        """The state of every pipeline."""
        return self.state_table.load_all(self.names())

    def pipeline(self, name: str) -> tuple[Pipeline | None, State]:
        """A pipeline's current definition, if it is valid, and its state. Raises CommandError for an unknown name."""
        state = self.state_table.load(name)
        if state.version == 0 and name not in {_last(parameter) for parameter, _, _ in self.parameters}:
            raise unknown_pipeline(name, self.names())
        return self.index.by_name.get(name), state

    def resources(self) -> Iterator[Resource]:
        """Every resource of the stack."""
        pages = self.clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        for page in pages:
            for found in page["StackResourceSummaries"]:
                yield Resource(found["LogicalResourceId"], found["ResourceType"], found.get("PhysicalResourceId", ""))


def find(clients: OperatorClients, stack: str | None, stage: str | None) -> Deployment:
    """Find the deployment by its stack, else by its stage, else that of the stage dev.

    Raises CommandError when there is no such stack, or when its stage is not the one given.
    """
    name = stack or (_STACK if stage in (None, _DEFAULT_STAGE) else f"{_STACK}-{stage}")
    try:
        found = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise CommandError(
            f"There is no stack {name} in {clients.region}.",
            "Name it by --stack or --stage, choose AWS_PROFILE and AWS_REGION, or deploy it: docs/deploy.md.",
        ) from error
    outputs = {item["OutputKey"]: item["OutputValue"] for item in found.get("Outputs", [])}
    actual = _parameter(found.get("Parameters", []), "Stage") or stage or _DEFAULT_STAGE
    if stage and actual != stage:
        raise CommandError(f"The stack {name} is the stage {actual}, not {stage}.", "Leave one of both out.", USAGE)
    return Deployment(clients, name, actual, outputs)


def _parameter(parameters: Iterable[object], key: str) -> str:
    for item in parameters:
        if isinstance(item, dict) and item.get("ParameterKey") == key:
            return str(item.get("ParameterValue", ""))
    return ""


def _last(parameter: str) -> str:
    return parameter.rsplit("/", 1)[-1]
