"""What on-call reads: every kind, in every form."""

import json

import pytest

from landfall.messages import safe, words
from landfall.messages.chat import chat
from landfall.messages.links import DeploymentInfo, links
from landfall.messages.notice import parse_notice
from landfall.messages.pagerduty import DEDUP_KEY_LIMIT, pagerduty
from landfall.messages.publication import publication
from landfall.messages.text import subject, text
from landfall.model import incident_kinds
from verification import messages
from verification.examples.incidents import KINDS, NOW, incident

PLACE = DeploymentInfo("dev", "aws")
PHASES = ("opened", "reminder", "resolved")
ALL = [(kind, phase) for kind in (*KINDS, "eaten by a whale") for phase in PHASES]


def missing(kind: str, phase: str) -> list[str]:
    """What on-call needs and neither the plain text nor the chat has."""
    news = parse_notice(incident(kind, phase))
    if phase == "resolved":
        needed = ["Resolved after 2 h 14 min", "run 20261121T154500.007Z-77aa10cd succeeded"]
    else:
        needed = [news.cause, news.runbook, *(link.href for link in links(news, PLACE))]
        needed += [f"s3://landfall-lake/{key}" for key in news.uploads.keys]
        needed += [command for _, command in words.next_steps(news, "dev")]
    needed += ["2026-11-21 13:32:33 UTC", "customer-data"]

    forms = (text(news, PLACE, NOW), json.dumps(chat(news, PLACE, NOW), ensure_ascii=False))
    shown = [form.replace('\\"', '"').replace("\u2192", "->") for form in forms]
    return [need for need in needed if not all(need in form for form in shown)]


def test_every_message_has_all_that_on_call_needs() -> None:
    assert {case: missing(*case) for case in ALL if missing(*case)} == {}


def test_the_page_of_messages_is_what_the_code_makes() -> None:
    assert messages.PAGE.read_text() == messages.page(), "run `make messages`"


def test_a_kind_that_we_know_has_a_sentence_and_a_sample() -> None:
    assert set(words.KINDS) == set(incident_kinds.ALL) == set(KINDS)


def test_pagerduty_is_triggered_and_resolved_under_one_key() -> None:
    for severity in ("critical", "error", "warning", "info"):
        opened = parse_notice(incident("crawl failed", "opened", severity=severity))
        resolved = parse_notice(incident("crawl failed", "resolved", severity=severity))

        trigger, resolution = pagerduty(opened, PLACE, NOW), pagerduty(resolved, PLACE, NOW)

        assert (trigger["event_action"], resolution["event_action"]) == ("trigger", "resolve")
        assert trigger["dedup_key"] == resolution["dedup_key"] == opened.incident
        assert trigger["payload"]["severity"] == severity


def test_long_incidents_keep_keys_of_their_own() -> None:
    keys = {
        pagerduty(parse_notice(incident("stale", incident="p" * 300 + end)), PLACE, NOW)["dedup_key"]
        for end in ("/1", "/2")
    }

    assert [len(key) for key in keys] == [DEDUP_KEY_LIMIT, DEDUP_KEY_LIMIT]


def test_a_thread_holds_an_incident_from_its_opening_to_its_end() -> None:
    threads = {chat(parse_notice(incident("stale", phase)), PLACE, NOW)["metadata"]["threadId"] for phase in PHASES}

    assert threads == {"person/stale/20261121T133233.480Z"}


def test_attributes_are_there_to_filter_on() -> None:
    made = publication(parse_notice(incident("stale", severity="warning")), PLACE, NOW)

    assert made.attributes == {
        "severity": "warning", "pipeline": "person", "owner": "customer-data", "kind": "stale", "event": "opened",
    }  # fmt: skip
    assert "owner" not in publication(parse_notice(incident("stale", owner="")), PLACE, NOW).attributes


