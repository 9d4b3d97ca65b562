"""What goes wrong, and how often: each kind has its own stream of chances, so that one seed is one schedule."""

from random import Random

# kind: (low, high) chance at each occasion. Half of the kinds are off in any one schedule: faults that never meet
# show other errors than faults that always do.
KINDS: dict[str, tuple[float, float]] = {
    "crash before": (0.003, 0.05),
    "crash after": (0.003, 0.05),
    "throttled": (0.01, 0.15),
    "unheard": (0.005, 0.08),  # an ambiguous error, the call had no effect
    "unanswered": (0.005, 0.08),  # an ambiguous error, the call had its effect
    "slow": (0.01, 0.1),
    "conflict of its own": (0.01, 0.1),  # the SDK repeats a write that was done and meets itself
    "transaction conflict": (0.01, 0.1),
    "unprocessed": (0.05, 0.3),
    "entry refused": (0.02, 0.3),
    "stale look": (0.02, 0.2),
    "event lost": (0.05, 0.6),
    "event doubled": (0.05, 0.4),
    "event late": (0.03, 0.3),
    "event very late": (0.01, 0.1),
    "message doubled": (0.02, 0.2),
    "invocation lost": (0.01, 0.1),
    "sweep lost": (0.05, 0.4),
    "sweep doubled": (0.05, 0.4),
    "crawl fails": (0.05, 0.5),
    "schema changes": (0.05, 0.4),
    "table lost": (0.03, 0.2),
    "table deprecated": (0.03, 0.2),
    "table forbidden": (0.03, 0.2),
    "query fails": (0.05, 0.3),
    "check does not hold": (0.05, 0.3),
    "stranger after crawl": (0.05, 0.5),
    "stranger before crawl": (0.05, 0.4),
    "stranger stops crawl": (0.05, 0.3),
    "stranger before upload": (0.03, 0.3),
    "forbidden while a stranger crawls": (0.03, 0.3),
    "upload at start": (0.1, 0.7),
    "upload at end": (0.1, 0.7),
    "job fails": (0.1, 0.6),
    "job ends untold": (0.1, 0.5),
    "job run not shown yet": (0.1, 0.8),
    "stranger before job": (0.05, 0.4),
    "stranger after job": (0.05, 0.5),
    "stranger stops job": (0.05, 0.3),
}


class Faults:
    """Decides each chance. `without` names kinds (`event lost`) or single hits (`event lost#2`) to leave out."""

    def __init__(self, seed: int, without: frozenset[str]) -> None:
        draw = Random(f"{seed}/rates")
        calm = draw.random() < 0.04
        self.rates = {kind: 0.0 if calm else draw.choice((0.0, 0.0, low, high)) for kind, (low, high) in KINDS.items()}
        self._without = without
        self._streams = {kind: Random(f"{seed}/{kind}") for kind, rate in self.rates.items() if rate}
        self.hits = dict.fromkeys(KINDS, 0)
        self.on = True

    def hit(self, kind: str) -> bool:
        """Whether it goes wrong here. A hit that is left out counts as one, so that the others keep their numbers."""
        stream = self._streams.get(kind)
        if stream is None or not self.on or stream.random() >= self.rates[kind]:
            return False
        self.hits[kind] += 1
        return kind not in self._without and f"{kind}#{self.hits[kind]}" not in self._without
