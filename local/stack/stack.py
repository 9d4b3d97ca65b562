"""Where things are, and how to reach the local engine: its port, its endpoint, the environment for its clients."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = ROOT / ".venv" / "engine" / "bin" / "python"
TOOLS = Path(sys.executable).parent  # sam and aws are in the same folder as this Python
REGION = "us-east-1"
DEFAULT_PORT = 4566


@dataclass(frozen=True, slots=True)
class Stack:
    """One local engine. All its files are in `directory`, which is removed with it."""

    port: int

    @classmethod
    def chosen(cls) -> "Stack":
        """The port that LANDFALL_PORT asks for, else the default; exits with one clear line when it is no port."""
        text = os.environ.get("LANDFALL_PORT") or str(DEFAULT_PORT)
        if not (text.isdecimal() and 0 < int(text) < 65536):
            raise SystemExit(f"LANDFALL_PORT is {text!r}; it must be a port number from 1 to 65535.")
        return cls(int(text))

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL has to be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def directory(self) -> Path:
        """Process file, logs and build output of this engine."""
        return ROOT / ".local" / str(self.port)

    @property
    def template(self) -> Path:
        """What `sam build` made of the template for this engine."""
        return self.directory / "build" / "template.yaml"

    def environment(self) -> dict[str, str]:
        """The environment for AWS's tools: this endpoint and nobody's account, whatever the caller has set."""
        # `sam build` calls make, which must not take up the mode of a make that called us.
        foreign = ("AWS_", "MAKE", "MFLAGS")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return inherited | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",  # the emulator takes any
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.5",  # seconds; with the default, `sam deploy` sleeps 5 after all is done
            "PATH": f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}",
        }


def runtime() -> str:
    """The Lambda runtime that this machine can build: that of the Python which runs us."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def architecture() -> str:
    """The processor of this machine in Lambda's words."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
