"""All pipeline definitions of a stage, read from SSM and kept for a minute."""

from collections.abc import Callable, Iterable

from landfall.model import definitions
from landfall.model.errors import InvalidDefinitionError
from landfall.model.pipelines import Pipeline, PipelineIndex, Registration, find_conflicts

_FRESH_SECONDS = 60.0
_RECENT_SECONDS = 3.0  # crawlers and jobs outside Landfall may end often, and each read costs several calls

_CAUSE = 2_000  # characters of an error that go into the state and its announcements

Parameter = tuple[str, str, float]


class DefinitionRegistry:
    """The valid pipelines. An invalid definition leaves out only its own pipeline; `problems` has the reasons."""

    def __init__(self, read: Callable[[], Iterable[Parameter]], clock: Callable[[], float]) -> None:
        """`read` returns name, text and time of the last change (seconds) of each parameter."""
        self._read, self._clock = read, clock
        self._read_at = float("-inf")
        self._index = PipelineIndex(())
        self.problems: tuple[InvalidDefinitionError, ...] = ()

    def pipelines(self, *, fresh: bool = False) -> PipelineIndex:
        """The pipelines, read a minute ago at most; `fresh` reads them again now."""
        return self._refresh(0.0 if fresh else _FRESH_SECONDS)

    @property
    def problems_by_name(self) -> dict[str, str]:
        """Why definitions are invalid, by the last part of the parameter's name, which has to be the pipeline's."""
        return {problem.parameter.rsplit("/", 1)[-1]: str(problem)[:_CAUSE] for problem in self.problems}

    def of_crawler(self, crawler: str) -> Pipeline | None:
        """The pipeline of this crawler. If it is unknown, definitions are read again: it may be new."""
        return self.pipelines().by_crawler.get(crawler) or self._refresh(_RECENT_SECONDS).by_crawler.get(crawler)

    def of_job(self, job: str) -> Pipeline | None:
        """The pipeline of this job, found as in `of_crawler`."""
        return self.pipelines().by_job.get(job) or self._refresh(_RECENT_SECONDS).by_job.get(job)

    def of_replication(self, replication: str) -> tuple[Pipeline, ...]:
        """The pipelines that this DMS replication feeds, found as in `of_crawler`."""
        return self.pipelines().by_replication.get(replication) or self._refresh(_RECENT_SECONDS).by_replication.get(
            replication, ()
        )

    def _refresh(self, seconds: float) -> PipelineIndex:
        now = self._clock()
        if not seconds or now - self._read_at > seconds:
            self._index, self.problems = compile_all(self._read())
            self._read_at = now
        return self._index


def compile_all(parameters: Iterable[Parameter]) -> tuple[PipelineIndex, tuple[InvalidDefinitionError, ...]]:
    """Every valid pipeline, and an error for each invalid definition."""
    claims, problems = [], []
    for name, text, changed_at in parameters:
        try:
            claims.append(Registration(name, definitions.parse(name, text), changed_at))
        except InvalidDefinitionError as error:
            problems.append(error)
    refused = find_conflicts(claims)
    problems += [InvalidDefinitionError(name, reasons) for name, reasons in refused.items()]
    return PipelineIndex(claim.pipeline for claim in claims if claim.parameter not in refused), tuple(problems)
