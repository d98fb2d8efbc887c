"""Secondary statements of a sentence: inverted clauses, appositions, shortened relative clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.inflection import readings
from core.quickstart.extractive.language.lexicon import BE, PREPOSITIONS, RELATIVES, STANCE
from core.quickstart.extractive.language.parts import is_postmodifier, slice_of
from core.quickstart.extractive.language.phrases import Token, is_name, is_plural_phrase, is_year, starts_noun_phrase

_APPOSED: Final = r"(?:[a-z]+ly )?(?:an?|one|another) "
"""How a phrase begins that says what the name before it is."""


def inverted_clauses(text: str, tokens: Sequence[Token]) -> Iterator[Clause]:
    """ "Located west of Ankaa is SX Phoenicis": the subject comes last."""
    first = tokens[0].lower
    forms = {form.form for form in readings(first)}
    ranking = first == "next" or (first.endswith("er") and not forms and tokens[1].lower in ("still", "is"))
    if not (forms & {"gerund", "participle"} or first in PREPOSITIONS - {"of"} or ranking) or is_name(tokens[0].text):
        return
    for place in range(1, len(tokens) - 1):
        token, after = tokens[place], tokens[place + 1]
        if token.text == "," or token.lower in RELATIVES or (ranking and place > 2):
            return
        if token.lower in STANCE and starts_noun_phrase(after.text) and (ranking or place > 1):
            end = next((i for i in range(place + 1, len(tokens)) if tokens[i].text in ",;:"), len(tokens))
            subject, phrase = slice_of(text, tokens[place + 1 : end]), slice_of(text, tokens[:place])
            if len(subject.split()) > 10:
                return
            plural = token.lower in ("are", "were") or is_plural_phrase(subject)
            what = (Part("loose" if ranking else "place", phrase),)
            if token.lower in BE:
                clause = Clause(subject, (token.lower,), "", "be", token.lower in ("was", "were"), plural, what)
            else:
                verb = readings(token.lower)[0]
                clause = Clause(subject, (), token.lower, verb.base, verb.form == "past", plural, what)
            tail = slice_of(text, tokens[end:])
            apposed = re.match(rf"(?:{_APPOSED}).*", tail)
            if apposed:
                yield identity(subject, re.sub(r"^[a-z]+ly ", "", apposed[0]))
            if not (ranking and apposed):
                yield clause
            return


def reduced(text: str, clause: Clause, rest: Sequence[Token]) -> tuple[Clause, Sequence[Token]] | None:
    """ "X is a star identified in 1972" says that X was identified: that clause, and the tokens after its verb."""
    if not clause.copula:
        return None
    for place in range(2, len(rest) - 2):
        if rest[place].text in ",;:":
            return None
        forms = {form.form: form.base for form in reversed(readings(rest[place].lower))}
        if "participle" in forms and is_postmodifier(rest, 0, place) and rest[place + 1].lower in PREPOSITIONS:
            phrase = slice_of(text, rest[place:])
            past = clause.past or any(is_year(word) for word in phrase.split())
            finite = ("were" if clause.plural else "was") if past else ("are" if clause.plural else "is")
            verb, base = rest[place].lower, forms["participle"]
            said = replace(clause, auxiliaries=(finite,), verb=verb, base=base, past=past, parts=(), adverbs=())
            return said, rest[place + 1 :]
    return None


def appositions(clause: Clause) -> Iterator[Clause]:
    """ "named Ankaa, an Arabic word" says that Ankaa is an Arabic word."""
    for part, after in pairwise(clause.parts):
        named = re.sub(r"^[a-z]+ ", "", part.text)
        if after.role == "loose" and re.match(_APPOSED, after.text) and all(is_name(word) for word in named.split()):
            yield identity(named, re.sub(r"^[a-z]+ly ", "", after.text))


def identity(subject: str, what: str) -> Clause:
    """The statement that something is something."""
    return Clause(subject, ("is",), "", "be", False, False, (Part("complement", what),))
