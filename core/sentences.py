"""Splitting prose into sentences by rules, without a model."""

from __future__ import annotations

import re

_ABBREVIATIONS = frozenset(
    word
    for line in (
        "dr mr mrs ms prof st mt no nos vol vols fig figs ca c approx e.g eg i.e ie etc vs jr sr gen col capt lt rev",
        "hon ft dept est inc ltd co lit ed eds cf al op p pp ch sq u.s u.k b.c a.d jan feb mar apr jun jul aug sept",
        "sep oct nov dec",
    )
    for word in line.split()
)
"""Words whose full stop does not end a sentence."""

_BOUNDARY = re.compile(r"""(?<=[.!?])(["'”’)\]]*)\s+(?=["'“‘(\[]?[A-Z0-9À-ÞΑ-ΩА-Я])|(?<=[。！？])""")


def split_sentences(text: str) -> list[str]:
    """The sentences of one paragraph, in order; abbreviations, initials and decimal points do not end one."""
    sentences = []
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        if not boundary[1] and _is_abbreviated(text[start : boundary.start()]):
            continue
        sentences.append(text[start : boundary.end()].strip())
        start = boundary.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _is_abbreviated(before: str) -> bool:
    """Whether a text ends with a full stop that does not end a sentence."""
    words = before.rsplit(maxsplit=1)
    if not words or not words[-1].endswith("."):
        return False
    word = words[-1].rstrip(".").lstrip("([\"'“‘").lower()
    return word in _ABBREVIATIONS or re.fullmatch(r"[a-z]", word) is not None
