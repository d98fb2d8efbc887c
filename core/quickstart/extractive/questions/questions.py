"""Questions for each constituent of a clause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.inflection import past, present
from core.quickstart.extractive.language.lexicon import BE, PRONOUNS
from core.quickstart.extractive.language.phrases import head, is_name, is_person, is_plural_phrase, phrase_words
from core.quickstart.extractive.questions.askable import is_group, number_of
from core.quickstart.extractive.questions.inversion import (
    Draft,
    asked_for,
    inverted,
    joined_text,
    known,
    settings_of,
    statement,
    verb_of,
)
from core.quickstart.extractive.questions.objects import complement_questions, object_questions, other_questions

_MONTH: Final = re.compile(
    r"in (?:early |late |mid-)?(?:January|February|March|April|May|June|July|August|September|October|November"
    r"|December)"
)


_YEAR: Final = re.compile(r"(?:in|during|by) (?:about |around )?(?:1\d{3}|20\d\d)")


_DATE: Final = re.compile(r"on (?:the )?\d{1,2}(?:st|nd|rd|th)? (?:of )?[A-Z][a-z]+|on [A-Z][a-z]+ \d{1,2}")


def drafts(clause: Clause) -> Iterator[Draft]:
    yield from _subject_questions(clause)
    if clause.subject.lower() in PRONOUNS:
        return
    for part in clause.parts:
        if part.role == "time":
            yield from _time_questions(clause, part)
        elif part.role == "duration":
            yield from asked_for(clause, ["how long"], part, "duration", 0.2)
        elif part.role == "frequency":
            yield from asked_for(clause, ["how often"], part, "frequency", 0.2)
        elif part.role == "place":
            yield from _place_questions(clause, part)
        elif part.role == "agent":
            yield from _agent_questions(clause, part)
        elif part.role == "reason":
            yield from asked_for(clause, ["why", "for what reason"], part, "reason", 0.0)
        elif part.role == "purpose" and (not clause.copula or part.text.startswith("so that ")):
            yield from asked_for(clause, ["why", "for what purpose"], part, "purpose", 0.8)
        elif part.role == "content" and not clause.passive and part.text.startswith(("that ", '"', "“")):
            yield from asked_for(clause, ["what"], part, "content", 0.3)
        elif part.role == "object":
            yield from object_questions(clause, part)
        elif part.role == "complement":
            yield from complement_questions(clause, part)
        elif part.role == "other":
            yield from other_questions(clause, part)
    yield from _deed_questions(clause)


def _subject_questions(clause: Clause) -> Iterator[Draft]:
    subject = clause.subject
    person = clause.person or (is_group(subject) and not clause.copula)
    noun = head(subject)
    if subject == "there":
        yield from _existential_questions(clause)
        return
    if subject.lower() in ("it", "this", "that") or (clause.copula and clause.parts[0].role == "other"):
        return
    vague = clause.copula and any(re.match(r"an? ", part.text) for part in clause.parts[:1])
    for size, setting in enumerate(settings_of(clause, None)[-1:] if vague else settings_of(clause, None)):
        rest = joined_text(setting)
        if not rest or (not person and re.search(r"\b(?:its|their)\b", rest)):
            continue
        weight = 0.4 + 0.2 * size + (0.5 if clause.copula else 0.0)
        several = clause.copula and is_plural_phrase(setting[0].text)
        said = f"{verb_of(clause, singular=not several)} {rest}".strip()
        yield Draft("who" if person else "what", said, said, "subject", weight + (0.0 if person else 0.3))
        plain = f"{verb_of(clause)} {rest}".strip()
        number = number_of(subject)
        if number:
            yield Draft(f"how many {number}", plain, plain, "number", weight - 0.3)
        elif (
            noun
            and not is_name(noun)
            and noun.lower() not in PRONOUNS
            and re.match(r"(?i)(?:the|a|an|every|each) ", subject)
        ):
            described = len(phrase_words(subject)) > 2 and not person
            yield Draft(f"which {noun}", plain, plain, "subject", weight + (0.1 if described else 0.6))


def _existential_questions(clause: Clause) -> Iterator[Draft]:
    if not clause.parts:
        return
    thing, rest = clause.parts[0].text, joined_text([part for part in clause.parts[1:] if part.role != "loose"])
    verb = verb_of(clause)
    number = number_of(thing)
    if number:
        yield Draft(f"how many {number}", f"{verb} there {rest}", f"there {verb} {rest}", "number", 0.1)
    yield Draft("what", f"is there {rest}", f"there is {rest}", "subject", 0.8)
    for part in clause.parts[1:]:
        if part.role == "place":
            yield Draft("where", f"{verb} there {thing}", f"there {verb} {thing}", "place", 0.3)


def _time_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    text = part.text[0].lower() + part.text[1:]
    if text.startswith("since ") and not re.match(r"since then", text):
        yield from asked_for(clause, ["since when"], part, "time", 0.3)
    elif text.startswith("until "):
        yield from asked_for(clause, ["until when"], part, "time", 0.3)
    elif text.startswith("by ") and _YEAR.match(text):
        yield from asked_for(clause, ["by what year", "by when"], part, "time", 0.3)
    elif _YEAR.match(text):
        yield from asked_for(clause, ["when", "in which year", "in what year"], part, "time", 0.0)
    elif _DATE.match(part.text):
        yield from asked_for(clause, ["when", "on what date"], part, "time", 0.0)
    elif _MONTH.fullmatch(part.text):
        yield from asked_for(clause, ["when", "in which month"], part, "time", 0.0)
    elif not re.match(r"(?:after that|since then|then|of|first|today|now|originally|initially|soon|later)\b", text):
        yield from asked_for(clause, ["when"], part, "time", 0.1)


def _place_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    if clause.copula:
        direct, indirect = inverted(clause, ()), statement(clause, ())
        yield Draft("where", direct, indirect, "place", 0.1)
    else:
        yield from asked_for(clause, ["where"], part, "place", 0.2)


def _agent_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    phrase = part.text.removeprefix("by ")
    person = (
        is_person(phrase, "write") or is_group(phrase) or is_person(re.sub(r"^the \w+ (?=[A-Z])", "", phrase), "write")
    )
    who = "who" if person else "what"
    rest_parts = settings_of(clause, part)
    active = _active(clause)
    for size, setting in enumerate(rest_parts):
        weight = 0.2 * size
        if active and clause.subject.lower() not in PRONOUNS:
            said = f"{active} {clause.subject} {joined_text(setting)}".strip()
            yield Draft(who, said, said, "agent", 0.1 + weight)
    yield from asked_for(clause, ["by whom" if person else "by what"], part, "agent", 1.2)
    short = rest_parts[0]
    yield Draft(who, f"{inverted(clause, short)} by", f"{statement(clause, short)} by", "agent", 0.7)


def _active(clause: Clause) -> str:
    """The verb of a passive clause in the active voice, for a "who" or "what" as subject."""
    auxiliaries = clause.auxiliaries
    if clause.negated:
        return ""
    if len(auxiliaries) == 1 and auxiliaries[0] in BE:
        return f"{past(clause.base) if clause.past else present(clause.base)} {clause.particle}".strip()
    if len(auxiliaries) == 2 and auxiliaries[0] in ("has", "have", "had") and auxiliaries[1] == "been":
        return f"{'had' if auxiliaries[0] == 'had' else 'has'} {clause.verb} {clause.particle}".strip()
    return ""


def _deed_questions(clause: Clause) -> Iterator[Draft]:
    """ "What did the family do in 1847" and "What happened to the loft in 1926"."""
    nearby = [part for part in clause.parts if part.role in ("time", "place", "frequency")]
    for part in nearby:
        if clause.passive and clause.past and part.role == "time":
            said = f"happened to {known(clause.subject)} {part.text}"
            yield Draft("what", said, said, "deed", 0.9)
        elif (
            not clause.copula
            and not clause.passive
            and clause.base != "have"
            and any(p.role == "object" for p in clause.parts)
        ):
            doer = clause.person or is_group(clause.subject)
            done = "do" if not clause.auxiliaries or clause.auxiliaries[0] not in BE | {"has", "have", "had"} else ""
            if doer and done:
                support = (
                    clause.auxiliaries[0]
                    if clause.auxiliaries
                    else "did"
                    if clause.past
                    else "do"
                    if clause.plural
                    else "does"
                )
                said = (
                    f"{known(clause.subject)} {'did' if clause.past else 'do' if clause.plural else 'does'} {part.text}"
                )
                yield Draft("what", f"{support} {known(clause.subject)} do {part.text}", said, "deed", 0.8)
