"""Whether a context bears out an answer. For English alone, whose endings and small words are known."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from core.taxonomy.rules import texts
from core.taxonomy.rules.numbers import Number, derivable, numbers

MIN_WORDS = 7
"""Words of an answer that can be missed; a shorter one may well say the same in words of its own."""

MIN_ENGLISH = 0.1
"""Of a text's words, that are among English's commonest."""

MAX_COUNT = 12
"""A number up to this one may have been counted."""

MAX_ANSWER = 2_000
"""Characters of an answer whose numbers are looked at, ten times what is usual."""

_COMMON = frozenset(
    ["the", "of", "and", "is", "are", "to", "with", "that", "from", "by", "it", "its", "for", "on", "a"]
)
_ROUNDED = frozenset(
    ["about", "around", "roughly", "nearly", "almost", "approximately", "some", "over", "under", "than"]
)
_YEAR = "year of the calendar"
_DATED = re.compile(
    r"in|since|until|year|january|february|march|april|may|june|july|august|september|october|november|december"
)
_ASKS_DATE = re.compile(r"\b(?:when|year)\b", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\b(?:who|whom|whose|where|which (?:country|city|continent|state))\b", re.IGNORECASE)
_NAME_PART = re.compile(r"[^\W\d_][\w'’]*")
_SMALL = frozenset(re.findall(r"\w+", "in on at of the and by from near to it was is von de"))
_SAME_START = 4
"""Letters in which `Linné` and `Linnaeus`, or `Norway` and `Norwegians`, agree."""


class Support:
    """A context, ready for its answers."""

    def __init__(self, context: str, least: float) -> None:
        self._context = context
        self._least = least
        words = texts.words(context)
        self._applies = "the" in words and sum(word in _COMMON for word in words) >= MIN_ENGLISH * len(words)
        self._stems = {texts.stem(word) for word in words} if self._applies else set()

    def lacks(self, question: str, answer: str) -> str | None:
        """What of an answer stands neither in the context nor in its question, or cannot be had from them."""
        if not self._applies:
            return None
        stranger = self._strange_number(question, answer) or self._strange_name(question, answer)
        return stranger or ("" if self._nothing_known(question, answer) else None)

    def _nothing_known(self, question: str, answer: str) -> bool:
        said = dict.fromkeys(texts.content(answer))
        if len(said) < MIN_WORDS:
            return False
        known = self._stems.union(texts.content(question))
        return sum(word in known for word in said) < self._least * len(said)

    def _strange_number(self, question: str, answer: str) -> str | None:
        """A year or a measure that the context has others of."""
        if not any(letter.isdecimal() for letter in answer):
            return None
        asked = list(numbers(question))
        known = self._numbers | {number.value for number in asked}
        kinds = self._kinds.union(_kind(number, question) for number in asked)
        told = list(numbers(answer[:MAX_ANSWER]))
        for number in told:
            if number.value <= MAX_COUNT or number.value in known or number.before in _ROUNDED:
                continue
            kind = _kind(number, question)
            others = known.union(other.value for other in told if other.value != number.value)
            if kind and kind in kinds and not derivable(number.value, others):
                return f"{number.value:.15g}"
        return None

    @cached_property
    def _numbers(self) -> set[float]:
        return {number.value for number in numbers(self._context)}

    @cached_property
    def _kinds(self) -> set[str]:
        return {_kind(number, "") for number in numbers(self._context)}

    def _strange_name(self, question: str, answer: str) -> str | None:
        """The answer, if it is nothing but a name."""
        parts = _NAME_PART.findall(answer)
        names = [part for part in parts if part.casefold() not in _SMALL]
        if not names or len(parts) < 2 or len(parts) > 2 * MIN_WORDS or not _ASKS_NAME.search(question):
            return None
        if any(not name[0].isupper() or name.isupper() for name in names) or not parts[-1][0].isupper():
            return None
        known = {_start(word) for word in _NAME_PART.findall(f"{self._context} {question}")}
        return None if known.intersection(map(_start, names)) else answer.strip().rstrip(".")


def _kind(number: Number, question: str) -> str:
    """What a number counts: the stem of the word behind it, or years; nothing when that is not clear."""
    dated = _DATED.fullmatch(number.before) or (not number.before and _ASKS_DATE.search(question))
    if dated and 1000 <= number.value < 2100 and number.value % 1 == 0:
        return _YEAR
    return next(iter(texts.content(number.after)), "")


def _start(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:_SAME_START]
