"""Keeping the questions of the evaluation out of the training data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from core.sdg.datasets.alike import NearTexts


class Exclusion:
    """A set of questions; `holds` says whether another one equals, contains or nearly equals one of them.

    Case and spaces are ignored.
    """

    def __init__(self, questions: Iterable[str]) -> None:
        texts = dict.fromkeys(filter(None, map(_normal, questions)))
        self._near = NearTexts(texts)
        self._contained = ContainedTexts(texts)
        self._known: dict[str, bool] = {}

    def holds(self, question: str) -> bool:
        text = _normal(question)
        if text not in self._known:
            self._known[text] = self._contained.any_in(text) or self._near.nearest(text) is not None
        return self._known[text]


class ContainedTexts:
    """A set of texts; `any_in` says whether another text contains one of them.

    If a text contains another, all words of the other but its first and last are words of it, too. So each text is
    indexed by the rarest of these words. Texts of one or two words are searched one by one.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        inner = {text: text.split(" ")[1:-1] for text in texts}
        frequency = Counter(word for words in inner.values() for word in set(words))
        self._short = [text for text, words in inner.items() if not words]
        self._by_word: defaultdict[str, list[str]] = defaultdict(list)
        for text, words in inner.items():
            if words:
                self._by_word[min(words, key=lambda word: (frequency[word], word))].append(text)

    def any_in(self, text: str) -> bool:
        return any(other in text for other in self._short) or any(
            other in text for word in set(text.split(" ")) for other in self._by_word.get(word, ())
        )


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())
