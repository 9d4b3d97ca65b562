"""Links to the AWS console of the right partition and region."""

from dataclasses import dataclass
from urllib.parse import quote

from landfall.messages.notice import Notice

# China and GovCloud have consoles of their own. Isolated partitions have none on the internet: no links there.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

_LONGEST = 2000  # characters; real names stay far below, and some browsers refuse longer ones
_CRAWLER_LOGS = "/aws-glue/crawlers"
_JOB_ERRORS = "/aws-glue/jobs/error"
_ABOUT_THE_DEFINITION = ("definition invalid", "access denied", "refused", "late", "stale")


@dataclass(frozen=True, slots=True)
class DeploymentInfo:
    """Where this Landfall is deployed."""

    stage: str
    partition: str


@dataclass(frozen=True, slots=True)
class Link:
    """A URL, and what it shows."""

    text: str
    href: str


def links(notice: Notice, place: DeploymentInfo) -> tuple[Link, ...]:
    """Links to the step's run, its log, the query and the definition: those that exist for this incident."""
    console = _CONSOLES.get(place.partition)
    if console is None or not notice.region:
        return ()
    root, region = f"https://{notice.region}.{console}", notice.region
    found = []
    if notice.step_kind == "crawl" and notice.resource:
        crawler = f"{root}/glue/home?region={region}#/v2/data-catalog/crawlers/view/{_part(notice.resource)}"
        found += [Link("Crawler", crawler), Link("Log", _log(root, region, _CRAWLER_LOGS, notice.resource))]
    if notice.step_kind == "job" and notice.resource:
        job = f"{root}/gluestudio/home?region={region}#"
        if notice.job_run_id:
            run = f"{job}/job/{_part(notice.resource)}/run/{_part(notice.job_run_id)}"
            found += [Link("Job run", run), Link("Log", _log(root, region, _JOB_ERRORS, notice.job_run_id))]
        else:
            found.append(Link("Job", f"{job}/editor/job/{_part(notice.resource)}/runs"))
    if notice.step_kind == "alarm" and notice.resource:
        found.append(Link("Alarm", f"{root}/cloudwatch/home?region={region}#alarmsV2:alarm/{_part(notice.resource)}"))
    if notice.step_kind == "replication":
        found.append(Link("DMS", f"{root}/dms/v2/home?region={region}"))
    if notice.query_id:
        query = f"{root}/athena/home?region={region}#/query-editor/history/{_part(notice.query_id)}"
        found.append(Link("Query", query))
    if notice.kind in _ABOUT_THE_DEFINITION:
        parameter = _twice(f"/landfall/{place.stage}/pipelines/{notice.pipeline}", "%25")
        definition = f"{root}/systems-manager/parameters/{parameter}/description?region={region}"
        found.append(Link("Definition", definition))
    return tuple(link for link in found if len(link.href) <= _LONGEST)


def _log(root: str, region: str, group: str, stream: str) -> str:
    path = f"log-group/{_twice(group, '$25')}/log-events/{_twice(stream, '$25')}"
    return f"{root}/cloudwatch/home?region={region}#logsV2:log-groups/{path}"


def _part(name: str) -> str:
    """A name as one part of a path; half a surrogate pair must not raise."""
    return quote(name.encode("utf-8", "replace"), safe="")


def _twice(name: str, percent: str) -> str:
    """Quote twice, as the console expects; in CloudWatch with $ for %."""
    return _part(name).replace("%", percent)
