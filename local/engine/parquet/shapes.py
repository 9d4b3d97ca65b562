"""What the columns of a Parquet file mean: lists and maps of today's writers and of old ones. Pure.

Source: parquet-format's LogicalTypes.md, "Nested Types" and its backward-compatibility rules. DuckDB takes the only
field of a repeated group for the element itself; where the rules make a struct of it, the group is `pulled`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.engine.parquet.footer import Element


@dataclass(frozen=True)
class Leaf:
    """A plain value."""

    element: Element


@dataclass(frozen=True)
class ListOf:
    """A list."""

    item: Shape


@dataclass(frozen=True)
class MapOf:
    """A map."""

    key: Shape
    value: Shape


@dataclass(frozen=True)
class Group:
    """A struct."""

    fields: tuple[tuple[str, Shape], ...]
    pulled: bool = False
    """Whether DuckDB has the only field's value in place of the struct."""


Shape = Leaf | ListOf | MapOf | Group


@dataclass(frozen=True)
class _Node:
    element: Element
    children: tuple[_Node, ...]

    @property
    def is_repeated(self) -> bool:
        return self.element.repetition == "REPEATED"


def columns(elements: Sequence[Element]) -> list[tuple[str, Shape]]:
    """The file's columns in their order. ValueError if the elements make no tree."""
    rest = iter(elements)
    try:
        root = _node(rest)
    except (StopIteration, RecursionError) as error:
        raise ValueError("not a Parquet footer: its schema does not end") from error
    return [(node.element.name, _shape(node)) for node in root.children]


def _node(rest: Iterator[Element]) -> _Node:
    """An element with all that is below it; they come in depth-first order."""
    element = next(rest)
    return _Node(element, tuple([_node(rest) for _ in range(element.children)]))


def _shape(node: _Node) -> Shape:
    """A field outside of a LIST and a MAP: if it is repeated, it is a list of itself."""
    if not node.is_repeated:
        return _own(node)
    return ListOf(_struct(node) if node.children and not node.element.annotation else _own(node))


def _own(node: _Node) -> Shape:
    """A field without regard to its repetition."""
    if not node.children:
        return Leaf(node.element)
    only = node.children[0] if len(node.children) == 1 else None
    if node.element.annotation == "LIST" and only is not None and only.is_repeated:
        return ListOf(_item(only, node.element.name))
    # old writers have MAP_KEY_VALUE for MAP; within a MAP it marks the pairs
    if node.element.annotation in ("MAP", "MAP_KEY_VALUE") and only is not None and len(only.children) == 2:
        key, value = only.children
        return MapOf(_shape(key), _shape(value))
    return _struct(node)


def _item(repeated: _Node, parent: str) -> Shape:
    """The element of a LIST, by the five rules."""
    if len(repeated.children) != 1 or repeated.element.annotation:
        return _own(repeated)
    if repeated.children[0].is_repeated or repeated.element.name in ("array", f"{parent}_tuple"):
        return _struct(repeated)
    return _shape(repeated.children[0])


def _struct(node: _Node) -> Group:
    fields = tuple((child.element.name, _shape(child)) for child in node.children)
    is_pulled = len(fields) == 1 and (node.is_repeated or node.element.annotation in ("LIST", "MAP"))
    return Group(fields, is_pulled)
