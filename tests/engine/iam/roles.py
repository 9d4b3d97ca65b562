"""Roles of tests: what each may do, sessions of them, and what they are refused."""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from tests.engine.helpers import REGION, Engine

ACCOUNT = "000000000000"
TRUSTS_ALL = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
TRUSTS_GLUE = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
_numbers = itertools.count(1)


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Mapping[str, str]) -> dict[str, Any]:
    """A statement; conditions by operator."""
    found: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def policy(*statements: Mapping[str, Any]) -> str:
    """The document of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def arn(service: str, rest: str) -> str:
    """An ARN of the engine's account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


@dataclass
class Role:
    """A role with these statements."""

    engine: Engine
    statements: Sequence[Mapping[str, Any]]
    trust: Mapping[str, Any] = field(default_factory=lambda: TRUSTS_ALL)

    def __post_init__(self) -> None:
        self.name = f"role-{next(_numbers)}"
        self.iam = self.engine.client("iam")
        self.arn = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=policy(self.trust))["Role"]["Arn"]
        self.may(*self.statements)

    def may(self, *statements: Mapping[str, Any]) -> None:
        """Let its one policy say this from now on."""
        if statements:
            self.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=policy(*statements))
        else:
            self.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=policy(allow("none:*")))

    def client(self, service: str, **assume: Any) -> Any:
        """A client with a session of the role."""
        assumed = self.engine.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="someone", **assume)
        keys = assumed["Credentials"]
        make: Any = boto3.client
        return make(
            service, endpoint_url=self.engine.url, region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )  # fmt: skip

    @property
    def session(self) -> str:
        """How messages name its session."""
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/someone"

    def denials(self) -> list[dict[str, Any]]:
        """The log's lines about it."""
        return [line for line in report(self.engine)["denied"] if line["role"] == self.name]


def report(engine: Engine) -> dict[str, Any]:
    """What the engine has judged."""
    with urllib.request.urlopen(f"{engine.url}/_landfall/iam", timeout=5) as answer:  # noqa: S310 # a fixed http address
        found: dict[str, Any] = json.loads(answer.read())
    return found
