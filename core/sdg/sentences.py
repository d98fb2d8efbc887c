"""Splitting prose into sentences and estimating how many tokens a text is, both without a model."""

from __future__ import annotations

import re

TOKENS_PER_WORD = 4 / 3
"""English prose under the usual tokenizers; enough to keep a budget."""

LONG_WORD_BYTES = 20
"""From here on a "word" is a URL, an encoded blob, or a script that writes no spaces; a token is then about 3 bytes."""

_ABBREVIATIONS = re.compile(
    r"al|approx|ca|cf|co|dept|dr|ed|eds|eg|etc|figs?|gen|ie|inc|jr|lit|ltd|mr|mrs|ms|mt|nos?|op|pp|prof|rev|sr|st|vols?|vs"
)
_BOUNDARY = re.compile(r"""([.!?]["'’”)\]]*)\s+(?=["'‘“(\[]?[A-Z0-9À-ÞΑ-ΩА-Я])|([。！？])""")


def count_tokens(text: str) -> float:
    """About how many tokens a text is."""
    total = 0.0
    for word in text.split():
        size = len(word.encode(errors="replace"))
        total += TOKENS_PER_WORD if size <= LONG_WORD_BYTES else size / 3
    return total


def split_sentences(text: str) -> list[str]:
    """The sentences of one paragraph, in order. Abbreviations and initials end none."""
    sentences = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match[1] == "." and _is_abbreviation(text[start : match.start()]):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_abbreviation(before: str) -> bool:
    words = before.rsplit(maxsplit=1)
    last = words[-1].lstrip("(['\"‘“") if words else ""
    return (len(last) == 1 and last.isupper()) or _ABBREVIATIONS.fullmatch(last.lower().replace(".", "")) is not None
