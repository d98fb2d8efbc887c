"""The rules that need a leaf's documents: contexts stand in them, patterns find them, markdown is plain."""

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
"""Of a leaf's documents together, a thousand pages; the runs of longer ones would cost over a second to gather."""

MAX_PATTERNS = 100
"""Of a leaf, that are compared with each other."""


_DIVIDED = re.compile(r"(?<=[^\W\d_])-\n[ \t]*(?=[^\W\d_])")
_OMISSION = re.compile(r"[\[(](?:\.{3}|…)[\])]")


class DocumentText:
    """A leaf's documents, ready to be looked into many times."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)

    def share_of(self, passage: str) -> float:
        """How much of a passage stands in the documents, from 0 to 1; white space, markdown and case do not count."""
        parts = [found for part in _OMISSION.split(passage) if (found := texts.words(part))]
        if not self.comparable or all(f" {' '.join(part)} " in self._plain for part in parts):
            return 1.0
        return texts.share([run for part in parts for run in texts.runs(part)], self._runs)

    @property
    def comparable(self) -> bool:
        """Whether the documents are not too long for contexts to be looked for."""
        return sum(len(document.text) for document in self.documents) <= MAX_CHARACTERS

    @cached_property
    def _words(self) -> list[list[str]]:
        """Each document's words; twice where words are divided at the ends of lines, the second time put together."""
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
