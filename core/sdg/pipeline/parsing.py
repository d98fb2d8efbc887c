"""Reading a teacher's reply: what stands between the tags that its prompt asked for.

Models take liberties with tags. These are allowed: another case, numbering (`[QUESTION 2]`), emphasis around a tag
(`**[ANSWER]**`), reasoning before the reply in `<think>`, an end tag that is missing before the next tag or, in a
reply that the model ended by itself, at the very end. Everything else that does not hold all outputs is counted, not
guessed at.
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
    """One thing to read from a reply, and the tags that it stands between."""

    column: str
    start: str
    end: str
    kind: OutputKind = "text"


@dataclass(frozen=True)
class Parsed:
    """What was read: one set of columns for each time that all outputs were there."""

    items: list[dict[str, str | float]]
    unreadable: int
    """How often the outputs began and were not complete; 1 when they did not even begin."""


def parse_reply(text: str, outputs: Sequence[Output], *, repeated: bool, truncated: bool = False) -> Parsed:
    """Read the outputs, which stand in the reply in their order, once or `repeated`.

    Asked for once, the last complete one counts, since models think aloud first. A `truncated` reply's open end is
    not an answer.
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
    """A value as its kind, or None if it is not of that kind.

    word: the first word in capitals, so that "Yes." is YES. number: the first one, after a colon if there is one, so
    that "2/2" and "Score: 2" are 2. letter: the first A, B, C or D that stands alone.
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
    """A tag as it was asked for: without emphasis, numbering, and differences of case."""
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
