"""Skills by analogy: seed examples whose answers have the same skeleton are a rule, and their spans can be exchanged.

New questions and contexts are a seed's with other seeds' spans in its slots; an answer is the common skeleton with the
spans that the question or context has there. Where no two seeds shown have one skeleton there is no rule to follow,
and nothing is made up.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.quickstart.extractive.language.inflection import content_stems, readings, words
from core.quickstart.extractive.language.lexicon import FINITE_AUXILIARIES, STOPWORDS
from core.quickstart.extractive.language.phrases import is_adverb, is_person
from core.quickstart.extractive.replies.judging import Judgement
from core.quickstart.extractive.replies.prompt import Example
from core.quickstart.extractive.replies.spans import Template, captured, fill, template

COMBINATIONS: Final = 4000
"""Span combinations tried for one prompt."""

NO_RULE: Final = "The rule-based teacher knows no rule for this request."
"""The answer if no seed example fits; the judge gives it the lowest score."""

_CLOCK: Final = re.compile(r"\b\d{1,2}:\d{2}\b")
_INDEFINITE: Final = re.compile(r"\b[Aa]n?\s+(?=([a-z-]+\s+[a-z-]+)\b)")
_DEFINITE: Final = re.compile(r"\b[Tt]he\s+(?=([a-z-]+\s+[a-z-]+)\b)")


def new_questions(examples: Sequence[Example], wanted: int, rng: random.Random) -> list[str]:
    """Up to `wanted` freeform questions, none of them a seed's."""
    seeds = {_plain(example.question) for example in examples}
    found: dict[str, str] = {}
    for group in _rules(examples):
        for base, values in _mixed(group, rng):
            question = fill(base.example.question, base.values, values)
            if _plain(question) not in seeds:
                found.setdefault(_plain(question), question)
    return _drawn(list(found.values()), wanted, rng)


def context_questions(examples: Sequence[Example], context: str, wanted: int, rng: random.Random) -> list[str]:
    """Up to `wanted` questions about a new context: the seeds' questions with this context's spans."""
    for group in _rules(examples):
        for base in group:
            spans = captured(context, base.example.context, base.values)
            if spans is None:
                continue
            questions = []
            for other in group:
                values = _carried(spans, base, other, context)
                if values is not None:
                    questions.append(fill(other.example.question, other.values, values))
            return _drawn(list(dict.fromkeys(questions)), wanted, rng)
    return []


def new_contexts(contexts: Sequence[str], examples: Sequence[Example], wanted: int, rng: random.Random) -> list[str]:
    """Up to `wanted` contexts: by the seeds' rule if answers are shown, else by what the contexts have in common."""
    seeds = {_plain(context) for context in contexts}
    found: dict[str, str] = {}
    for group in _rules(examples) if examples else []:
        for base, values in _mixed(group, rng):
            context = fill(base.example.context, base.values, values)
            found.setdefault(_plain(context), context)
    if not found:
        slots = [_slots_of(context) for context in contexts]
        shared = [name for name in ("thing", "place", "clock") if sum(name in own for own in slots) >= 2]
        pools = {name: list(dict.fromkeys(own[name] for own in slots if name in own)) for name in shared}
        for context, own in zip(contexts, slots, strict=True):
            names = [name for name in shared if name in own]
            for values in itertools.islice(itertools.product(*(pools[name] for name in names)), COMBINATIONS):
                new = fill(context, [own[name] for name in names], values) if names else context
                found.setdefault(_plain(new), new)
    return _drawn([context for key, context in found.items() if key not in seeds], wanted, rng)


def answer(examples: Sequence[Example], question: str, context: str = "") -> str:
    """The answer by the rule that the question, or the context, follows; NO_RULE if there is none."""
    for group in _rules(examples):
        for base in group:
            if not context:
                spans = captured(question, base.example.question, base.values)
            else:
                spans = captured(context, base.example.context, base.values)
                if spans is not None and not any(_fits(question, base, other, spans, context) for other in group):
                    spans = None
            if spans is not None and all(slot in spans for slot in range(base.answered)):
                values = [spans.get(slot, value) for slot, value in enumerate(base.values)]
                return fill(base.example.answer, base.values, values)
    return NO_RULE


