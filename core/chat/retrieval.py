"""Answers from the user's own documents: passages found for a question, sent with it, and cited by number."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.chat.counting import Messages
from core.documents.chunking import chunk_document
from core.documents.search import FUNCTION_WORDS, PassageIndex, query_words, spoken_words, words
from core.errors import LabtopError
from core.paths import expanded
from core.printable import printable

SUFFIXES = (".md", ".markdown", ".txt")
"""Of documents."""

PASSAGE_TOKENS = 250
"""About half a page: several fit into a small model's context, and a citation leads close to its place."""

MAX_FILE_BYTES = 2**24
"""A larger file is not prose."""

MAX_BYTES = 2**27
"""Of all documents together: they take about 40 s and 1.5 GB of memory."""

INSTRUCTION = "Answer from these passages and cite their numbers, such as [1]. If the answer is not in them, say so."

PRONOUNS = frozenset(
    ("he", "her", "him", "his", "it", "its", "she", "that", "their", "them", "these", "they", "this", "those")
)
"""English words that may refer to something in an earlier question."""

Progress = Callable[[int, int], object]
"""Receives how many bytes of how many were read."""


def _silent(_done: int, _total: int) -> None:
    """Reports nothing."""


_CITATION = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True)
class Passage:
    """A piece of a document that was found for a question."""

    number: int
    """In citations."""
    file: str
    """Relative to the folder of documents."""
    heading: str
    """Above it; empty if there is none."""
    text: str

    @property
    def label(self) -> str:
        """Where it is, on one line."""
        return printable(f"{self.file}: {self.heading}" if self.heading else self.file)

    @property
    def reference(self) -> str:
        """Its line in a list of sources."""
        return f"[{self.number}] {self.label}"


@dataclass(frozen=True)
class _Stored:
    file: str
    text: str


class Documents:
    """The Markdown and text files of a folder, searchable."""

    def __init__(self, folder: Path, top: int = 3, progress: Progress = _silent) -> None:
        """`top` is the number of passages for a question; 10 MB are read in 3 s.

        Raises LabtopError for a folder without documents.
        """
        self.folder = expanded(folder)
        self._top = top
        self._progress = progress
        if not self.folder.exists():
            raise LabtopError(f"There is no folder {self.folder}.", hint="Use the folder with the documents.")
        self.notes: list[str] = []
        """Files that were left out, in sentences."""
        self._passages = [
            _Stored(name, chunk.text)
            for name, text in self._read()
            for chunk in chunk_document(name, text, PASSAGE_TOKENS)
        ]
        if not self._passages:
            raise LabtopError(
                f"{self.folder} has no documents: no text in files with the suffix {', '.join(SUFFIXES)}.",
                hint="Convert other documents to Markdown first.",
            )
        self._index = PassageIndex(passage.text for passage in self._passages)

    @property
    def count(self) -> int:
        """The number of documents with text."""
        return len({passage.file for passage in self._passages})

    def find(self, question: str, before: str = "") -> tuple[Passage, ...]:
        """The passages for a question. One that refers to the question `before` it is searched with its words, too."""
        query = f"{question} {before}" if refers_back(question) else question
        hits = self._index.search(query, self._top)
        found = []
        for number, hit in enumerate(hits, start=1):
            stored = self._passages[hit.index]
            found.append(Passage(number, stored.file, _heading(stored.text, query), stored.text))
        return tuple(found)

    def not_found(self) -> str:
        """What to show when nothing was found."""
        return f"Nothing in {printable(str(self.folder))} matches the question: the answer uses no documents."

    def _read(self) -> Iterator[tuple[str, str]]:
        """The name and the text of each document."""
        files = self._files()
        total = sum(size for _, size in files)
        if total > MAX_BYTES:
            raise LabtopError(
                f"The documents in {self.folder} are larger than {MAX_BYTES >> 20} MB.",
                hint="Choose a folder with fewer documents.",
            )
        done = 0
        for file, size in files:
            self._progress(done, total)
            done += size
            name = self._name(file)
            try:
                data = file.read_bytes()
            except OSError as error:
                self.notes.append(f"{name} is left out: {error.strerror or error}.")
                continue
            if b"\0" in data:
                self.notes.append(f"{name} is left out: it is not a text file.")
                continue
            yield name, data.decode("utf-8-sig", errors="replace")
        self._progress(total, total)

    def _name(self, file: Path) -> str:
        return printable(os.path.relpath(file, self.folder if self.folder.is_dir() else self.folder.parent))

    def _files(self) -> list[tuple[Path, int]]:
        """The documents and their sizes in bytes, by path."""
        found = [self.folder] if self.folder.is_file() else []
        for folder, folders, names in os.walk(self.folder):  # links to folders are not followed
            folders[:] = [name for name in folders if not name.startswith(".")]
            paths = (Path(folder, name) for name in names if not name.startswith("."))
            found += [path for path in paths if path.suffix.lower() in SUFFIXES and path.is_file()]
        sized = []
        for file in sorted(found):
            size = file.stat().st_size
            if size > MAX_FILE_BYTES:
                self.notes.append(f"{self._name(file)} is left out: it is larger than {MAX_FILE_BYTES >> 20} MB.")
            else:
                sized.append((file, size))
        return sized


def refers_back(question: str) -> bool:
    """Whether a question needs the one before it: "And when was it built?", "Why?"."""
    asked = set(spoken_words(question))
    return not asked.isdisjoint(PRONOUNS) or asked <= FUNCTION_WORDS


def with_passages(messages: Messages, passages: Sequence[Passage]) -> Messages:
    """A request in which the last question, the user's, is preceded by the passages."""
    if not passages:
        return messages
    *before, question = messages
    blocks = [f"[{passage.number}] {passage.label}\n{passage.text}" for passage in passages]
    content = "\n\n".join([INSTRUCTION, *blocks, f"Question: {question['content']}"])
    return [*before, {**question, "content": content}]


def source_lines(passages: Sequence[Passage], answer: str) -> list[str]:
    """The list of sources below an answer: what it cites, or all that it was given if it cites none of them."""
    cited = {int(number) for number in _CITATION.findall(answer)}
    listed = [passage for passage in passages if passage.number in cited]
    head = "Sources:" if listed else "Sources (none is cited):"
    return [head, *(passage.reference for passage in listed or passages)]


def _heading(text: str, query: str) -> str:
    """The heading of the part of a passage that has most of a query's words."""
    wanted = set(query_words(query))
    best, best_count, heading = "", -1, ""
    for part in re.split(r"^(?=#{1,6} )", text, flags=re.MULTILINE):
        mark, _, rest = part.partition(" ")
        if mark and not mark.strip("#"):
            heading = rest.partition("\n")[0].strip()
        count = len(wanted.intersection(words(part)))
        if part.strip() and count > best_count:
            best, best_count = heading, count
    return best
