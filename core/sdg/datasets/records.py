"""Training records with exactly `id`, `messages`, `metadata` (JSON in a string) and `unmask`, as in InstructLab.

Records with `unmask` are trained on whole; of others, only the assistant's turns are in the loss.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from core.documents.chunking import Chunk
from core.documents.markdown import plain
from core.sdg.engine.rows import Row
from core.sentences import split_sentences
from core.tokens import count_tokens

Record = dict[str, Any]

NAMESPACE = uuid.UUID("6f1d3c1e-53f4-5d0f-9a55-0b8f3f0d6a11")
"""Of the ids of records, which are derived from their content."""

RAFT_GOLDEN = 0.4
"""The share of retrieval-style records whose documents include the right one (RAFT, arXiv 2403.10131, calls it P)."""

RAFT_DOCUMENTS = 4
"""Documents shown in a retrieval-style record; the right one, if shown, replaces another."""

PASSAGE_TOKENS = 95
"""A small student learns from rows of about this size, and not from rows with a whole chunk in the user's turn."""


def make_record(user: str, assistant: str, metadata: dict[str, Any], *, unmask: bool) -> Record:
    """A record with an id derived from its content. Adding a system turn does not change the id."""
    about = json.dumps(metadata, ensure_ascii=False)
    content = "\0".join((user, assistant, about, str(unmask)))
    return {
        "messages": [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}],
        "metadata": about,
        "id": str(uuid.uuid5(NAMESPACE, content)),
        "unmask": unmask,
    }


def with_system(record: Record, prompt: str) -> Record:
    """The record with a system turn first; unchanged if the prompt is empty."""
    return {**record, "messages": [{"role": "system", "content": prompt}, *record["messages"]]} if prompt else record


def document_records(rows: Iterable[Row]) -> Iterator[Record]:
    """Each question with its chunk in the user's turn."""
    for row in rows:
        yield make_record(f"{row['document']}\n\n{row['question']}", row["answer"], _about(row), unmask=True)


def closed_book_records(rows: Iterable[Row]) -> Iterator[Record]:
    """Each question without any document."""
    for row in rows:
        yield make_record(row["question"], row["answer"], _about(row, "_closed_book"), unmask=False)


def raft_records(rows: Iterable[Row], seed: str) -> Iterator[Record]:
    """Each question with several chunks, with or without the right one. Iterates over the rows twice."""
    documents = list(dict.fromkeys(row["document"] for row in rows))
    numbers = {document: number for number, document in enumerate(documents)}
    draw = random.Random(seed)
    for row in rows:
        golden = numbers[row["document"]]
        count = min(RAFT_DOCUMENTS, len(documents) - 1)
        others = [number + (number >= golden) for number in draw.sample(range(len(documents) - 1), count)]
        if draw.random() < RAFT_GOLDEN or not others:
            others = [*others[: RAFT_DOCUMENTS - 1], golden]
        draw.shuffle(others)
        shown = "\n".join(f"Document:\n{documents[number]}\n\n" for number in others)
        about = _about(row, f"_raft_p{RAFT_GOLDEN}")
        yield make_record(f"{shown}\n\n{row['question']}", row["answer"], about, unmask=False)


def text_records(chunks: Iterable[Chunk], domain: str, leaf: str) -> Iterator[Record]:
    """The documents' own prose, a few consecutive sentences at a time."""
    for chunk in chunks:
        about = {"sdg_document": chunk.text, "domain": domain, "dataset": "document_text", "leaf_node_path": leaf}
        for paragraph in chunk.prose:
            for passage in _passages(plain(paragraph)):
                yield make_record(chunk.title, passage, about, unmask=True)


def skill_records(rows: Iterable[Row], dataset: str, task: str, leaf: str) -> Iterator[Record]:
    """New tasks with their answers; a grounded one comes after its context."""
    about = {"task_description": task, "dataset": dataset, "leaf_node_path": leaf}
    for row in rows:
        yield make_record(skill_question(row), row["answer"], about, unmask=False)


def skill_question(row: Row) -> str:
    return f"{row['context']}\n\n{row['question']}" if row.get("context") else str(row["question"])


def _about(row: Row, form: str = "") -> dict[str, Any]:
    return {
        "sdg_document": row["document"],
        "domain": row["domain"],
        "dataset": f"document_knowledge_qa{form}",
        "leaf_node_path": row["leaf"],
    }


def _passages(paragraph: str) -> list[str]:
    passages: list[str] = []
    room = 0.0
    for sentence in split_sentences(paragraph):
        size = count_tokens(sentence)
        if passages and size <= room:
            passages[-1] += f" {sentence}"
            room -= size
        else:
            passages.append(sentence)
            room = PASSAGE_TOKENS - size
    return passages
