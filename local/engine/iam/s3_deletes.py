"""DeleteObjects, which S3 judges key by key: what may not go is an error in an answer that tells of the rest, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

_HEADERS_OF_BODY = (b"content-length", b"content-md5", b"x-amz-sdk-checksum-algorithm")
_EMPTY = b'<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></DeleteResult>'


@dataclass(frozen=True)
class Deletion:
    """A request without the keys that are refused; `refused` are those with S3's words."""

    body: bytes
    refused: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to delete."""
        return not keys(self.body)

    def headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The request's headers for what is left of its body."""
        kept = [(name, value) for name, value in given if name.lower() not in _HEADERS_OF_BODY]
        kept = [(name, value) for name, value in kept if not name.lower().startswith(b"x-amz-checksum-")]
        return [*kept, (b"content-length", str(len(self.body)).encode())]

    def answer(self, answer: bytes = _EMPTY) -> bytes:
        """The answer with an Error for each key that was refused."""
        errors = "".join(
            f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>{escape(words)}</Message></Error>"
            for key, words in self.refused.items()
        )
        before, end, after = answer.rpartition(b"</DeleteResult>")
        if not end:  # a result without members
            return _EMPTY.replace(b"></", f">{errors}</".encode())
        return before + errors.encode() + end + after


def keys(body: bytes) -> list[str]:
    """The keys of a request; none if it cannot be read, which S3 refuses."""
    return [element.text or "" for element in _parsed(body).iter() if _name(element) == "Key"]


def split(body: bytes, judge: Callable[[str], str | None]) -> Deletion | None:
    """The request without the keys that the judge has words against; None if it has none."""
    refused = {key: words for key in keys(body) if (words := judge(key)) is not None}
    if not refused:
        return None
    root = _parsed(body)
    for entry in [entry for entry in root if _name(entry) == "Object"]:
        if any(_name(member) == "Key" and (member.text or "") in refused for member in entry):
            root.remove(entry)
    return Deletion(ElementTree.tostring(root), refused)


def _parsed(body: bytes) -> Any:
    try:
        return ElementTree.fromstring(body)  # noqa: S314 # a client of this machine wrote it
    except ElementTree.ParseError:
        return ElementTree.Element("Delete")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
