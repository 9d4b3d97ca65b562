"""P5 for `quoted csv`: it is open while the table that was last seen to split quoted values still does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from greenlet import getcurrent

from verification.simulation import truth
from verification.simulation.scheduler import Task
from verification.simulation.truth import Run, View

KIND = "quoted csv"


@dataclass(frozen=True)
class _Passed:
    """A crawl that has ended its step well; `split` is None where its files were not seen."""

    crawl: str
    split: bool | None
    is_checked: bool
    crawls: frozenset[str]


class QuotedCsv:
    """Follows what crawls have left, write by write."""

    def __init__(self, wrong: Callable[[str], None]) -> None:
        self._wrong = wrong
        self._passed: _Passed | None = None
        self._crawl_of: dict[str, str] = {}  # whose table the open incident of a pipeline is about

    def passed(self, run: Run, step: dict[str, Any]) -> None:
        """The write at work ends this crawl's step."""
        task = getcurrent()
        seen = task.marks.get("split", {}) if isinstance(task, Task) else {}
        definition = truth.fields(run.definition)
        self._passed = _Passed(
            step["crawl"],
            seen.get(f"{step['database']}.{step['table']}"),
            "query_role" in definition,
            frozenset(one["crawl"] for one in definition["steps"] if "crawl" in one),
        )

    def written(self, old: View, new: View) -> None:
        """The count of the incident must be what the write's crawl, if any, makes of it."""
        before, found = (view.open[KIND].count if KIND in view.open else 0 for view in (old, new))
        wanted, passed = before, self._passed
        self._passed = None
        if passed and passed.is_checked and passed.split:
            wanted, self._crawl_of[new.pipeline] = before + 1, passed.crawl
        elif passed and before and self._resolves(passed, self._crawl_of[new.pipeline]):
            wanted = 0
        if found != wanted:
            self._wrong(f"{KIND} of {new.pipeline} counts {found}; by its files it must be {wanted}")

    @staticmethod
    def _resolves(passed: _Passed, crawl: str) -> bool:
        if not passed.is_checked:
            return True
        return passed.split is False and (passed.crawl == crawl or crawl not in passed.crawls)
