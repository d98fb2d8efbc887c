"""Wrong choices that only someone who knows the document can reject.

Two kinds, in equal number over a set of questions:

- the right answer with another fact of the same type from the document: does the model know the fact?
- a true statement of the same document with as many words of the question: does it answer the question, or recite?

All choices have the same form and about the same length, so that neither the most shared words nor the length nor the
form gives the right one away; `core.evaluation.guessers` measures that. Facts are exchanged at one place for all
choices of a question: of variants that differ in several places, the right one would be the most similar to all others.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from core.evaluation.guessers import guess_by_shared_words
from core.evaluation.multiple_choice.fact_sites import Site, exchanged, names_in, sites
from core.evaluation.words import words

WRONG = 3
"""Wrong choices of each question."""

SAME_STATEMENT = 0.6
"""Two sentences that share this fraction of their words may state the same."""

LENGTHS = (0.5, 2.0)
"""A statement's length, as a fraction of the right answer's."""

NEAREST = 6
"""A statement is drawn from so many that share words with the question and are near in length."""

FAIR = 1 / 3
"""The score of a guesser that cannot distinguish the right answer from two variants of it, but from a statement."""

SHIFTS = (-3, -2, -1, 1, 2, 3, 4, 5)
"""Differences to a year or number for which the document has too few others."""


@dataclass(frozen=True)
class _Statement:
    text: str
    words: frozenset[str]
    found: tuple[Site, ...]


@dataclass(frozen=True)
class Drawn:
    """The wrong choices of one question."""

    wrong: tuple[str, ...]
    """In random order."""
    stated: int
    """How many of them are true statements; the others are variants of the right answer."""
    guess: float
    """What the guesser by shared words would score."""

    @property
    def hides_the_answer(self) -> bool:
        """Whether the words of the question do not give the right answer away."""
        return self.guess <= FAIR


class Distractors:
    """Draws wrong choices from the statements of one document."""

    def __init__(self, statements: Iterable[str], seed: str) -> None:
        texts = list(dict.fromkeys(statements))
        names = names_in(texts)
        self._known = {text: _Statement(text, _words(text), tuple(sites(text, names))) for text in texts}
        self._names = names
        self._seed = seed
        self.exchanged = 0
        self.stated = 0
        """Wrong choices of each kind that were kept."""
        self._values: dict[str, dict[str, None]] = {}
        for statement in self._known.values():
            for site in statement.found:
                self._values.setdefault(site.kind, {})[site.text] = None

    def draw(self, question: str, answer: str, terms: Collection[str] = ()) -> Drawn | None:
        """Wrong choices, which depend on the seed, the question and what was kept before; None without enough.

        `terms` are words of the fact that is asked for, if they are known; otherwise it is a fact of the answer that
        the question does not mention.
        """
        rng = random.Random(f"{self._seed}:{question}".encode("utf-8", "replace"))
        variants = self._variants(question, answer, terms, rng)
        statements = self._statements(question, answer, terms, rng)
        plans = []
        for stated in range(WRONG + 1):
            if len(variants) >= WRONG - stated and len(statements) >= stated:
                wrong = variants[: WRONG - stated] + statements[:stated]
                guess = guess_by_shared_words(question, [answer, *wrong], 0)
                rng.shuffle(wrong)
                plans.append(Drawn(tuple(wrong), stated, guess))
        return min(plans, key=self._preference, default=None)

    def keep(self, drawn: Drawn) -> None:
        """Count a question's wrong choices, so that the next ones make up for a kind that is behind."""
        self.stated += drawn.stated
        self.exchanged += WRONG - drawn.stated

    def _preference(self, drawn: Drawn) -> tuple[float, bool, int]:
        """What a guesser would score; then both kinds in one question, and the kind that is behind."""
        towards = -1 if self.stated < self.exchanged else 1
        return (max(drawn.guess, FAIR), drawn.stated in (0, WRONG), towards * drawn.stated)

    def _variants(self, question: str, answer: str, terms: Collection[str], rng: random.Random) -> list[str]:
        """The answer with other facts, all at the site of which there are most."""
        asked, wanted = _words(question), _words(" ".join(terms))
        true = {_normal(text) for text in self._known}
        best: list[str] = []
        found = self._known[answer].found if answer in self._known else sites(answer, self._names)
        for site in sorted(found, key=lambda site: (not _words(site.text) & wanted, not site.typed)):
            if _words(site.text) <= asked:
                continue
            values = self._other_values(site, answer, rng)
            made = [exchanged(answer, site, value) for value in values]
            made = [text for text in dict.fromkeys(made) if _normal(text) not in true]
            if len(made) >= WRONG - 1:
                return made
            best = max(best, made, key=len)
        return best

    def _other_values(self, site: Site, answer: str, rng: random.Random) -> list[str]:
        """Other values of a site's kind, in random order."""
        own = _words(answer)
        values = [value for value in self._values.get(site.kind, ()) if not _words(value) & own - _ARTICLES]
        if site.kind.startswith("name") and len(values) < WRONG:
            values += [
                value
                for kind, known in self._values.items()
                if kind.startswith("name") and kind != site.kind
                for value in known
                if value not in values and not _words(value) & own
            ]
        rng.shuffle(values)
        if site.kind in ("year", "digits") and len(values) < WRONG and site.text.isdecimal():
            shifted = [str(int(site.text) + shift) for shift in rng.sample(SHIFTS, len(SHIFTS))]
            values += [value for value in shifted if value not in values and int(value) > 1]
        return values

    def _statements(self, question: str, answer: str, terms: Collection[str], rng: random.Random) -> list[str]:
        """True statements that do not answer the question, best first."""
        asked, own, wanted = _words(question), _words(answer), _words(" ".join(terms))
        shared = len(asked & own)
        rated: list[tuple[bool, float, str]] = []
        for statement in self._known.values():
            alike = len(statement.words & own) / max(1, len(statement.words | own))
            length = len(statement.text) / max(1, len(answer))
            if (
                statement.text == answer
                or alike >= SAME_STATEMENT
                or (wanted and wanted <= statement.words)
                or not LENGTHS[0] <= length <= LENGTHS[1]
            ):
                continue
            missing = max(0, shared - len(asked & statement.words))
            rated.append((missing > 0, missing + abs(length - 1) + rng.random(), statement.text))
        return [text for _, _, text in sorted(rated)[:NEAREST]]


_ARTICLES = frozenset(("a", "an", "the", "of"))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.text for word in words(text))


def _normal(text: str) -> str:
    return " ".join(word.text for word in words(text))
