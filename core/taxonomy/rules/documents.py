"""The rules about a leaf's documents: contexts are copied from them, patterns match them, markdown is supported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from core.taxonomy.documents import patterns
from core.taxonomy.git.addresses import MAX_PATTERN
from core.taxonomy.rules import texts
from core.taxonomy.rules.markdown import Unsupported, unsupported_markdown

if TYPE_CHECKING:
    from core.taxonomy.documents.fetch import Document

MAX_CHARACTERS = 4_000_000
"""Characters of all documents of a leaf, a thousand pages; collecting the runs of more would take over a second."""

MAX_PATTERNS = 100
"""Patterns of a leaf that are compared with each other."""


_DIVIDED = re.compile(r"(?<=[^\W\d_])-\n[ \t]*(?=[^\W\d_])")
_OMISSION = re.compile(r"[\[(](?:\.{3}|…)[\])]")


class DocumentText:
    """A leaf's documents, prepared for many searches."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)

    def share_of(self, passage: str) -> float:
        """How much of a passage is in the documents, from 0 to 1; white space, markdown and case do not count."""
        parts = [found for part in _OMISSION.split(passage) if (found := texts.words(part))]
        if not self.comparable or all(f" {' '.join(part)} " in self._plain for part in parts):
            return 1.0
        return texts.share([run for part in parts for run in texts.runs(part)], self._runs)

    @property
    def comparable(self) -> bool:
        """Whether the documents are short enough to search for contexts."""
        return sum(len(document.text) for document in self.documents) <= MAX_CHARACTERS

    @cached_property
    def _words(self) -> list[list[str]]:
        """The words of each document; one with hyphenated line ends appears a second time with the words joined."""
        plain = [document.text for document in self.documents]
        joined = [_DIVIDED.sub("", text) for text in plain if _DIVIDED.search(text)]
        return [texts.words(text) for text in (*plain, *joined)]

    @cached_property
    def _plain(self) -> str:
        return " \n ".join(f" {' '.join(words)} " for words in self._words)

    @cached_property
    def _runs(self) -> set[int]:
        return {run for words in self._words for run in texts.runs(words)}

    @cached_property
    def unsupported(self) -> tuple[tuple[Document, Unsupported, int], ...]:
        """Unsupported markdown in each document, and its lines."""
        return tuple(
            (document, found, document.text.count("\n", 0, found.start) + 1)
            for document in self.documents
            for found in unsupported_markdown(document.text)
        )


def overlaps(names: Sequence[str], documents: DocumentText | None) -> Iterator[tuple[int, int]]:
    """Each pattern that matches files of an earlier one, and that one; judged by the documents if they are known."""
    names = _comparable(names)
    files = None
    if documents is not None:
        files = [{d.name for d in documents.documents if patterns.matches(d.name, name)} for name in names]
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


def unmatched(names: Sequence[str], documents: DocumentText) -> Iterator[int]:
    """Patterns that match no document."""
    for index, name in enumerate(_comparable(names)):
        if name and not any(patterns.matches(document.name, name) for document in documents.documents):
            yield index


def pattern_of(document: str, names: Sequence[str]) -> tuple[str | int, ...]:
    """The path in a leaf of the pattern that matches a document."""
    for index, name in enumerate(_comparable(names)):
        if name and patterns.matches(document, name):
            return "document", "patterns", index
    return "document", "patterns"


def _comparable(names: Sequence[str]) -> list[str]:
    """The first patterns, with an empty one in place of one that is too long."""
    return [name if len(name) <= MAX_PATTERN else "" for name in names[:MAX_PATTERNS]]
