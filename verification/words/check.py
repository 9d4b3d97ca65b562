"""Find the words of the list in files, and compare the table in CONTRIBUTING.md with it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from verification.words.prose import Passage, python_names, python_passages, yaml_passages
from verification.words.word_list import EXEMPTIONS, WORDS, Exemption, Word

_CODE = re.compile(r"`[^`\n]*`")  # code is quoted as it is


@dataclass(frozen=True, slots=True)
class Finding:
    """One word in one place, and what to write instead."""

    file: str
    line: int
    found: str
    write: str

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: "{self.found}": write {self.write}'


def check_files(files: Iterable[Path], root: Path, exemptions: tuple[Exemption, ...] = EXEMPTIONS) -> list[Finding]:
    """Every finding in Python and YAML files, by file and line; an exemption that applies to nothing is one as well."""
    findings: list[Finding] = []
    used: set[Exemption] = set()
    checked: set[str] = set()
    for file in sorted(files):
        name, source = file.relative_to(root).as_posix(), file.read_text()
        checked.add(name)
        for exemption in exemptions:
            if exemption.file == name and exemption.text in source:
                used.add(exemption)
                source = source.replace(exemption.text, "\n" * exemption.text.count("\n"))
        is_python = file.suffix == ".py"
        passages = python_passages(source) if is_python else yaml_passages(source)
        found = [finding for passage in passages for finding in _in_passage(name, passage)]
        findings += sorted([*found, *(_in_names(name, source) if is_python else ())], key=lambda one: one.line)
    stale = (one for one in exemptions if one.file in checked and one not in used)
    return findings + [Finding(one.file, 1, one.text, "nothing: this exemption applies to no text") for one in stale]


def _in_passage(file: str, passage: Passage) -> Iterator[Finding]:
    text = _CODE.sub(lambda code: " " * len(code.group()), passage.text)
    for word in WORDS:
        allowed = [match.start() for phrase in word.unless for match in _pattern(phrase).finditer(text)]
        for form in word.forms:
            for match in _pattern(form).finditer(text):
                if match.start() not in allowed:
                    line = passage.line + text.count("\n", 0, match.start())
                    yield Finding(file, line, " ".join(match.group().split()), word.write)


def _pattern(form: str) -> re.Pattern[str]:
    """The form as whole words in any case; a phrase may go on in the next line."""
    return re.compile(r"(?<![\w-])" + r"\s+".join(map(re.escape, form.split())) + r"(?![\w'-])", re.IGNORECASE)


def _in_names(file: str, source: str) -> Iterator[Finding]:
    avoided = {form: word for word in WORDS if word.in_names for form in word.forms}
    for line, name, parts in python_names(source):
        for part in parts:
            if part in avoided:
                yield Finding(file, line, name, avoided[part].write)


def table(words: Iterable[Word] = WORDS) -> str:
    """The list as the Markdown table of CONTRIBUTING.md."""
    rows = [f"| {', '.join(word.forms)} | {word.write} |" for word in words]
    return "\n".join(["| not | but |", "| --- | --- |", *rows]) + "\n"


def files_below(paths: Iterable[str], root: Path) -> list[Path]:
    """The Python and YAML files of these paths, which may be files or folders."""
    found: list[Path] = []
    for path in paths:
        place = root / path
        if not place.exists():
            raise FileNotFoundError(f"{path} is to be checked and does not exist")
        inside = place.rglob("*") if place.is_dir() else [place]
        found += [file for file in inside if file.suffix in (".py", ".yaml")]
    return found
