"""Rating an answer by the words that it shares with a reference answer: all that rules can judge of an answer."""

from __future__ import annotations

from core.evaluation.judging.prompts import GRADED, REFERENCE, REQUEST, SECOND_REQUEST, read_sections
from core.quickstart.extractive.language.inflection import content_stems

NO_REFERENCE = "Rule-based: there is no reference answer to compare with, and rules cannot judge without one."


def rate(prompt: str) -> str | None:
    """The reply to a judge prompt, None for any other prompt.

    The rating is the F1 score of the answer's and the reference's content words, without those of the request.
    """
    read = read_sections(prompt)
    if read is None:
        return None
    sections, scale = read
    if REFERENCE not in sections:
        return NO_REFERENCE
    asked = set(content_stems(sections.get(SECOND_REQUEST, sections.get(REQUEST, ""))))
    wanted = set(content_stems(sections[REFERENCE]))
    wanted = wanted - asked or wanted
    own = set(content_stems(sections[GRADED])) - (asked - wanted)
    shared = len(wanted & own)
    share = 2 * shared / (len(wanted) + len(own)) if own else 0.0
    grade = scale.low + round(share * (scale.high - scale.low))
    return (
        f"Rule-based: the answer has {shared} of the reference's {len(wanted)} content words, and {len(own) - shared}"
        f" others. This compares words, not meaning.\n[[{grade}]]"
    )
