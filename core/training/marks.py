"""Marks around a conversation's texts, which show where a chat template puts them."""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = 0x10C000
"""First of the code points that are put around each message's content while the template is rendered, to find its
position. They are from a private use plane, so real text has none; a sample that contains them is dropped."""

MARKS = re.compile("[\U0010c000-\U0010fffd]")

REASONING = ("reasoning_content", "thinking")
"""The fields of an assistant's reasoning, by the names that chat templates use."""

FIELDS = ("reasoning", "content")
"""The texts of a message whose positions are found, in the order of their marks: two for each text."""

Message = dict[str, str]
"""`role`, `content`, and perhaps one of REASONING."""


def reasoning_field(message: Message) -> str | None:
    """The name of the field with a message's reasoning; None without any."""
    return next((name for name in REASONING if message.get(name)), None)


def mark(index: int, field: str, end: int) -> str:
    """The mark at the beginning (0) or end (1) of a text of the message `index`."""
    return chr(MARK + 4 * index + 2 * FIELDS.index(field) + end)


def _wrap(index: int, field: str, text: str) -> str:
    return f"{mark(index, field, 0)}{text}{mark(index, field, 1)}"


def _wrap_core(index: int, field: str, text: str) -> str:
    core = text.strip()
    lead = text[: len(text) - len(text.lstrip())]
    return f"{lead}{_wrap(index, field, core)}{text[len(lead) + len(core) :]}"


def _wrap_with(wrap: Callable[[int, str, str], str], index: int, message: Message) -> Message:
    wrapped = {**message, "content": wrap(index, "content", message["content"])}
    if name := reasoning_field(message):
        wrapped[name] = wrap(index, "reasoning", message[name])
    return wrapped


def wrap_all(index: int, message: Message) -> Message:
    """The message `index` with marks around its texts."""
    return _wrap_with(_wrap, index, message)


def wrap_core(index: int, message: Message) -> Message:
    """The same, for templates that strip the texts: surrounding white space stays outside of the marks."""
    return _wrap_with(_wrap_core, index, message)


def locate(marked: str) -> tuple[str, dict[tuple[int, str], tuple[int, int]]]:
    """The text without its marks, and the position of each message's texts in it, by the message's index and the field.

    A text that was truncated or repeated has no position.
    """
    found: dict[int, list[int]] = {}
    pieces: list[str] = []
    length = position = 0
    for mark_match in MARKS.finditer(marked):
        pieces.append(marked[position : mark_match.start()])
        length += len(pieces[-1])
        position = mark_match.end()
        found.setdefault(ord(mark_match[0]) - MARK, []).append(length)
    pieces.append(marked[position:])
    places = {
        (code // 4, FIELDS[code % 4 // 2]): (starts[0], found[code + 1][0])
        for code, starts in found.items()
        if code % 2 == 0 and len(starts) == 1 and len(found.get(code + 1, ())) == 1
    }
    return "".join(pieces), places
