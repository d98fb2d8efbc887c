"""Estimating the number of tokens of a text without a tokenizer."""

from __future__ import annotations

TOKENS_PER_WORD = 4 / 3
"""For English prose with the usual tokenizers; accurate enough for a budget."""

LONG_WORD_BYTES = 20
"""A longer "word" is a URL, encoded data, or a script without spaces, with about 3 bytes per token."""


def count_tokens(text: str) -> float:
    """The approximate number of tokens of a text."""
    total = 0.0
    for word in text.split():
        size = len(word.encode(errors="replace"))
        total += TOKENS_PER_WORD if size <= LONG_WORD_BYTES else size / 3
    return total
