"""Finding passages by their words: BM25 (Robertson and Zaragoza 2009), with Lucene's weight of rare words.

The known libraries for it need numpy, which labtop's base installation does not have, for the forty lines below.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log

SATURATION = 1.2
"""k1: how soon more occurrences of a word count no more."""

LENGTH_WEIGHT = 0.75
"""b: how much a longer passage needs more occurrences."""

_SINGLE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Scripts whose words are not separated by spaces: each character counts as a word."""

_WORD = re.compile(rf"[{_SINGLE}]|[^\W{_SINGLE}]+")

FUNCTION_WORDS = frozenset(
    """
    a about after all also am an and any are as at be been before but by can could did do does each for from had
    has have he her his how i if in into is it its me more most my no not of on one or other our out over please
    s she so some such t tell than that the their them then there these they this those to under up was we were
    what when where which while who whom whose why will with would you your
    """.split()  # noqa: SIM905 - a list of these would take a hundred lines
)
"""English words that say nothing about what a question asks for."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found."""

    index: int
    """In the sequence of passages."""
    score: float
    """Positive; comparable within one search."""


def spoken_words(text: str) -> list[str]:
    """The words of a text, without case."""
    return _WORD.findall(text.casefold())


def words(text: str) -> list[str]:
    """The words of a text, without case and with plurals as singulars."""
    return [_singular(word) for word in spoken_words(text)]


def query_words(query: str) -> list[str]:
    """The distinct words to look for: without function words, unless there are no others."""
    found = spoken_words(query)
    content = [word for word in found if word not in FUNCTION_WORDS] or found
    return list(dict.fromkeys(map(_singular, content)))


def _singular(word: str) -> str:
    """A word without the ending of a plural or of the third person, by the S stemmer (Harman 1991)."""
    if len(word) < 4 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if word.endswith(("us", "ss", "aes", "ees", "oes")):
        return word
    return word[:-1]


class PassageIndex:
    """An index of passages in memory."""

    def __init__(self, passages: Iterable[str]) -> None:
        self._occurrences: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for index, passage in enumerate(passages):
            counts = Counter(words(passage))
            self._lengths.append(counts.total())
            for word, count in counts.items():
                self._occurrences[word].append((index, count))
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 0.0

    def search(self, query: str, limit: int) -> list[Hit]:
        """The passages with any of the query's words, the best first; earlier ones first where scores are equal."""
        scores: dict[int, float] = defaultdict(float)
        for word in query_words(query):
            found: Sequence[tuple[int, int]] = self._occurrences.get(word, ())
            weight = _rarity(len(self._lengths), len(found))
            for index, count in found:
                scores[index] += weight * _saturated(count, self._lengths[index] / self._mean)
        return _best(scores, limit)


def search_once(query: str, passages: Iterable[str], limit: int) -> list[Hit]:
    """What `PassageIndex(passages).search(query, limit)` finds, with memory for the query's words only."""
    asked = query_words(query)
    counts: dict[int, list[int]] = {}
    total = length = 0
    lengths: dict[int, int] = {}
    for index, passage in enumerate(passages):
        found = Counter(words(passage))
        total, length = total + 1, length + found.total()
        if any(word in found for word in asked):
            counts[index], lengths[index] = [found[word] for word in asked], found.total()
    weights = [_rarity(total, sum(1 for found in counts.values() if found[place])) for place in range(len(asked))]
    scores = {
        index: sum(
            weight * _saturated(count, lengths[index] * total / length)
            for weight, count in zip(weights, found, strict=True)
            if count
        )
        for index, found in counts.items()
    }
    return _best(scores, limit)


def _rarity(passages: int, containing: int) -> float:
    """The weight of a word that occurs in some of the passages."""
    return log(1 + (passages - containing + 0.5) / (containing + 0.5))


def _saturated(count: int, relative_length: float) -> float:
    """What the occurrences of a word count in a passage, whose length is given as a multiple of the mean."""
    length = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * relative_length
    return count * (SATURATION + 1) / (count + SATURATION * length)


def _best(scores: Mapping[int, float], limit: int) -> list[Hit]:
    best = nlargest(limit, scores.items(), key=lambda item: (item[1], -item[0]))
    return [Hit(index, score) for index, score in best]
