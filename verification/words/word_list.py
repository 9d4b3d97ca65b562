"""The words to avoid, each with the plain ones to write instead. CONTRIBUTING.md shows this list as a table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One row: every form of a word or phrase to avoid, and what to write. `unless`: phrases in which it is right."""

    forms: tuple[str, ...]
    write: str
    unless: tuple[str, ...] = ()
    in_names: bool = False  # a name that is defined must not have it as a part either


@dataclass(frozen=True, slots=True)
class Exemption:
    """A place where a word has to stand: a file, a part of the sentence as it is written, and the reason."""

    file: str
    text: str
    reason: str


WORDS = (
    Word(("tell", "tells", "told", "telling"), "report, notify, show, say", in_names=True),
    Word(("mend", "mends", "mended", "mending"), "fix", in_names=True),
    Word(("anew",), "again", in_names=True),
    Word(("whose",), "the … of it; of which; with a …", in_names=True),
    Word(("beside", "besides"), "next to, as well", in_names=True),
    Word(("stranger", "strangers", "stranger's", "strangers'"), "started outside Landfall", in_names=True),
    Word(("lie", "lies", "lay", "lying"), "is", unless=("lie in wait",)),
    Word(
        ("stand", "stands", "stood", "standing"),
        "is",
        unless=("stand for", "stands for", "stand in for", "stands in for", "standing in for", "stands alone"),
    ),
    Word(("look at", "looks at", "looked at", "looking at"), "query, check, read"),
    Word(("whoever", "somebody", "nobody", "everybody"), "the caller, a user, no user", in_names=True),
    Word(("reckon", "reckons", "reckoned", "reckoning"), "computes; is CPU-bound", in_names=True),
    Word(("so many",), "N, that many"),
    Word(("hear of", "hears of", "heard of", "hearing of"), "is notified of"),
    Word(("hint", "hints"), "recheck; an event that Landfall confirms with AWS", in_names=True),
    Word(("hop count", "hops"), "recheck_count", in_names=True),
    Word(("whereabouts",), "location", in_names=True),
)

EXEMPTIONS: tuple[Exemption, ...] = ()
