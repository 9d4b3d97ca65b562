"""What is built for the other processor. It is not run: a container of arm64 needs an arm64 machine, or QEMU."""

from pathlib import Path

import pytest
from samcli.yamlhelper import parse_yaml_file

from local.sam.recordings import functions
from tests.containers.runtimes import Runtime, build
from tests.e2e.conftest import Landfall

pytestmark = pytest.mark.containers


def test_functions_build_for_arm64_and_hold_nothing_compiled(runtime: Runtime, deployed: Landfall) -> None:
    built = build(deployed.stack, runtime, "arm64")

    resources = parse_yaml_file(str(built.template))["Resources"]
    for logical_id in functions().values():
        assert (built.directory / resources[logical_id]["Properties"]["CodeUri"] / "app.py").is_file()
    layer = built.directory / resources["DependenciesLayer"]["Properties"]["ContentUri"]
    assert (layer / "python" / "aws_lambda_powertools").is_dir()
    assert [path for path in Path(built.directory).rglob("*") if path.suffix in (".so", ".pyd", ".dylib")] == []
