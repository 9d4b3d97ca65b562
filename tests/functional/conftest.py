"""The functions on moto's AWS: real handlers, real boto3, one pipeline deployed by hand."""

import importlib
import os
from collections.abc import Iterator

import pytest
from moto.moto_api import state_manager

from landfall.service.application import application
from tests.functional.account import Account, Handler, create_account
from tests.functional.moto_session import MotoSession

_SETTINGS = {
    "STAGE": "dev",
    "STATE_TABLE": "state",
    "BUS": "landfall-dev",
    "WORKGROUP": "landfall-dev",
    "LEASE_SECONDS": "70",
    "CLOCK_SKEW_SECONDS": "3",
    "RECHECK_DELAY_SECONDS": "0",
    "RECHECK_LIMIT": "12",
    "RUN_HISTORY_DAYS": "90",
    "INCIDENT_REMINDER_HOURS": "24",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}


@pytest.fixture(scope="session")
def moto_session() -> MotoSession[Account]:
    """The account as every test finds it, created once."""
    return MotoSession(create_account)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, moto_session: MotoSession[Account]) -> Iterator[Account]:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in _SETTINGS.items():
        monkeypatch.setenv(name, value)
    with moto_session.reset() as made:
        application.cache_clear()
        state_manager.set_transition("glue::job_run", {"progression": "manual", "times": 1_000_000})  # it just goes on
        monkeypatch.setenv("CRAWLER_STATE_QUEUE_URL", made.queue_url)
        made.define()
        yield made
        state_manager.unset_transition("glue::job_run")
        application.cache_clear()


@pytest.fixture
def on_upload(account: Account) -> Handler:
    return _handler("on_upload")


@pytest.fixture
def on_crawler_state(account: Account) -> Handler:
    return _handler("on_crawler_state")


@pytest.fixture
def on_job_state(account: Account) -> Handler:
    return _handler("on_job_state")


@pytest.fixture
def on_stream_state(account: Account) -> Handler:
    return _handler("on_stream_state")


@pytest.fixture
def on_query_state(account: Account) -> Handler:
    return _handler("on_query_state")


@pytest.fixture
def watchdog(account: Account) -> Handler:
    return _handler("watchdog")


def _handler(function: str) -> Handler:
    module = importlib.import_module(f"functions.{function}.app")
    return lambda event: dict(module.handler(event, None))
