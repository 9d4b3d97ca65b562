"""Hostile inputs from a seed: real payloads bent out of shape, and values that break parsers.

The same seed gives the same input, in every environment of this repository: no library, so that the engine's parsers
are fed by the same code, and so that 100,000 inputs a parser take seconds (hypothesis needs about 2 ms for each).
"""

import json
import random
import string
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

TEXTS = (
    "", " ", "\x00", "\n", "\r\n", "\t", "a\nb", "\u2028", "\ufeff", "\ud800", "\udfff", "é", "e\u0301", "数据", "🗂️",
    "%41", "a+b", "../..", "/", "//", ".", "..", "data/dataprofile/", "data/dataprofile/a.csv", "'", '"', "';--",
    "' OR 1=1 --", '"; DROP TABLE "person', "*/ SELECT 1 /*", "-- landfall: []", "${jndi:ldap://x}", "{{7*7}}", "$(id)",
    "`id`", "<script>", "\x1b[2J\x1b]0;x\x07", '{"level": "ERROR"}', "%s%n", "NaN", "null", "true", "0", "-1", "1e309",
    "9" * 400, "x" * 5_000, "arn:aws:iam::123456789012:role/landfall/dev/x", "arn:aws:iam::999999999999:role/x",
    "https://x", "javascript:alert(1)", "2026-11-21T12:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00", "2026-11-21", "2026-02-30T00:00:00Z", "Object Created", "aws.s3",
    "landfall", "Run Requested", "dev", "prod",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.1, -0.0, 1e308, 5e-324,
    float("inf"), float("-inf"), float("nan"),
)  # fmt: skip


class Hostile:
    """Makes hostile values."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)  # noqa: S311  # chances, not secrets

    def pick(self, values: Sequence[T]) -> T:
        """One of them."""
        return values[self.random.randrange(len(values))]

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.random.random() < share

    def text(self) -> str:
        """A text that somebody may have meant well, or not."""
        if self.chance(0.7):
            return self.pick(TEXTS)
        length = self.pick((1, 3, 20, 200))
        return "".join(self._sign() for _ in range(length))

    def _sign(self) -> str:
        if self.chance(0.6):
            return self.pick(string.printable)
        return chr(self.random.randrange(0x11_0000))

    def value(self, depth: int = 3) -> Any:
        """Anything that JSON can carry."""
        kind = self.random.randrange(10)
        if depth and kind == 0:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        if depth and kind == 1:
            return {self.text(): self.value(depth - 1) for _ in range(self.random.randrange(4))}
        makers: tuple[Callable[[], Any], ...] = (
            self.text,
            lambda: self.pick(NUMBERS),
            lambda: self.pick((None, True, False)),
        )
        return self.pick(makers)()

    def bent(self, document: Any) -> Any:
        """A copy of the document with some of its parts dropped, replaced, doubled, or of another type."""
        bent = self._bent(document, self.pick((0.1, 0.3, 1.0)) / _size(document))
        return self.value() if self.chance(0.02) else bent

    def _bent(self, value: Any, share: float) -> Any:
        if self.chance(share):
            return self.value()
        if isinstance(value, dict):
            made = {}
            for name, inner in value.items():
                if self.chance(share):
                    continue
                made[self.text() if self.chance(share / 2) else name] = self._bent(inner, share)
            if self.chance(share):
                made[self.text()] = self.value()
            return made
        if isinstance(value, list):
            made_list = [self._bent(inner, share) for inner in value if not self.chance(share)]
            return made_list * 2 if self.chance(share) else made_list
        if isinstance(value, str) and self.chance(share):
            return value.swapcase() if self.chance(0.3) else value + self.text()
        return value

    def json(self, document: Any) -> str:
        """A JSON text of a bent document, itself sometimes cut, doubled, or no JSON at all."""
        text = json.dumps(self.bent(document), ensure_ascii=self.chance(0.5))
        trouble = self.random.random()
        if trouble < 0.05:
            return text[: self.random.randrange(len(text) + 1)]
        if trouble < 0.07:
            return text + text
        if trouble < 0.08:
            return "[" * 100_000
        if trouble < 0.09:
            return '{"a":' * 3_000 + "1" + "}" * 3_000
        return self.text() if trouble < 0.12 else text

    def bytes(self, sample: bytes) -> bytes:
        """The bytes of a file with some of them flipped, dropped, repeated, or cut off."""
        made = bytearray(sample)
        for _ in range(self.pick((0, 1, 1, 2, 5, 30))):
            if not made:
                break
            at = self.random.randrange(len(made))
            trouble = self.random.randrange(6)
            if trouble == 0:
                made[at] = self.random.randrange(256)
            elif trouble == 1:
                made[at] ^= 1 << self.random.randrange(8)
            elif trouble == 2:
                del made[at : at + self.pick((1, 4, 100))]
            elif trouble == 3:
                made[at:at] = self.random.randbytes(self.pick((1, 4, 100)))
            elif trouble == 4:
                made[at:at] = self.text().encode("utf-8", "surrogatepass")[:200]
            else:
                del made[at : None if self.chance(0.3) else at + 1]
        return bytes(made)


def _size(document: Any) -> int:
    if isinstance(document, dict):
        return 1 + sum(_size(inner) for inner in document.values())
    return 1 + sum(_size(inner) for inner in document) if isinstance(document, list) else 1
