"""Templates of seed examples: which spans of a request recur in its answer, and the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.quickstart.extractive.language.inflection import content_words
from core.quickstart.extractive.language.lexicon import STOPWORDS
from core.quickstart.extractive.replies.prompt import Example

SPAN_TOKENS: Final = 14
"""The maximum length of a span."""

TEXT_TOKENS: Final = 1500
"""Texts are compared up to this length, to limit the time."""

_TOKEN: Final = re.compile(r"\d+(?:[:.,]\d+)+|\w+(?:[-'’]\w+)*|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A token of a text and its place."""

    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        return self.text.lower()


def pieces(text: str) -> list[Piece]:
    """The tokens of a text."""
    return [Piece(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)][:TEXT_TOKENS]


@dataclass(frozen=True)
class Template:
    """A seed example whose spans common to request and answer are replaced by slots."""

    example: Example
    values: tuple[str, ...]
    """The values of the slots: first those of the answer, in its order, then others that question and context share."""
    skeleton: tuple[str | int, ...]
    """The answer: tokens in lower case, and slots by number. Examples with the same skeleton follow one rule."""
    answered: int
    """How many of the slots are the answer's."""


def template(example: Example) -> Template | None:
    """The template of an example; None if request and answer have nothing in common."""
    source = pieces(f"{example.context}\n{example.question}")
    answer = pieces(example.answer)
    index: dict[str, list[int]] = {}
    for place, piece in enumerate(source):
        index.setdefault(piece.key, []).append(place)
    text = f"{example.context}\n{example.question}"
    values: list[str] = []
    keys: dict[str, int] = {}
    skeleton: list[str | int] = []
    place = 0
    while place < len(answer):
        length, start = _longest(answer, place, source, index)
        if length and content_words(_of(example.answer, answer[place : place + length])):
            value = text[source[start].start : source[start + length - 1].end]
            slot = keys.setdefault(" ".join(value.lower().split()), len(values))
            if slot == len(values):
                values.append(" ".join(value.split()))
            skeleton.append(slot)
            place += length
        else:
            skeleton.append(answer[place].key)
            place += 1
    if not values:
        return None
    answered = len(values)
    asked, context = pieces(example.question), pieces(example.context)
    index = {}
    for place, piece in enumerate(context):
        index.setdefault(piece.key, []).append(place)
    place = 0
    while place < len(asked):
        length, start = _longest(asked, place, context, index)
        value = " ".join(_of(example.context, context[start : start + length]).split()) if length else ""
        telling = len(content_words(value)) >= 2 or any(
            word[0].isupper() or word[0].isdigit() for word in value.split()
        )
        if telling and not any(own.lower() in value.lower() or value.lower() in own.lower() for own in values):
            values.append(value)
        place += max(1, length)
    return Template(example, tuple(values), tuple(skeleton), answered)


def _of(text: str, run: Sequence[Piece]) -> str:
    return text[run[0].start : run[-1].end] if run else ""


def _longest(
    answer: Sequence[Piece], place: int, source: Sequence[Piece], index: dict[str, list[int]]
) -> tuple[int, int]:
    """Length and source place of the longest run from here that both have; it begins and ends with a content word."""
    if not _carries(answer[place]):
        return 0, 0
    best, found = 0, 0
    for start in index.get(answer[place].key, [])[:50]:
        length = 0
        while (
            length < SPAN_TOKENS
            and place + length < len(answer)
            and start + length < len(source)
            and answer[place + length].key == source[start + length].key
            and answer[place + length].text not in ".?!;:,"
        ):
            length += 1
        while length and not _carries(answer[place + length - 1]):
            length -= 1
        if length > best:
            best, found = length, start
    return best, found


def _carries(piece: Piece) -> bool:
    return piece.key not in STOPWORDS and piece.text[0].isalnum()


def fill(text: str, values: Sequence[str], others: Sequence[str]) -> str:
    """The text with each occurrence of a value replaced by its counterpart."""
    if not text:
        return text
    order = sorted(range(len(values)), key=lambda slot: -len(values[slot]))
    spaced = {slot: r"\s+".join(re.escape(word) for word in values[slot].split()) for slot in order}
    pattern = "|".join(f"(?P<s{slot}>{spaced[slot]})" for slot in order)

    def put(match: re.Match[str]) -> str:
        slot = int(str(match.lastgroup)[1:])
        value = others[slot]
        capital = match[0][0].isupper() and values[slot][0].islower()
        return value[0].upper() + value[1:] if capital else value

    filled = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", put, text, flags=re.IGNORECASE)
    for value in others:
        if value[0].islower():
            article = r"\1n " if value[0] in "aeiou" else r"\1 "
            filled = re.sub(rf"\b([Aa])n? (?={re.escape(value)}\b)", article, filled)
    return filled


def captured(text: str, template_text: str, values: Sequence[str]) -> dict[int, str] | None:
    """The values of the slots of `template_text` in `text`; None if the text has another form."""
    wanted = _with_slots(template_text, values)
    own = pieces(text)
    found: dict[int, str] = {}
    place = 0
    position = 0
    while position < len(wanted):
        item = wanted[position]
        if isinstance(item, str):
            if place >= len(own) or own[place].key != item:
                return None
            place, position = place + 1, position + 1
            continue
        literal = _until_slot(wanted, position + 1)
        end = _find(own, literal, place + 1, at_end=position + 1 + len(literal) == len(wanted))
        if end is None or end - place > SPAN_TOKENS:
            return None
        value = " ".join(text[own[place].start : own[end - 1].end].split())
        if item in found and found[item].lower() != value.lower():
            return None
        found.setdefault(item, value)
        place, position = end, position + 1
    return found if place == len(own) else None


def _with_slots(text: str, values: Sequence[str]) -> list[str | int]:
    """The tokens of a text, its values replaced by their slots."""
    own = pieces(text)
    keys = sorted(
        (([piece.key for piece in pieces(value)], slot) for slot, value in enumerate(values)),
        key=lambda pair: -len(pair[0]),
    )
    items: list[str | int] = []
    place = 0
    while place < len(own):
        for key, slot in keys:
            if [piece.key for piece in own[place : place + len(key)]] == key:
                items.append(slot)
                place += len(key)
                break
        else:
            items.append(own[place].key)
            place += 1
    return items


def _until_slot(items: Sequence[str | int], start: int) -> list[str]:
    literal: list[str] = []
    for item in items[start:]:
        if isinstance(item, int):
            break
        literal.append(item)
    return literal


def _find(own: Sequence[Piece], literal: Sequence[str], start: int, *, at_end: bool) -> int | None:
    """Where the literal begins at or after `start`; its last occurrence if it ends the text."""
    if not literal:
        return len(own) if at_end else start
    last = len(own) - len(literal)
    places = [last] if at_end else range(start, min(last, start + SPAN_TOKENS) + 1)
    for place in places:
        if place >= start and [piece.key for piece in own[place : place + len(literal)]] == list(literal):
            return place
    return None