def _aligned(group: Sequence[Template]) -> bool:
    """Whether what question and context share beyond the answer can be exchanged between these seeds too."""
    return len({len(made.values) for made in group}) == 1


def _carried(spans: dict[int, str], base: Template, other: Template, context: str) -> list[str] | None:
    """The values for another seed's slots, from the spans that a context has in the base's; None if one is missing."""
    values: list[str] = []
    for slot, own in enumerate(other.values):
        if slot < other.answered or _aligned((base, other)):
            value = spans.get(slot, "")
        else:
            value = own if own.lower() in _plain(context) else ""
        if not value and own.lower() in _plain(other.example.question):
            return None
        values.append(value or own)
    return values


def _fits(question: str, base: Template, other: Template, spans: dict[int, str], context: str) -> bool:
    """Whether the question is the other seed's, about the spans that the context has in the base's slots."""
    asked = captured(question, other.example.question, other.values)
    values = _carried(spans, base, other, context)
    return (
        asked is not None
        and values is not None
        and all(values[slot].lower() == value.lower() for slot, value in asked.items())
    )


def pair_score(question: str, answer_text: str, context: str = "") -> Judgement:
    """3 if nearly all of the answer is in the request or its context, 2 if most is, else 1."""
    if answer_text.strip() == NO_RULE or not content_stems(answer_text):
        return Judgement("Rule-based: there is no answer.", "1")
    source = f"{question}\n{context}"
    own, wanted = set(content_stems(source)), content_stems(answer_text)
    shared = sum(stem in own for stem in wanted)
    known = {word for word in words(source) if word[0].isdigit()}
    strange = [word for word in words(answer_text) if word[0].isdigit() and word not in known]
    why = f"{shared} of {len(wanted)} content words of the answer are in the request or its context"
    if strange:
        return Judgement(f"Rule-based: {why}, but not the number {strange[0]}.", "1")
    share = shared / len(wanted)
    return Judgement(f"Rule-based: {why}.", "3" if share >= 0.75 else "2" if share >= 0.5 else "1")


def _rules(examples: Sequence[Example]) -> list[list[Template]]:
    """Groups of at least two seed examples with the same answer skeleton."""
    groups: dict[tuple[str | int, ...], list[Template]] = {}
    for example in examples:
        made = template(example)
        if made is not None:
            groups.setdefault(made.skeleton, []).append(made)
    return [group for group in groups.values() if len(group) >= 2]


def _mixed(group: Sequence[Template], rng: random.Random) -> Iterator[tuple[Template, tuple[str, ...]]]:
    """Each seed of a rule with all combinations of the seeds' spans in its slots."""
    slots = range(len(group[0].values) if _aligned(group) else group[0].answered)
    pools = [list(dict.fromkeys(made.values[slot] for made in group)) for slot in slots]
    for pool in pools:
        rng.shuffle(pool)
    for base in group:
        for values in itertools.islice(itertools.product(*pools), COMBINATIONS):
            if len({value.lower() for value in values}) == len(values):
                yield base, values + base.values[len(values) :]


def _slots_of(context: str) -> dict[str, str]:
    """What contexts of one kind differ in: the thing first named, the last place, a clock time."""
    slots: dict[str, str] = {}
    things = [thing for thing in _two_word_names(_INDEFINITE, context) if not is_person(f"a {thing}")]
    places = _two_word_names(_DEFINITE, context)
    clock = _CLOCK.findall(context)
    if things:
        slots["thing"] = things[0]
    if places and places[-1] not in things:
        slots["place"] = places[-1]
    if clock:
        slots["clock"] = clock[-1]
    return slots


def _two_word_names(pattern: re.Pattern[str], text: str) -> list[str]:
    """ "green umbrella", "ticket office": an adjective or noun with its noun, and no verb or preposition."""
    found = (" ".join(match[1].split()) for match in pattern.finditer(text))
    closed = STOPWORDS | FINITE_AUXILIARIES
    return [
        phrase
        for phrase in found
        if not any(word in closed or is_adverb(word) for word in phrase.split())
        and not any(form.form in ("past", "present") for form in readings(phrase.split()[1]))
    ]


def _drawn(candidates: list[str], wanted: int, rng: random.Random) -> list[str]:
    rng.shuffle(candidates)
    return candidates[:wanted]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
