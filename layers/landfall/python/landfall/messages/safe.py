"""Make foreign text safe to show: an object's key, a row's cell or a cause may be anything."""

import unicodedata

_JOINERS = "\u200c\u200d"  # part of words in Persian and of emoji; every other format character may mislead a reader
_BLANK = {"Cc", "Zl", "Zp"}
_HIDDEN = {"Cf", "Cn", "Co", "Cs"}


def line(text: str, limit: int) -> str:
    """One line of at most `limit` characters: line breaks and controls become spaces, invisible characters a mark."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    return cut(text.strip(), limit)


def name(text: str) -> str:
    """A name within plain text: in quotes if it is more than one word."""
    shown = line(text, 200)
    return f'"{shown}"' if " " in shown else shown


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in _BLANK:
        return " "
    return "\ufffd" if category in _HIDDEN and char not in _JOINERS else char


def cut(text: str, limit: int, mark: str = "…") -> str:
    """At most `limit` characters, the cut marked."""
    return text if len(text) <= limit else text[: limit - len(mark)] + mark


def ascii_line(text: str, limit: int) -> str:
    """As `line`, with a question mark for each character that is not ASCII: an SNS subject allows no others."""
    return cut(line(text, limit * 2).encode("ascii", "replace").decode(), limit, "...")


def code(text: str, limit: int) -> str:
    """A code span for chat, where no Markdown, mention or link works.

    Characters that could end it, or begin one of Slack's <links> and <!mentions>, are replaced by look-alikes, since
    escapes differ between platforms.
    """
    shown = (
        line(text, limit).replace("->", "\u2192").replace("`", "\u02cb").replace("<", "\u2039").replace(">", "\u203a")
    )
    return f"`{shown or ' '}`"


def url(text: str) -> str:
    """The text if it is a URL that is safe in a message as it is, else empty text."""
    is_web = text.startswith(("https://", "http://")) and text.isascii() and text.isprintable()
    return text if is_web and len(text) <= 1000 and not any(char in text for char in " <>|`\"'()[]{}\\^") else ""
