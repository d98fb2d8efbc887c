"""Fuzzy search over short texts, such as names of commands and files; linear in the length of a text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

WORD_START = 4.0
"""Bonus of a match that begins where a word begins, in matched characters."""

WORD_END = 2.0
"""Bonus of one that also ends where the word ends."""

CONTIGUOUS = 2.0
"""Weight of a character in a part that matches as a whole; scattered characters count 1, minus their gaps."""

LENGTH_COST = 0.01
"""Cost of each character of the text: of two equal matches the shorter text comes first."""


class Match(NamedTuple):
    """How well a query matches a text."""

    score: float
    """Higher is better; only comparable for the same query."""
    positions: tuple[int, ...]
    """Indexes of the matched characters of the text."""


def match(query: str, text: str) -> Match | None:
    """Match each word of the query, in any order and case; None if one is not found.

    A word is found as a part of the text, or as characters in the same order of which the first begins a word:
    `jst` finds `jobs: Start`.
    """
    folded = text.lower()
    if len(folded) != len(text):  # a letter whose lower case is longer: positions would be wrong
        folded = text
    score, positions = -LENGTH_COST * len(text), set[int]()
    for word in query.lower().split():
        found = _part(word, folded) or _scattered(word, folded)
        if found is None:
            return None
        score += found.score
        positions.update(found.positions)
    return Match(score, tuple(sorted(positions)))


def search(query: str, texts: Iterable[str]) -> list[tuple[int, Match]]:
    """The indexes of the texts that match, best first; all of them, in their order, for an empty query."""
    found = [(number, matched) for number, text in enumerate(texts) if (matched := match(query, text)) is not None]
    return sorted(found, key=lambda each: -each[1].score) if query.strip() else found


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _part(word: str, text: str) -> Match | None:
    """The word as a part of the text, where it begins a word if there is such a place."""
    first = at = text.find(word)
    if first < 0:
        return None
    while at >= 0 and not _begins_word(text, at):
        at = text.find(word, at + 1)
    start = first if at < 0 else at
    end = start + len(word)
    bonus = 0.0
    if at >= 0:
        bonus = WORD_START + (WORD_END if end == len(text) or not text[end].isalnum() else 0.0)
    return Match(CONTIGUOUS * len(word) + bonus, tuple(range(start, end)))


def _scattered(word: str, text: str) -> Match | None:
    """The characters of the word in order, the first one at the beginning of a word."""
    start = text.find(word[0])
    while start >= 0 and not _begins_word(text, start):
        start = text.find(word[0], start + 1)
    if start < 0:
        return None
    positions = [start]
    for character in word[1:]:
        at = text.find(character, positions[-1] + 1)
        if at < 0:
            return None  # what is missing after the first place is missing after all others, too
        positions.append(at)
    gaps = sum(b != a + 1 for a, b in pairwise(positions))
    return Match(len(word) - gaps / 2, tuple(positions))
