"""moto's AWS for a session of tests: an account is created once, and each test finds it as it was created."""

import io
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copyreg import dispatch_table
from functools import cache, partial
from typing import Any, Generic, TypeVar
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.core.base_backend import BackendDict

Created = TypeVar("Created")
# A lock is never held between tests: a copy of one is a new one.
_NEW_LOCKS: dict[Any, Any] = {
    type(new()): partial(lambda new, _: (new, ()), new) for new in (threading.Lock, threading.RLock)
}


class MotoSession(Generic[Created]):
    """An account that `create` makes through AWS's own operations, on first use.

    `create` may not write to Parameter Store: moto's cannot be copied.
    """

    def __init__(self, create: Callable[[], Created]) -> None:
        self._create = create
        self._mock = mock_aws()
        self._snapshot: tuple[list[Any], bytes] | None = None
        self._client: Any = None

    @contextmanager
    def reset(self) -> Iterator[Created]:
        """AWS while the context lasts: the account as it was created, and nothing else in any account or region.

        The caller sets the variables of the credentials and the region, the same ones each time.
        """
        self._mock.start(reset=False)
        try:
            self._client = self._client or cache(boto3.Session().client)
            with patch("boto3.client", self._client):  # the tests' own clients; each function makes its own
                yield self._fresh()
        finally:
            _remove_all()
            self._mock.stop(remove_data=False)

    def _fresh(self) -> Created:
        _remove_all()
        if self._snapshot is None:
            self._snapshot = _snapshot(self._create())
        services, pickled = self._snapshot
        created: Created
        created, backends = pickle.loads(pickled)  # noqa: S301  # made below, by this process
        for service, regions in zip(services, backends, strict=True):
            service.update(regions)
        return created


def _services() -> list[Any]:
    """What moto holds for each service and account that was used: a dictionary of backends by region."""
    used: list[Any] = BackendDict._instances  # type: ignore[misc]
    return [service for services in used for service in services.values()]


def _remove_all() -> None:
    for service in _services():
        service.reset()
        service.clear()


def _snapshot(created: object) -> tuple[list[Any], bytes]:
    services = _services()
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer)
    pickler.dispatch_table = dispatch_table | _NEW_LOCKS
    pickler.dump((created, [dict(service) for service in services]))
    return services, buffer.getvalue()