@pytest.mark.parametrize(
    ("partition", "region", "root"),
    [
        ("aws", "eu-central-1", "https://eu-central-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_links_lead_to_the_console_of_the_partition_and_region(partition: str, region: str, root: str) -> None:
    place = DeploymentInfo("dev", partition)
    hrefs = {
        kind: [link.href for link in links(parse_notice(incident(kind) | {"region": region}), place)] for kind in KINDS
    }

    assert [kind for kind, found in hrefs.items() if not found] == []
    wrong = [
        href for found in hrefs.values() for href in found if not (href.startswith(root) and f"region={region}" in href)
    ]
    assert wrong == []


def test_an_isolated_partition_has_no_console_that_we_know() -> None:
    assert links(parse_notice(incident("stale")), DeploymentInfo("dev", "aws-iso")) == ()


def test_names_in_links_are_quoted_as_the_console_wants_them() -> None:
    job = parse_notice(incident("job failed", resource="a b/c#d", jobRunId="jr_1"))
    hrefs = {link.text: link.href for link in links(job, PLACE)}

    assert hrefs["Job run"].endswith("#/job/a%20b%2Fc%23d/run/jr_1")
    assert hrefs["Log"].endswith("#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror/log-events/jr_1")


def test_the_next_step_is_a_command_where_there_is_one() -> None:
    run, acknowledge = "landfall run person --stage prod", 'landfall ack person "{}" --stage prod'
    commands = {
        ("crawl failed", "opened"): [run],
        ("crawl failed", "reminder"): [run, acknowledge.format("crawl failed")],
        ("crawl failed", "resolved"): [],
        ("schema changed", "opened"): [acknowledge.format("schema changed")],
        ("schema changed", "reminder"): [acknowledge.format("schema changed")],
        ("definition invalid", "opened"): ["landfall validate person.json"],
        ("late", "opened"): [run],
        ("stale", "opened"): [""],
        ("stuck", "opened"): [""],
    }

    found = {
        case: [command for _, command in words.next_steps(parse_notice(incident(*case)), "prod")] for case in commands
    }
    assert found == commands


def test_a_command_holds_no_other_command() -> None:
    step = words.next_steps(parse_notice(incident("x; rm -rf /", "reminder", pipeline="a $(b)")), "dev")

    assert [command for _, command in step] == [
        "landfall run 'a $(b)' --stage dev",
        "landfall ack 'a $(b)' 'x; rm -rf /' --stage dev",
    ]


def test_durations_are_said_in_their_two_largest_units() -> None:
    said = {
        -5: "0 s", 0: "0 s", 59.4: "59 s", 59.6: "1 min", 147: "2 min 27 s", 300: "5 min", 3599: "59 min",
        3600: "1 h", 8041.52: "2 h 14 min", 86399: "23 h 59 min", 86400: "1 d", 100800: "1 d 4 h",
    }  # fmt: skip

    assert {seconds: words.duration(seconds) for seconds in said} == said


def test_what_seems_to_lie_ahead_has_just_happened() -> None:
    assert words.ago(NOW + 3, NOW) == "just now"
    assert words.ago(NOW - 61, NOW) == "1 min 1 s ago"


def test_one_upload_is_one() -> None:
    one = {"count": 1, "oldest": "2026-11-21T13:31:58.000Z", "newest": "2026-11-21T13:31:58.000Z", "keys": ["a"]}
    said = text(parse_notice(incident("crawl failed", uploads=one)), PLACE, NOW)

    assert "; 1 upload is not ready." in said
    assert "1, of 2026-11-21 13:31:58 UTC" in said


def test_more_uploads_than_keys_are_told() -> None:
    many = {"count": 1234, "oldest": "", "newest": "", "keys": [f"{number}.csv" for number in range(9)]}
    said = text(parse_notice(incident("crawl failed", uploads=many)), PLACE, NOW)

    assert "1,234 uploads are not ready" in said
    assert "4.csv" in said
    assert "5.csv" not in said
    assert "and 1,229 more" in said


def test_a_runbook_that_is_no_plain_address_is_text() -> None:
    for address in ("javascript:alert(1)", "https://a b", "https://x|y", "https://x>", "ftp://x", "https://é.example"):
        event = pagerduty(parse_notice(incident("stale", runbook=address)), PLACE, NOW)

        assert safe.url(address) == ""
        assert "Runbook" not in [link["text"] for link in event["links"]]


def test_subjects_say_how_it_stands() -> None:
    said = [subject(parse_notice(incident("crawl failed", phase)), "dev") for phase in PHASES]

    assert said == [
        "CRITICAL person: crawl failed (Landfall dev)",
        "STILL OPEN person: crawl failed (Landfall dev)",
        "RESOLVED person: crawl failed (Landfall dev)",
    ]


# the form in which users of Athena reported it; the types are as wide as in a cost report
_STRUCT = ",".join(f"field_number_{number}:string" for number in range(25))
MISMATCH = (
    "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are "
    "incompatible and cannot be coerced. The column 'causes' in table 'person-db._dataprofile' is declared as type "
    f"'array<struct<{_STRUCT},impact:double>>', but partition 'payer=1/day=18' declared column 'causes' as type "
    f"'array<struct<{_STRUCT}>>'."
)


def test_a_schema_mismatch_is_shown_uncut_with_the_partition_and_both_types() -> None:
    example = parse_notice(incident("query failed", "opened", cause=MISMATCH))

    details = pagerduty(example, PLACE, NOW)["payload"]["custom_details"]
    description = chat(example, PLACE, NOW)["content"]["description"]

    assert len(MISMATCH) > 1400
    assert MISMATCH in text(example, PLACE, NOW)
    assert any(MISMATCH in detail for detail in details.values())
    assert MISMATCH in description.replace("\u2039", "<").replace("\u203a", ">")
