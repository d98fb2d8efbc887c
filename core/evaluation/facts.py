"""Whether a free answer contains the requested fact.

Each question has `terms`: groups of variants. An answer is right when it contains one variant of every group, as whole
words (see `core.evaluation.words` for what counts as the same word). A variant of several words is a phrase: its words
are consecutive. These are wrong:

- A variant after a negation in the same clause: "not eleven", "It does not visit eleven islands". A clause ends at
  punctuation and at "but", so "No, eleven" and "not ten but eleven" are right; so is a variant that begins with the
  negation itself ("no fines"). English only. A negation after the fact ("eleven is wrong") is not detected.
- A variant after the first `WORDS_READ` words.
- A list: an answer that states more than `OTHER_FACTS` facts (reference answers) of the same file that the reference
  answer does not, and more than `OTHER_SHARE` of all. Real answers state few, by a shared number or name.

A fact can still be stated by chance: answering every question with the same few frequent terms scores 0.08 on the
sample, which its tests record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import LabtopError
from core.evaluation.held_out import HeldOut, QuestionAnswer, Terms, read_held_out
from core.evaluation.words import Word, words

WORDS_READ = 64
"""Words of an answer that are read; the sample's documents answer in at most sixteen words."""

OTHER_FACTS = 4
OTHER_SHARE = 0.06
"""Other facts that an answer may state. In a large file every word is a term of some fact, so the share counts."""

NEGATIONS = frozenset({"not", "no", "never", "nor", "neither", "nobody", "none", "nothing"})
AFFIRMING = frozenset({"only", "just", "merely", "fewer", "less"})
"""Words that cancel a preceding negation: "not only", "no fewer than"."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on an answer."""

    right: bool
    reason: str = ""
    """Why it is wrong: `empty`, `missing` or `list`; empty when it is right."""


def contains(answer: str, terms: Terms) -> bool:
    """Whether the answer contains a variant of every group."""
    return _contains(_read(answer), terms)


def judge(answers: Sequence[str], questions: Sequence[QuestionAnswer]) -> list[Verdict]:
    """Judge one answer to each of a file's questions."""
    facts = _facts_by_word(questions)
    allowed = max(OTHER_FACTS, OTHER_SHARE * len({question.answer for question in questions}))
    return [
        _judge(_read(answer), question, facts, allowed) for answer, question in zip(answers, questions, strict=True)
    ]


def _judge(
    answer: Sequence[Word], question: QuestionAnswer, facts: Mapping[str, Sequence[QuestionAnswer]], allowed: float
) -> Verdict:
    if not answer:
        return Verdict(False, "empty")
    if not _contains(answer, question.terms):
        return Verdict(False, "missing")
    near = dict.fromkeys(other for word in answer for other in facts.get(word.text, ()))
    reference = _read(question.answer)
    others = {
        other.answer for other in near if _contains(answer, other.terms) and not _contains(reference, other.terms)
    }
    return Verdict(False, "list") if len(others) > allowed else Verdict(True)


def _facts_by_word(questions: Iterable[QuestionAnswer]) -> dict[str, list[QuestionAnswer]]:
    """The questions by the first words of their first group's variants: an answer needs one of these words."""
    facts: dict[str, list[QuestionAnswer]] = {}
    for question in questions:
        for first in {_phrase(variant)[0] for variant in question.terms[0]}:
            facts.setdefault(first, []).append(question)
    return facts


def read_facts(file: Path) -> HeldOut:
    """Read questions that all have terms. Raises LabtopError that names file, entry and mistake."""
    held_out = read_held_out(file)
    if not held_out.sets():
        raise LabtopError(
            f"{file} contains no questions.",
            hint="Add entries of question, answer and terms under `plain:` or `free:`.",
        )
    for kind, pairs in held_out.sets().items():
        for number, pair in enumerate(pairs, 1):
            _check(pair, f"{file}: entry {number} of {kind}")
    return held_out


def _check(pair: QuestionAnswer, place: str) -> None:
    if not pair.terms:
        raise LabtopError(
            f"{place} has no terms.", hint="Add the words that a right answer contains, such as `terms: eleven`."
        )
    for group in pair.terms:
        for variant in group:
            if not words(variant):
                raise LabtopError(
                    f"{place}: the term {variant!r} contains no word.", hint="Give a word or a number to look for."
                )
    if not contains(pair.answer, pair.terms):
        raise LabtopError(
            f"{place}: its own answer does not contain its terms.",
            hint="Correct the answer, or add the wording that it uses to the terms.",
        )


def questions_with_their_terms(questions: Iterable[QuestionAnswer]) -> list[str]:
    """The questions that already contain their terms, so that an answer that repeats them is right."""
    return [pair.question for pair in questions if contains(pair.question, pair.terms)]


def _read(answer: str) -> tuple[Word, ...]:
    return words(answer)[:WORDS_READ]


def _contains(answer: Sequence[Word], terms: Terms) -> bool:
    return all(any(_states(answer, _phrase(variant)) for variant in group) for group in terms)


@lru_cache(maxsize=65536)
def _phrase(variant: str) -> tuple[str, ...]:
    return tuple(word.text for word in words(variant))


def _states(answer: Sequence[Word], phrase: Sequence[str]) -> bool:
    """Whether the phrase occurs without a negation before it in its clause."""
    size = len(phrase)
    return any(
        answer[at].text == phrase[0]
        and all(word.text == part for word, part in zip(answer[at : at + size], phrase, strict=True))
        and not _is_negated(answer, at)
        for at in range(len(answer) - size + 1)
    )


def _is_negated(answer: Sequence[Word], at: int) -> bool:
    while not answer[at].starts_clause and at > 0:
        at -= 1
        if answer[at].text in NEGATIONS and answer[at + 1].text not in AFFIRMING:
            return True
    return False
