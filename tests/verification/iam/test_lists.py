"""The written lists say where each of their lines comes from, and that is there."""

from local.stack.stack import ROOT
from verification.iam import needs
from verification.iam.table import DOCUMENT, table, written
from verification.template_rules.application import application


def test_every_rare_grant_names_a_test_that_is_there() -> None:
    for entry in needs.rare():
        file, name = entry["shown_by"].split("::")
        assert f"def {name}(" in (ROOT / file).read_text(), entry["shown_by"]


def test_every_need_of_a_service_names_its_source() -> None:
    for entry in needs._written():
        assert all(need["source"] in entry["sources"] for need in entry["needs"]), entry["role"]
        assert all(address.startswith("https://") for address in entry["sources"].values())


def test_the_table_of_the_document_is_that_of_the_template() -> None:
    document = DOCUMENT.read_text()

    assert written(document, table(application(all_conditions=True))) == document, "make it anew: make least-privilege"
