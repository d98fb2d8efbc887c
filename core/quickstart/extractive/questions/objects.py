"""Questions for what follows the verb: object, complement, and what a preposition adds to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.lexicon import (
    ABSTRACT_NOUNS,
    DURATION_NOUNS,
    MEASURE_ADJECTIVES,
    UNITS,
)
from core.quickstart.extractive.language.phrases import (
    head,
    is_name,
    is_number,
    is_person,
    is_plural_phrase,
    phrase_words,
)
from core.quickstart.extractive.questions.askable import is_described, is_group, kind_of, number_of
from core.quickstart.extractive.questions.inversion import Draft, asked_for, inverted, required, statement


def _stranded(clause: Clause, part: Part, wh: str, preposition: str) -> Iterator[Draft]:
    """ "What does the trust pay for": the preposition stays at the end."""
    setting = tuple(other for other in required(clause) if other is not part)
    direct, indirect = inverted(clause, setting), statement(clause, setting)
    yield Draft(wh, f"{direct} {preposition}", f"{indirect} {preposition}", "other", 0.6)


def object_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    phrase = part.text
    noun = head(phrase)
    person = is_person(phrase) or is_group(phrase)
    away = re.match(r"(?:about |around |some |only )?[\d.,]+ .*\b(away|distant)$", phrase)
    if away:
        yield from asked_for(clause, ["how far away"], part, "measure", 0.0)
        return
    amount = _amount(clause, phrase)
    if amount:
        yield from asked_for(clause, [amount], part, "measure", 0.0)
    number = number_of(phrase)
    if number:
        yield from asked_for(clause, [f"how many {number}"], part, "number", 0.0)
        litres = re.match(r"(\w+) of (.+)$", number)
        if litres and litres[1].lower() in UNITS:
            yield from asked_for(clause, [f"how much {litres[2]}"], part, "number", 0.3)
    naming = clause.passive and clause.base in ("call", "name", "label", "rename", "designate")
    if naming:
        yield from asked_for(clause, ["what"], part, "object", 0.0)
        return
    if clause.passive:
        return
    if number and clause.base in ("rise", "fall", "lie", "stretch", "drop", "climb", "stand", "go", "move"):
        return
    yield from asked_for(
        clause, ["who" if person and clause.base != "have" else "what"], part, "object", 0.5 if amount else 0.1
    )
    kind = kind_of(phrase)
    if clause.base in ("let", "help", "make", "keep", "take"):
        return
    if kind:
        yield from asked_for(clause, [f"what kind of {kind}"], part, "kind", 0.6)
    elif re.match(r"(?:the|its|his|her|their) (?!own )[\w-]+ [\w-]+", phrase) and is_described(phrase, noun):
        yield from asked_for(clause, [f"which {noun}"], part, "kind", 0.9)


def complement_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    phrase = part.text
    measure = re.match(
        r"(?P<amount>.*\b\S+) (?P<adjective>high|tall|long|wide|deep|thick|old|heavy|broad|distant|away|dim)$", phrase
    )
    if measure and any(is_number(word) for word in phrase_words(measure["amount"])):
        asked = measure["adjective"] if measure["adjective"] in MEASURE_ADJECTIVES else "far away"
        yield from asked_for(clause, [f"how {asked}"], part, "measure", 0.0)
        unit = re.search(r"\d\S* ([a-z]+(?:[ -]years)?)$|\b[a-z]+ ([a-z]+)$", measure["amount"])
        if unit and any(word in UNITS | DURATION_NOUNS for word in (unit[1] or unit[2]).split()):
            yield from asked_for(
                clause, [f"how many {unit[1] or unit[2]} {measure['adjective']}"], part, "measure", 0.5
            )
        return
    if is_number(re.sub(r"^(?:approximately|about|around|some|only|over|nearly) ", "", phrase).split()[0]):
        return
    if re.match(r"(?:a|an|the|one|another) |[A-Z\"]", phrase) or is_plural_phrase(phrase):
        pronoun = "who" if clause.person else "what"
        yield Draft(pronoun, inverted(clause, ()), statement(clause, ()), "complement", 0.1)
        kind = kind_of(phrase)
        if kind:
            yield Draft(f"what kind of {kind}", inverted(clause, ()), statement(clause, ()), "kind", 0.3)


def other_questions(clause: Clause, part: Part) -> Iterator[Draft]:
    match = re.match(r"(out of|away from|[a-z]+) (.+)$", part.text)
    if not match:
        return
    preposition, phrase = match[1], match[2]
    leading = clause.parts[0] is part
    if (
        clause.base in _REACHING
        and preposition in ("from", "between")
        and (is_number(_first_figure(phrase)) or _REACHING[clause.base] == "how much")
    ):
        yield from asked_for(clause, [_REACHING[clause.base]], part, "measure", 0.2)
    elif preposition == "from" and re.search(r" to (?:the|[A-Z])", phrase):
        yield from asked_for(clause, ["where"], part, "place", 0.5)
    elif preposition == "from" and " to " in phrase:
        return
    elif preposition == "by" and (re.fullmatch(r"[a-z]+|\w+ing .*", phrase)):
        yield from asked_for(clause, ["how"], part, "manner", 0.1)
    elif clause.copula and not leading:
        return
    elif preposition == "from" and is_name(phrase) and not clause.passive:
        yield from _stranded(clause, part, "where", preposition)
    elif (
        preposition in ("to", "for", "from", "with", "into", "onto", "out of", "through", "against")
        or (preposition in ("of", "as", "about", "on") and leading)
        or (preposition == "in" and clause.passive and re.fullmatch(r"[a-z]+", phrase) and phrase not in ABSTRACT_NOUNS)
    ):
        person = is_person(phrase) or is_group(phrase)
        yield from _stranded(clause, part, "who" if person else "what", preposition)
        if preposition in ("to", "for", "from", "with"):
            yield from asked_for(clause, [f"{preposition} {'whom' if person else 'what'}"], part, "other", 1.4)


_REACHING: Final = {
    "stretch": "how far", "extend": "how far", "reach": "how far", "range": "how much", "vary": "how much",
    "fluctuate": "how much",
}  # fmt: skip


def _first_figure(phrase: str) -> str:
    words = [word for word in phrase_words(phrase) if word.lower() not in ("about", "roughly", "around", "magnitudes")]
    return words[0].strip("−-") if words else "x"


def _amount(clause: Clause, phrase: str) -> str:
    """ "how much" for what costs or weighs, "how long" for what takes."""
    if not any(is_number(word) for word in phrase_words(phrase)[:3]):
        return ""
    return {"cost": "how much", "weigh": "how much", "pay": "how much"}.get(clause.base, "")
