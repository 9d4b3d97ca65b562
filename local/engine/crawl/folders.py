"""The objects of a target as a tree of folders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from local.engine.crawl.classifiers import Reading
from local.engine.crawl.formats import Column


@dataclass
class File:
    """An object with data. `reading` is None when no classifier knows it, or when it was not read (`skipped`)."""

    key: str
    size: int
    reading: Reading | None = None
    columns: tuple[Column, ...] = ()
    skipped: bool = False


@dataclass
class Folder:
    """A folder with its own files and the folders in it."""

    path: str
    """The key prefix, with its slash; empty at the bucket's root."""
    files: list[File] = field(default_factory=list)
    folders: dict[str, Folder] = field(default_factory=dict)

    def walk(self) -> Iterator[Folder]:
        """Itself and all folders below it; keys may be hundreds of levels deep, so without recursion."""
        waiting = [self]
        while waiting:
            folder = waiting.pop()
            yield folder
            waiting.extend(reversed(folder.folders.values()))

    def all_files(self) -> Iterator[File]:
        """The files of this folder and of all below it."""
        return (file for folder in self.walk() for file in folder.files)


def tree(root: str, files: list[File]) -> Folder:
    """The files under a prefix as folders, in the order of their keys."""
    top = Folder(root)
    for file in files:
        folder = top
        *names, _ = file.key[len(root) :].split("/")
        for name in names:
            folder = folder.folders.setdefault(name, Folder(f"{folder.path}{name}/"))
        folder.files.append(file)
    return top
