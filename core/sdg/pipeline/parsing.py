"""Reading a teacher's reply: the text between the tags that its prompt asked for.

Models do not write tags exactly. These differences are accepted: another case, numbering (`[QUESTION 2]`), emphasis
around a tag (`**[ANSWER]**`), reasoning before the reply in `<think>`, and an end tag that is missing before the next
tag or at the end of a reply that is complete. Any other reply without all outputs is counted, not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

OutputKind = Literal["text", "word", "number", "letter"]


@dataclass(frozen=True)
class Output:
    """One value to read from a reply, and the tags before and after it."""

    column: str
    start: str
    end: str
    kind: OutputKind = "text"


@dataclass(frozen=True)
class Parsed:
    """What was read: one set of columns for each complete set of outputs."""

    items: list[dict[str, str | float]]
    unreadable: int
    """How many sets of outputs began and were not complete; 1 if none began."""


def parse_reply(text: str, outputs: Sequence[Output], *, repeated: bool, truncated: bool = False) -> Parsed:
    """Read the outputs, in their order, once or `repeated`.

    If not repeated, the last complete set counts, since models reason before they answer. The unfinished end of a
    `truncated` reply is not an answer.
    """
    text = text.rpartition("</think>")[2]
    items: list[dict[str, str | float]] = []
    begun = 0
    current: dict[str, str | float] = {}
    marks = list(_tags(tuple(outputs)).finditer(text))
    for number, mark in enumerate(marks):
        tag = _normal(mark[0])
        for index, output in enumerate(outputs):
            if tag != _normal(output.start):
                continue
            if index == 0:
                begun += 1
                current = {}
            if len(current) != index:
                continue
            last = number + 1 == len(marks)
            if last and truncated:
                continue
            value = convert(text[mark.end() : None if last else marks[number + 1].start()], output.kind)
            if value is None:
                continue
            current[output.column] = value
            if len(current) == len(outputs):
                items.append(current)
                current = {}
    unreadable = begun - len(items) if begun else 1
    if not repeated and items:
        return Parsed(items[-1:], 0)
    return Parsed(items, unreadable)


def convert(text: str, kind: OutputKind) -> str | float | None:
    """The text converted to a kind, or None if it cannot be.

    word: the first word in capitals, so that "Yes." is YES. number: the first one, after a colon if there is one, so
    that "2/2" and "Score: 2" are 2. letter: the first A, B, C or D that is a word of its own.
    """
    text = text.strip()
    if kind == "text":
        return text or None
    if kind == "word":
        match = re.search(r"[^\W\d_]+", text)
        return match[0].upper() if match else None
    if kind == "number":
        match = re.search(r"-?\d+(?:\.\d+)?", text.rpartition(":")[2])
        return float(match[0]) if match else None
    match = re.search(r"(?<!\w)[A-D](?!\w)", text)
    return match[0] if match else None


def _normal(tag: str) -> str:
    """A tag without emphasis, numbering and differences of case."""
    inner = tag.strip("*_: \t").strip("[]").strip()
    return " ".join(re.sub(r"[ \t]+\d+$", "", inner).casefold().split())


@lru_cache
def _tags(outputs: tuple[Output, ...]) -> re.Pattern[str]:
    patterns = []
    for tag in sorted({tag for output in outputs for tag in (output.start, output.end)}, key=len, reverse=True):
        words = r"[ \t]+".join(re.escape(word) for word in tag.strip("[]").split())
        if len(tag) <= 3:  # "[a]" in an answer is more likely a footnote than a choice
            patterns.append(rf"\*{{0,3}}\[[ \t]*{words}[ \t]*\]\*{{0,3}}:?\*{{0,3}}")
        else:
            patterns.append(rf"\*{{0,3}}(?i:\[[ \t]*{words}(?:[ \t]+\d+)?[ \t]*\])\*{{0,3}}:?\*{{0,3}}")
    return re.compile("|".join(patterns))
