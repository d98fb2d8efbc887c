"""Keyword wordings: two to five content words of a sentence after a question's opening.

They are less natural than the rule wordings, but tie many combinations of a fact's words to its sentence, which is what
a small student needs to find the fact again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.quickstart.extractive.language.inflection import content_stems, content_words, gerund, readings
from core.quickstart.extractive.language.lexicon import (
    APPROXIMATIONS,
    AUXILIARIES,
    COORDINATORS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    STATES,
    SUBORDINATORS,
)
from core.quickstart.extractive.language.phrases import (
    Token,
    head,
    is_adverb,
    is_duration,
    is_name,
    is_number,
    is_person,
    is_place,
    is_plural_phrase,
    is_time,
    is_year,
    tokenise,
)
from core.quickstart.extractive.language.sound import is_sound
from core.quickstart.extractive.reading.sentences import Fact

KEYWORDS: Final = 5
"""The maximum number of content words in a keyword wording."""

Kind = Literal["person", "place", "time", "number", "thing"]

_PAIRS: Final = (
    "How are {a} and {b} connected?",
    "What {do} {a} have to do with {b}?",
    "What is the link between {a} and {b}?",
    "What is known about {a} and {b}?",
    "What can be said about {a} and {b}?",
    "What connects {a} with {b}?",
    "In what way are {a} and {b} related?",
    "What about {a} and {b}?",
)
"""For any two phrases of a sentence."""

_SINGLES: Final = (
    "What is known about {a}?",
    "What is there to say about {a}?",
    "What do you know about {a}?",
    "What about {a}?",
    "What can be said about {a}?",
)
"""For a phrase with two content words."""

_OF_KIND: Final[dict[Kind, tuple[str, ...]]] = {
    "person": ("Who had to do with {a} and {b}?", "Who is linked to {a} and {b}?"),
    "place": ("Which place is linked to {a} and {b}?", "Where do {a} and {b} come up?"),
    "time": ("When do {a} and {b} come up?", "Which time is linked to {a} and {b}?"),
    "number": ("Which figure goes with {a} and {b}?", "How much or how many is said of {a} and {b}?"),
    "thing": (),
}
"""For sentences that name such a thing, which the question then leaves out."""


@dataclass(frozen=True)
class _Piece:
    """A phrase of the sentence that a question can contain."""

    text: str
    kind: Kind


def keyword_wordings(fact: Fact, wanted: int, taken: Sequence[str] = ()) -> list[str]:
    """Up to `wanted` questions from a fact's key words, none of them in `taken`. The same fact gives the same ones."""
    pieces = _pieces(fact)
    rng = random.Random(fact.sentence.encode("utf-8", "replace"))
    stems = set(content_stems(fact.sentence))
    candidates = list(_candidates(fact, pieces, rng))
    seen = {question.lower() for question in taken}
    chosen: list[str] = []
    openings: dict[str, int] = {}
    for limit in (1, 2, 3, wanted):
        for opening, question in candidates:
            if len(chosen) == wanted:
                return chosen
            if openings.get(opening, 0) >= limit or question.lower() in seen or not is_sound(question, stems):
                continue
            seen.add(question.lower())
            openings[opening] = openings.get(opening, 0) + 1
            chosen.append(question)
    return chosen


