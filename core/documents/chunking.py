"""Cutting documents into chunks that a teacher reads one at a time.

A chunk begins with its path of headings, so that it says what it is about; paragraphs, lists, tables and code are kept
whole as long as they fit; and no chunk holds text of two documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath

from core.documents.markdown import Block, Heading, Section, read_sections
from core.sentences import split_sentences
from core.tokens import count_tokens

CHUNK_TOKENS = 500
"""A page of text: enough for several questions, and room in a context of 4,096 for examples and the reply."""


@dataclass(frozen=True)
class Chunk:
    """A piece of a document."""

    document: str
    """The document's file name."""
    title: str
    """The document's first heading, or its file's name."""
    text: str
    """Headings as Markdown, a blank line, and the blocks."""
    prose: tuple[str, ...]
    """Its paragraphs, lists and quotes alone."""


@dataclass(frozen=True)
class _Piece:
    path: tuple[Heading, ...]
    block: Block
    tokens: float


def chunk_document(name: str, markdown: str, max_tokens: int = CHUNK_TOKENS) -> list[Chunk]:
    """The chunks of one Markdown document, each of about `max_tokens` at most, headings not counted."""
    return list(iter_chunks(name, markdown, max_tokens))


def iter_chunks(name: str, markdown: str, max_tokens: int = CHUNK_TOKENS) -> Iterator[Chunk]:
    """The same, one by one: the first of a long document is there at once."""
    sections = read_sections(markdown)
    title = PurePath(name).stem.replace("_", " ")
    begun = []
    for section in sections:
        begun.append(section)
        if section.path:
            title = section.path[0].text
            break
    for pieces in _pack(chain(begun, sections), max_tokens):
        yield Chunk(
            document=name,
            title=title,
            text=_render(pieces),
            prose=tuple(piece.block.text for piece in pieces if piece.block.kind in ("paragraph", "list", "quote")),
        )


def _pack(sections: Iterable[Section], max_tokens: int) -> Iterator[list[_Piece]]:
    """Fill chunks with whole sections; cut only a section that no chunk could hold, into parts of about one size."""
    filling: list[_Piece] = []
    room = 0.0
    for section in sections:
        pieces = [_Piece(section.path, block, count_tokens(block.text)) for block in section.blocks]
        total = sum(piece.tokens for piece in pieces)
        if filling and total <= room:
            filling.extend(pieces)
            room -= total
            continue
        parts = [pieces] if total <= max_tokens else _cut_section(pieces, max_tokens)
        yield from filter(None, (filling, *parts[:-1]))
        filling = parts[-1]
        room = max_tokens - sum(piece.tokens for piece in filling)
    if filling:
        yield filling


def _cut_section(pieces: Iterable[_Piece], max_tokens: int) -> list[list[_Piece]]:
    small = [
        _Piece(piece.path, Block(piece.block.kind, text), count_tokens(text))
        for piece in pieces
        for text in ([piece.block.text] if piece.tokens <= max_tokens else _cut_block(piece.block, max_tokens))
    ]
    total = sum(piece.tokens for piece in small)
    wanted = total / -(-total // max_tokens)
    parts: list[list[_Piece]] = [[]]
    size = 0.0
    for piece in small:
        if parts[-1] and (size + piece.tokens > max_tokens or size >= wanted):
            parts.append([])
            size = 0.0
        parts[-1].append(piece)
        size += piece.tokens
    return parts


def _cut_block(block: Block, max_tokens: int) -> list[str]:
    """A block that no chunk could hold, cut at lines, sentences, words, at last anywhere.

    A table's head is repeated if it leaves room for half of the chunk at least.
    """
    if block.kind == "table":
        *head, body = block.text.split("\n", 2)
        top = "\n".join(head)
        room = max_tokens - count_tokens(top)
        if room >= max_tokens / 2:
            return [f"{top}\n{part}" for part in _cut(body, room, _BY_LINE)]
    return _cut(block.text, max_tokens, _BY_SENTENCE if block.kind == "paragraph" else _BY_LINE)


_Split = tuple[Callable[[str], list[str]], str]
_BY_WORD: list[_Split] = [(str.split, " "), (lambda text: re.findall(r".{1,60}", text, re.DOTALL), "")]
_BY_SENTENCE: list[_Split] = [(split_sentences, " "), *_BY_WORD]
_BY_LINE: list[_Split] = [(str.splitlines, "\n"), *_BY_SENTENCE]


def _cut(text: str, max_tokens: float, splits: list[_Split]) -> list[str]:
    """Join the parts of the first way to split up to the limit; a part beyond it is split the next way."""
    (split, joint), *finer = splits
    results: list[list[str]] = []
    room = 0.0
    for part in split(text):
        size = count_tokens(part)
        if size > max_tokens and finer:
            results.extend([piece] for piece in _cut(part, max_tokens, finer))
            room = 0.0
        elif size <= room:
            results[-1].append(part)
            room -= size
        else:
            results.append([part])
            room = max_tokens - size
    return [joint.join(parts) for parts in results]


def _render(pieces: list[_Piece]) -> str:
    parts = []
    path: tuple[Heading, ...] | None = None
    for piece in pieces:
        if piece.path != path:
            shared = 0
            while path and shared < min(len(path), len(piece.path)) and path[shared] == piece.path[shared]:
                shared += 1
            new = piece.path[shared:]
            if new:
                parts.append("\n".join(f"{'#' * heading.level} {heading.text}" for heading in new))
            path = piece.path
        parts.append(piece.block.text)
    return "\n\n".join(parts)
