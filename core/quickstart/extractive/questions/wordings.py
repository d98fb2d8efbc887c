"""Questions by rule: many wordings for one fact, the most natural first.

Each constituent of each clause is asked for in turn; the parts next to it may be left out. Every question is answered
by the fact's whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.inflection import content_stems
from core.quickstart.extractive.language.lexicon import PRONOUNS
from core.quickstart.extractive.language.sound import is_sound
from core.quickstart.extractive.questions.inversion import inverted, known, settings_of, statement
from core.quickstart.extractive.questions.questions import drafts
from core.quickstart.extractive.reading.sentences import Fact


@dataclass(frozen=True)
class Wording:
    """One question."""

    text: str
    focus: str
    """What it asks for; wordings of one focus should not crowd out the others."""
    rank: float
    """Lower is better English."""


def rule_wordings(fact: Fact, wanted: int) -> list[str]:
    """Up to `wanted` questions that the fact's sentence answers, the best first, with several foci among them."""
    candidates: list[Wording] = []
    for depth, clause in _statements(fact):
        for draft in drafts(clause):
            rank = draft.rank + 0.6 * depth
            candidates.append(Wording(_finished(f"{draft.wh} {draft.direct}"), draft.focus, rank))
            for opening, cost in (("Can you tell me", 4.0), ("Do you know", 4.4), ("Could you say", 5.2)):
                text = _finished(f"{opening} {draft.wh} {draft.indirect}")
                candidates.append(Wording(text, f"indirect {draft.focus}", rank + cost))
        candidates.extend(_closed(clause, 0.6 * depth))
    candidates.extend(_last_resorts(fact))
    candidates.extend([variant for wording in candidates for variant in _renamed(wording, fact)])
    return _chosen(candidates, fact, wanted)


def _statements(fact: Fact) -> Iterator[tuple[float, Clause]]:
    """What a fact says, with its distance from the main statement; a thing that is not yet known is "the" thing."""
    for depth, clause in enumerate(fact.clauses):
        person = clause.person or clause.subject in fact.persons or clause.also_called in fact.persons
        whole = replace(clause, person=person)
        yield depth, whole
        if clause.also_called:
            yield depth + 0.3, replace(whole, subject=clause.also_called, also_called="")
            copula = "were" if clause.plural else "was" if clause.past else "is"
            said = Part("complement", clause.subject)
            yield (
                depth + 0.2,
                Clause(clause.also_called, (copula,), "", "be", clause.past, False, (said,), person=person),
            )


def _chosen(candidates: Sequence[Wording], fact: Fact, wanted: int) -> list[str]:
    """The best well-formed ones; each further wording of one focus must be better than the first of another."""
    stems = set(content_stems(fact.sentence))
    remaining = [wording for wording in candidates if is_sound(wording.text, stems)]
    chosen: list[str] = []
    used: dict[str, int] = {}
    seen: set[str] = set()
    while remaining and len(chosen) < wanted:
        best = min(remaining, key=lambda wording: (wording.rank + 1.1 * used.get(wording.focus, 0), wording.text))
        remaining = [wording for wording in remaining if wording is not best]
        key = re.sub(r"\W+", " ", best.text.lower())
        if key not in seen:
            seen.add(key)
            chosen.append(best.text)
            used[best.focus] = used.get(best.focus, 0) + 1
    return chosen


def _finished(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,;:.")
    text = re.sub(r"\s+([,;:?])", r"\1", text)
    return text[0].upper() + text[1:] + "?"


def _closed(clause: Clause, cost: float) -> Iterator[Wording]:
    """Questions whose answer is yes, which the sentence confirms."""
    expletive = clause.subject == "it" and clause.copula and any(part.role == "purpose" for part in clause.parts)
    if expletive:
        yield Wording(_finished(inverted(replace(clause, adverbs=()), clause.parts)), "closed", 2.0 + cost)
    if clause.subject.lower() in PRONOUNS - {"there"} or clause.negated:
        return
    for size, setting in enumerate(setting for setting in settings_of(clause, None)[-2:] if setting):
        yield Wording(_finished(inverted(clause, setting)), "closed", 2.2 + 0.3 * size + cost)
        yield Wording(_finished(f"is it true that {statement(clause, setting)}"), "closed true", 4.5 + cost)


def _last_resorts(fact: Fact) -> Iterator[Wording]:
    for clause in fact.clauses[:2]:
        if clause.subject.lower() in PRONOUNS or len(clause.subject.split()) > 8:
            continue
        yield Wording(_finished(f"what is known about {known(clause.subject)}"), "known", 3.4)
        for part in clause.parts:
            if part.role in ("place", "time") and not clause.copula:
                yield Wording(_finished(f"what is known about {known(clause.subject)} {part.text}"), "known", 6.0)
    for clause in fact.clauses[:1]:
        if clause.subject.lower() in PRONOUNS - {"there"}:
            return
        for opening in ("would you say that", "is it right that", "is it correct that"):
            for setting in [setting for setting in settings_of(clause, None) if setting][:1]:
                yield Wording(_finished(f"{opening} {statement(clause, setting)}"), opening, 6.5)


def _renamed(wording: Wording, fact: Fact) -> Iterator[Wording]:
    """The same question with the title's alias of its thing."""
    for phrase, alias in fact.aliases:
        if alias.lower() in wording.text.lower():
            continue
        definite = phrase.startswith("the ")
        pattern = (
            rf"(?i:\b{re.escape(phrase)})(?![\w'’-])"
            if definite
            else rf"(?<![\w-]){re.escape(phrase)}(?![\w'’-])(?! [A-Z])"
        )
        text, count = re.subn(pattern, alias, wording.text, count=1)
        if not definite and not any(clause.subject == phrase for clause in fact.clauses):
            continue
        if count and not re.search(r"(?i)\bthe the\b", text):
            yield Wording(text[0].upper() + text[1:], wording.focus, wording.rank + (-0.1 if definite else 0.15))
            return
