"""The sweep meets other invocations: what it wanted to write must be written all the same."""

from collections.abc import Iterable
from typing import Any

import pytest

from functions.watchdog import app as watchdog
from landfall.aws import Glue
from tests.functional.conftest import Account, Handler, batch
from tests.payloads import payload

UPLOAD = payload("on_upload/put_versioned")


def test_a_sweep_that_loses_to_an_upload_looks_again_at_once(
    account: Account, on_upload: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_upload(batch(UPLOAD))
    before = account.state().run
    assert before is not None
    assert before.status == "running"
    account.crawler("READY", "SUCCEEDED")
    real, looks = Glue.look_at_crawlers, []

    def interrupted(self: Glue, crawlers: Iterable[str]) -> Any:
        seen = real(self, crawlers)
        looks.append(seen)
        if len(looks) == 1:
            on_upload(batch(UPLOAD))  # comes between the sweep's look and its write
        return seen

    monkeypatch.setattr(Glue, "look_at_crawlers", interrupted)

    assert watchdog.handler({}, None) == {"swept": 1}

    after = account.state().run
    assert len(looks) == 2
    assert after is not None
    assert (after.id, after.step) == (before.id, 1)
    assert after.uploads.count == 2
