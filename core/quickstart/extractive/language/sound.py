"""Cheap checks that a question is well formed, self-contained, and about its sentence."""

from __future__ import annotations

import re
from typing import Final

from core.quickstart.extractive.language.inflection import content_stems
from core.quickstart.extractive.language.phrases import phrase_words

QUESTION_WORDS: Final = 24
"""A longer question is not natural."""

SHARED_WORDS: Final = 2
"""Content words that a question must share with its sentence, or it is not about the fact."""

_DANGLING: Final = re.compile(
    r"(?i)\b(?:it|they|he|she|them|this|these|those|respectively|(?:former|latter)(?=\?| is| was| of))\b"
    r"|\bthere\b(?<!is there)(?<!are there)(?<!was there)(?<!were there)"
)
_IMPERSONAL: Final = re.compile(r"(?i)\bis it [a-z]+ (?:that|to)\b|\bit is (?:not )?[a-z]+ (?:that|to)\b")


def is_sound(question: str, stems: set[str]) -> bool:
    """Cheap checks of form, and whether the question shares enough with its sentence."""
    if not 4 <= len(question.split()) <= QUESTION_WORDS:
        return False
    if (
        question.count('"') % 2
        or question.count("(") != question.count(")")
        or re.search(r"[;:]\s|(?<!Dr)(?<!Mr)(?<!St)(?<!Mrs)(?<!\b[A-Z])\.\s|,\s*\?| ,", question)
    ):
        return False
    if re.search(r"(?i)\b(the|a|an|and|or|than|very|too) ?\?$|\b(the|a|an|of|to|in|by|was|is) \1\b", question):
        return False
    if re.search(r"(?i)\b(?:the|a|an) (?:the|a|an|his|her|its|their|this)\b", question):
        return False
    if is_dangling(question):
        return False
    return len(stems.intersection(content_stems(question))) >= SHARED_WORDS


def is_dangling(question: str) -> bool:
    """Whether a pronoun comes before anything in the question that it could refer to."""
    question = _IMPERSONAL.sub(" ", question)
    match = _DANGLING.search(question)
    if not match:
        return False
    ahead = [word for word in phrase_words(question[: match.start()]) if word.lower() not in ("who", "what", "which")]
    return len(content_stems(" ".join(ahead))) < 2 or match[0].lower() in ("this", "these", "those", "former", "latter")
