"""Prose in source files: docstrings and comments of Python, comments and descriptions of YAML, defined names."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_COMMENT = re.compile(r"(?:^|\s)#+:?\s?(.*)")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as it is written, and the line on which it begins. A comment over several lines is one passage."""

    line: int
    text: str


def python_passages(source: str) -> Iterator[Passage]:
    """Every docstring, also of an attribute, and every comment of a Python module. Raises SyntaxError."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield Passage(node.lineno, ast.get_source_segment(source, node) or "")
    comments = {
        token.start[0]: token.string.lstrip("#: ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    yield from _blocks(comments)


def python_names(source: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Every name that a Python module defines: its line, the name, its parts in lower case. Raises SyntaxError."""
    for node in ast.walk(ast.parse(source)):
        name = _defined(node)
        if name:
            yield node.lineno, name, tuple(part.lower() for part in _PARTS.findall(name))  # type: ignore[attr-defined]


def _defined(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return node.asname or "" if isinstance(node, ast.alias) else ""


def yaml_passages(source: str) -> Iterator[Passage]:
    """Every comment of a YAML document, and every Description of a CloudFormation template. Raises YAMLError."""
    yield from _blocks(_yaml_comments(source))
    root = yaml.compose(source, Loader=yaml.SafeLoader)
    for node in _nodes(root):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == "Description" and isinstance(value, yaml.ScalarNode):
                    yield Passage(
                        value.start_mark.line + 1, source[value.start_mark.index : value.end_mark.index].rstrip()
                    )


def _yaml_comments(source: str) -> dict[int, str]:
    """Comments by line: what follows a # that is in no scalar."""
    chars = list(source)
    for token in yaml.scan(source, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.ScalarToken):
            for index in range(token.start_mark.index, token.end_mark.index):
                chars[index] = "_" if chars[index] == "#" else chars[index]
    found = {}
    for number, line in enumerate("".join(chars).split("\n"), 1):
        match = _COMMENT.search(line)
        if match:
            found[number] = match.group(1)
    return found


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "value", ()):
        if isinstance(child, tuple):
            for part in child:
                yield from _nodes(part)
        elif isinstance(child, yaml.Node):
            yield from _nodes(child)


def _blocks(comments: dict[int, str]) -> Iterator[Passage]:
    """Comments on consecutive lines as one passage each."""
    start, lines = 0, list[str]()
    for number, text in sorted(comments.items()):
        if lines and number == start + len(lines):
            lines.append(text)
            continue
        if lines:
            yield Passage(start, "\n".join(lines))
        start, lines = number, [text]
    if lines:
        yield Passage(start, "\n".join(lines))
