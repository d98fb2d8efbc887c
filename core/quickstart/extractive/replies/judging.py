"""Judges by counting: faithful, relevant and self-contained, each with one sentence of explanation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.quickstart.extractive.language.inflection import content_stems, stem, words
from core.quickstart.extractive.language.phrases import is_time
from core.quickstart.extractive.language.sound import is_dangling
from core.quickstart.extractive.reading.sentences import facts
from core.sentences import split_sentences

FAITHFUL_SHARE: Final = 0.8
"""Share of an answer's content words that must be in one sentence of the document."""

RELEVANT_SHARE: Final = 0.5
"""Share of a question's content words that the answer must repeat to be fully relevant."""

_OUTSIDE: Final = re.compile(
    r"(?i)\b(?:the|this|that|given|above|following|provided) (?:passage|text|document|paragraph|excerpt|article|"
    r"context|section|author|sentence)\b"
    r"|\b(?:mentioned|described|as stated) (?:above|below|here|in the text)\b|\babove\?"
)
_NEGATIONS: Final = frozenset(["not", "no", "never", "cannot", "without", "neither", "nor", "none"])
_ASKING: Final = frozenset(
    stem(word)
    for line in (
        "tell know say said true correct right called happened mean kind known link connected related way",
        "figure date time place goes come up right whether reason purpose",
    )
    for word in line.split()
)
"""Words of the form of a question; the answer need not repeat them."""


@dataclass(frozen=True)
class Judgement:
    """A verdict in words, and as the number or word that the prompt expects."""

    explanation: str
    verdict: str


def faithful(document: str, answer: str, title: str = "") -> Judgement:
    """YES where each sentence of the answer has its content words, all its numbers, and the same negation in one
    sentence of the document."""
    known = facts(document, title)
    texts = [fact.sentence for fact in known]
    stems = [(set(content_stems(text)), text) for text in texts]
    claims = [claim for claim in split_sentences(" ".join(answer.split())) if content_stems(claim)]
    if not claims or not stems:
        return Judgement("Rule-based: there is nothing to compare.", "NO")
    worst: tuple[float, str] = (2.0, "")
    for claim in claims[:20]:
        wanted = content_stems(claim)
        shared, text = max(((len(own.intersection(wanted)), text) for own, text in stems), key=lambda pair: pair[0])
        missing = set(_numbers(claim)) - set(_numbers(text))
        turned = _is_negative(claim) != _is_negative(text)
        share = 0.0 if missing or turned else shared / len(wanted)
        why = f"{shared} of {len(wanted)} content words of the answer are in one sentence of the document"
        if missing:
            why += f", but not the number {min(missing)}"
        elif turned:
            why += ", but only one of the two is negated"
        if share < worst[0]:
            worst = (share, why)
    verdict = "YES" if worst[0] >= FAITHFUL_SHARE else "NO"
    return Judgement(f"Rule-based: {worst[1]}.", verdict)


def _numbers(text: str) -> list[str]:
    return [word for word in words(text) if word[0].isdigit()]


def _is_negative(text: str) -> bool:
    return any(word.lower() in _NEGATIONS or word.lower().endswith("n't") for word in words(text))


def relevant(question: str, answer: str) -> Judgement:
    """2 where the answer repeats enough of the question's content and has what its question word asks for."""
    wanted = [stem for stem in content_stems(question) if stem not in _ASKING]
    own = set(content_stems(answer))
    shared = [stem for stem in wanted if stem in own]
    why = f"Rule-based: {len(shared)} of {len(wanted)} content words of the question are in the answer"
    if not shared:
        return Judgement(why + ".", "0")
    enough = len(shared) >= min(2, len(wanted)) and len(shared) >= RELEVANT_SHARE * len(wanted)
    missing = _missing(question, answer)
    if missing:
        return Judgement(f"{why}, but the answer names no {missing}.", "1")
    return Judgement(why + ".", "2" if enough else "1")


def _missing(question: str, answer: str) -> str:
    """What the question word asks for and the answer is missing."""
    asked = question.lower()
    if re.search(r"\bhow (?:many|much)\b", asked) and not _has_number(answer):
        return "number"
    if re.search(r"\b(?:in|by) (?:which|what) year\b", asked) and not re.search(r"\b(?:1\d{3}|20\d\d)\b", answer):
        return "year"
    timely = re.search(
        r"\b(?:\d|when|after|before|during|since|until|while|every|in|on|at|by|from|as|within|for)\b|\d",
        answer.lower(),
    )
    if re.match(r"when\b", asked) and not timely and not is_time(answer):
        return "time"
    return ""


def _has_number(text: str) -> bool:
    from_words = re.search(
        r"(?i)\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|"
        r"seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|third|quarter|tenth|many|few|several|much|"
        r"little|between|from)\b",
        text,
    )
    return bool(re.search(r"\d", text) or from_words)


def self_contained(question: str) -> Judgement:
    """1 where the question can be understood alone."""
    outside = _OUTSIDE.search(question)
    if outside:
        return Judgement(f'Rule-based: the question leans on something outside it ("{outside[0]}").', "0")
    if is_dangling(question):
        return Judgement("Rule-based: a pronoun in the question refers to nothing.", "0")
    count = len(content_stems(question))
    if count < 1:
        return Judgement("Rule-based: the question names nothing.", "0")
    return Judgement(
        f"Rule-based: the question names what it is about ({count} content words) and no pronoun is open.", "1"
    )
