"""Whether a context supports an answer. Only for English, whose endings and function words are known."""

from __future__ import annotations

from core.taxonomy.rules import texts

MIN_WORDS = 7
"""Content words of an answer that is checked; a shorter one may well say the same in other words."""

MIN_ENGLISH = 0.1
"""Share of a text's words that must be among the most common English ones."""

_COMMON = frozenset(
    ["the", "of", "and", "is", "are", "to", "with", "that", "from", "by", "it", "its", "for", "on", "a"]
)


class Support:
    """A context, prepared for checking its answers."""

    def __init__(self, context: str, min_share: float) -> None:
        self._min_share = min_share
        words = texts.words(context)
        self._is_english = "the" in words and sum(word in _COMMON for word in words) >= MIN_ENGLISH * len(words)
        self._stems = {texts.stem(word) for word in words} if self._is_english else set()

    def is_unsupported(self, question: str, answer: str) -> bool:
        """Whether too few of an answer's words are in the context or in the question."""
        words = dict.fromkeys(texts.content(answer)) if self._is_english else {}
        if len(words) < MIN_WORDS:
            return False
        known = self._stems.union(texts.content(question))
        return sum(word in known for word in words) < self._min_share * len(words)
