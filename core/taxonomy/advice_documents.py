"""The rules that need a leaf's documents: contexts stand in them, patterns find them, markdown is plain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from core.taxonomy import advice_text, patterns
from core.taxonomy.addresses import MAX_PATTERN

if TYPE_CHECKING:
    from core.taxonomy.documents import Document

MAX_CHARACTERS = 4_000_000
"""Of a leaf's documents together, a thousand pages; the runs of longer ones would cost over a second to gather."""

_CODE = re.compile(r"```.*?```|`[^`\n]{1,1000}`", re.DOTALL)
_UNSUPPORTED = re.compile(
    r"(?P<image>!\[[^\[\]]{0,1000}\][(\[]|<img\b)|(?P<footnote>\[\^[^\]\s]{1,100}\])|(?P<table><table\b)", re.IGNORECASE
)

MAX_PATTERNS = 100
"""Of a leaf, that are compared with each other."""

NAMES = {"image": "an image", "footnote": "a footnote", "table": "an HTML table"}
"""Markdown that the method does not support."""

HINTS = {
    "image": "Write what it shows as text, or leave it out.",
    "footnote": "Write its text where it is needed, or leave it out.",
    "table": "Write it as a markdown table.",
}


class Unsupported(NamedTuple):
    """A stretch of markdown that the method does not support."""

    kind: str
    start: int
    end: int


def unsupported_markdown(text: str) -> list[Unsupported]:
    """The first image, footnote and HTML table of a text, outside of code."""
    if "![" not in text and "[^" not in text and "<" not in text:
        return []
    plain = _CODE.sub(lambda match: " " * len(match[0]), text)
    first: dict[str, Unsupported] = {}
    for match in _UNSUPPORTED.finditer(plain):
        kind = match.lastgroup or ""
        first.setdefault(kind, Unsupported(kind, *match.span()))
        if len(first) == len(NAMES):
            break
    return list(first.values())


class DocumentText:
    """A leaf's documents, ready to be looked into many times."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)

    def share_of(self, passage: str) -> float:
        """How much of a passage stands in the documents, from 0 to 1; white space, markdown and case do not count."""
        found = advice_text.words(passage)
        if not found or not self.comparable or f" {' '.join(found)} " in self._plain:
            return 1.0
        return advice_text.share(list(advice_text.runs(found)), self._runs)

    @property
    def comparable(self) -> bool:
        """Whether the documents are not too long for contexts to be looked for."""
        return sum(len(document.text) for document in self.documents) <= MAX_CHARACTERS

    @cached_property
    def _words(self) -> list[list[str]]:
        return [advice_text.words(document.text) for document in self.documents]

    @cached_property
    def _plain(self) -> str:
        return " \n ".join(f" {' '.join(words)} " for words in self._words)

    @cached_property
    def _runs(self) -> set[int]:
        return {run for words in self._words for run in advice_text.runs(words)}

    @cached_property
    def unsupported(self) -> tuple[tuple[Document, Unsupported, int], ...]:
        """Unsupported markdown in each document, and the lines where it stands."""
        return tuple(
            (document, found, document.text.count("\n", 0, found.start) + 1)
            for document in self.documents
            for found in unsupported_markdown(document.text)
        )


def overlaps(names: Sequence[str], taken: DocumentText | None) -> Iterator[tuple[int, int]]:
    """For each pattern that takes files of an earlier one, the two: surely from the documents, else by their look."""
    names = _comparable(names)
    files = None
    if taken is not None:
        files = [{d.name for d in taken.documents if patterns.matches(d.name, name)} for name in names]
    for later, name in enumerate(names):
        if name in names[:later]:  # the schema forbids the same one twice
            continue
        for earlier, other in enumerate(names[:later]):
            common = files[later] & files[earlier] if files else None
            if common or (
                common is None and name and other and (patterns.covers(name, other) or patterns.covers(other, name))
            ):
                yield later, earlier
                break


def unmatched(names: Sequence[str], taken: DocumentText) -> Iterator[int]:
    """Patterns that take no document."""
    for index, name in enumerate(_comparable(names)):
        if name and not any(patterns.matches(document.name, name) for document in taken.documents):
            yield index


def pattern_of(document: str, names: Sequence[str]) -> tuple[str | int, ...]:
    """Where in a leaf the pattern stands that takes a document."""
    for index, name in enumerate(_comparable(names)):
        if name and patterns.matches(document, name):
            return "document", "patterns", index
    return "document", "patterns"


def _comparable(names: Sequence[str]) -> list[str]:
    """The first patterns; none in the place of one that is too long to be any."""
    return [name if len(name) <= MAX_PATTERN else "" for name in names[:MAX_PATTERNS]]