def _candidates(fact: Fact, pieces: Sequence[_Piece], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Each with its opening: what is special to the sentence first, then pairs of its phrases."""
    for deed in _deeds(fact):
        yield "deed", f"What is known about {deed}?"
    things = [piece for piece in pieces if piece.kind not in ("time", "number")]
    for kind, templates in _OF_KIND.items():
        named = [piece for piece in pieces if piece.kind == kind]
        others = [piece for piece in things if piece not in named[:1]]
        if not named or len(others) < 2:
            continue
        for template in templates:
            first, second = rng.sample(others, 2)
            if len(content_words(f"{first.text} {second.text}")) <= KEYWORDS:
                yield kind, template.format(a=first.text, b=second.text)
    pairs = [(first, second) for place, first in enumerate(pieces) for second in pieces[place + 1 :]]
    pairs = [pair for pair in pairs if _fit(*pair)]
    rng.shuffle(pairs)
    shuffled = list(_PAIRS)
    rng.shuffle(shuffled)
    for turn in range(len(shuffled)):
        for index, (first, second) in enumerate(pairs):
            template = shuffled[(index + turn) % len(shuffled)]
            do = "do" if is_plural_phrase(first.text) else "does"
            yield template, template.format(a=first.text, b=second.text, do=do)
    for piece in pieces:
        if len(content_words(piece.text)) >= 2:
            for template in _SINGLES:
                yield template, template.format(a=piece.text)
    for thing in things:
        noun = head(thing.text)
        for other in pieces:
            if (
                noun
                and noun.islower()
                and noun in thing.text.split()
                and _fit(thing, other)
                and not is_plural_phrase(thing.text)
            ):
                yield "which", f"Which {noun} has to do with {other.text}?"


def _fit(first: _Piece, second: _Piece) -> bool:
    together = content_stems(f"{first.text} {second.text}")
    apart = not set(content_stems(first.text)) & set(content_stems(second.text))
    return apart and len(content_words(f"{first.text} {second.text}")) <= KEYWORDS and len(together) >= 2


def _deeds(fact: Fact) -> Iterator[str]:
    """What is done, as a noun: "buying a second vat"."""
    for clause in fact.clauses:
        done = [part for part in clause.parts if part.role == "object"]
        if done and not clause.copula and not clause.passive and clause.base not in STATES:
            phrase = re.sub(r"^(?:about|around|only|some) ", "", done[0].text)
            if phrase.lower() not in PRONOUNS and "," not in phrase and len(phrase.split()) <= 8:
                yield f"{gerund(clause.base)} {clause.particle} {phrase}".replace("  ", " ")


def _pieces(fact: Fact) -> list[_Piece]:
    """The phrases of the sentence, each once."""
    found: dict[str, _Piece] = {}
    for clause in fact.clauses:
        for text in (clause.subject, clause.also_called, *(part.text for part in clause.parts)):
            timely = is_time(text) and not is_duration(text)
            for phrase in _noun_phrases(text, with_verbs=False):
                kind: Kind = "time" if timely else "person" if is_person(phrase, clause.base) else "thing"
                if kind == "thing" and any(is_number(word) for word in phrase.split()):
                    kind = "number"
                elif kind == "thing" and is_place(text):
                    kind = "place"
                found.setdefault(phrase.lower(), _Piece(phrase, kind))
    first, _, rest = fact.sentence.partition(" ")
    opening = first.lower() if first.lower() in PREPOSITIONS | DETERMINERS | SUBORDINATORS else first
    for phrase in _noun_phrases(f"{opening} {rest}", with_verbs=True):
        if not any(phrase.lower() in known or known in phrase.lower() for known in found):
            found[phrase.lower()] = _Piece(phrase, "person" if is_person(phrase) else "thing")
    return list(found.values())


def _noun_phrases(text: str, *, with_verbs: bool) -> Iterator[str]:
    """Runs of words between closed-class words and verbs; with "the" for "a"."""
    run: list[str] = []
    tokens = tokenise(re.sub(r"\s*\([^()]*\)", "", text))
    for place, token in enumerate(tokens):
        inside = bool(run) and token.lower in ("most", "other", "same", "more")
        if token.lower in DETERMINERS and not inside:
            yield from _phrase(run)
            run = [token.text]
        elif _breaks(tokens, place) or (with_verbs and _is_verb(tokens, place)):
            yield from _phrase(run)
            run = []
        else:
            run.append(token.text)
    yield from _phrase(run)


def _breaks(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if not token.is_word:
        return True
    closed = (
        PREPOSITIONS
        | COORDINATORS
        | SUBORDINATORS
        | RELATIVES
        | AUXILIARIES
        | PRONOUNS
        | {"not", "also", "then", "rather"}
    )
    return token.lower in closed and (token.text.islower() or token.lower in RELATIVES)


def _is_verb(tokens: Sequence[Token], place: int) -> bool:
    forms = {form.form for form in readings(tokens[place].lower)}
    if not forms or is_name(tokens[place].text):
        return False
    before = tokens[place - 1] if place else None
    if before is None or before.lower in DETERMINERS or is_number(before.text):
        return False
    return bool(forms & {"past", "present"}) or before.lower in AUXILIARIES | {"to", ","} or is_adverb(before.text)


def _phrase(run: Sequence[str]) -> Iterator[str]:
    """A run of words as a noun phrase; nothing if it has no content word."""
    words = list(run)
    while words and is_adverb(words[-1]):
        words.pop()
    while words and ((is_adverb(words[0]) and words[0] not in ("first", "next")) or words[0].lower() in APPROXIMATIONS):
        words = words[1:]
    if words and words[0].lower() in ("a", "an"):
        words[0] = "the"
    if words and words[0].lower() in DETERMINERS - {"the", "no", "all", "both"}:
        words = words[1:]
    text = " ".join(words)
    verb_alone = len(words) == 1 and bool(readings(text)) and not any(form.form == "base" for form in readings(text))
    number_alone = all((is_number(word) and not is_year(word)) or word == "the" for word in words)
    if 1 <= len(words) <= 6 and content_words(text) and not number_alone and not verb_alone:
        yield text
