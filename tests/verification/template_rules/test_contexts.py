"""What AWS's services send along: the table says where it has that from, and the guide names what is unproven."""

import pytest

from verification.template_rules.application import Application
from verification.template_rules.checks import CHECKS, contexts

_GLUE = {"service": "glue.amazonaws.com", "actions": ["sts:AssumeRole"], "key": "aws:SourceArn", "is": "unproven"}


def test_every_row_has_its_source_and_a_status_that_there_is() -> None:
    for row in contexts.contexts():
        assert row["is"] in ("proven", "unproven", "unsupported")
        assert row["source"].startswith("https://docs.aws.amazon.com/")


def test_what_is_unproven_and_not_in_the_guide_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "contexts", lambda: [_GLUE])

    found = [str(finding) for finding in CHECKS["what_is_unproven_is_documented"](Application([]))]

    assert found == ["docs/deploy.md does not name aws:SourceArn of glue.amazonaws.com among what is to be tried first"]
