"""What a model was taught about a question: the nearest records of its training data, and where they come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.documents.search import PassageIndex, query_words, search_once, words
from core.errors import LabtopError
from core.sdg.datasets.catalogue import turns
from core.sdg.datasets.jsonl import numbered_lines
from core.sentences import split_sentences

PASSAGE_SENTENCES = 3
"""Consecutive sentences of a document that are shown with a record."""


@dataclass(frozen=True)
class Taught:
    """A question and answer of the training data, or a passage of a document that was trained on as text."""

    score: float
    """By BM25; comparable within one search."""
    question: str
    """For text, the document's title."""
    answer: str
    leaf: str
    """`leaf_node_path` of the record: the leaf's path with underscores; empty where it is not recorded."""
    passage: str
    """The sentences of its document that are nearest to the pair; empty without a document."""
    missing: tuple[str, ...]
    """Words of the question that are neither in the pair nor in its document."""
    file: str
    line: int
    """Counted from 1."""


@dataclass(frozen=True)
class _Record:
    question: str
    answer: str
    document: str
    leaf: str
    file: Path
    line: int

    @property
    def text(self) -> str:
        return f"{self.question}\n{self.answer}"


def find_taught(files: Sequence[Path], question: str, limit: int) -> list[Taught]:
    """The records nearest to a question, the best first; a pair that occurs in several forms is listed once.

    Reads the files twice, so that memory does not grow with them. Raises LabtopError for a question without words and
    for files that cannot be read or contain no pair.
    """
    if not query_words(question):
        raise LabtopError("The question has no words.", hint="Write the question that was answered wrongly.")
    if next(_distinct(files), None) is None:
        raise LabtopError(
            f"{', '.join(map(str, files))} contains no questions and answers.",
            hint="Name training data with --dataset; `labtop data list` shows it.",
        )
    hits = search_once(question, (record.text for record in _distinct(files)), limit)
    scores = {hit.index: hit.score for hit in hits}
    found = {index: record for index, record in enumerate(_distinct(files)) if index in scores}
    return [_taught(found[index], question, score) for index, score in scores.items()]


def taught_data(found: Taught) -> dict[str, Any]:
    """As JSON."""
    return {**asdict(found), "score": round(found.score, 4), "missing": list(found.missing)}


def _taught(record: _Record, question: str, score: float) -> Taught:
    there = {*words(record.text), *words(record.document)}
    missing = tuple(word for word in query_words(question) if word not in there)
    passage = nearest_passage(record.document, record.text)
    return Taught(score, record.question, record.answer, record.leaf, passage, missing, str(record.file), record.line)


def nearest_passage(document: str, pair: str) -> str:
    """The consecutive sentences of a document that are nearest to a pair; the first ones if none is near."""
    prose = "\n".join(line for line in document.splitlines() if not line.startswith("#"))
    sentences = [" ".join(sentence.split()) for sentence in split_sentences(prose)]
    windows = [
        " ".join(sentences[start : start + PASSAGE_SENTENCES])
        for start in range(max(1, len(sentences) - PASSAGE_SENTENCES + 1))
    ]
    hits = PassageIndex(windows).search(pair, 1)
    return windows[hits[0].index if hits else 0]


def _distinct(files: Iterable[Path]) -> Iterator[_Record]:
    seen: set[int] = set()
    for file in files:
        for line, data in numbered_lines(file):
            record = _read(data, file, line)
            key = hash((record.question.casefold(), record.answer.casefold(), record.leaf))
            if record.text.strip() and key not in seen:
                seen.add(key)
                yield record


def _read(data: dict[str, Any], file: Path, line: int) -> _Record:
    about = _metadata(data.get("metadata"))
    said = dict(turns(data))  # the last turn of each role; other fields of older records by their names
    document = _text(about.get("sdg_document"))
    asked = said.get("user", said.get("pretraining", ""))
    if _text(about.get("dataset")).startswith("document_knowledge_qa"):
        asked = asked.rsplit("\n\n", 1)[-1]  # comes after one document or several
    return _Record(asked, said.get("assistant", ""), document, _text(about.get("leaf_node_path")), file, line)


def _metadata(value: object) -> dict[str, Any]:
    """The metadata of a record: JSON in a string, in InstructLab's datasets."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
