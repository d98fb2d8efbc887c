"""Estimating how many tokens a text is, without a tokenizer."""

from __future__ import annotations

TOKENS_PER_WORD = 4 / 3
"""English prose under the usual tokenizers; enough to keep a budget."""

LONG_WORD_BYTES = 20
"""From here on a "word" is a URL, an encoded blob, or a script that writes no spaces; a token is then about 3 bytes."""


def count_tokens(text: str) -> float:
    """About how many tokens a text is."""
    total = 0.0
    for word in text.split():
        size = len(word.encode(errors="replace"))
        total += TOKENS_PER_WORD if size <= LONG_WORD_BYTES else size / 3
    return total
