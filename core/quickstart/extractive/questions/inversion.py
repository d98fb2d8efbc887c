"""The two halves that questions are made of: "did the mill buy a vat" and "the mill bought a vat"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.inflection import present
from core.quickstart.extractive.language.lexicon import PRONOUNS
from core.quickstart.extractive.questions.askable import number_of


@dataclass(frozen=True)
class Draft:
    """A question in halves, so that it can be asked directly and indirectly: "when" + "was the mill founded"."""

    wh: str
    direct: str
    indirect: str
    focus: str
    rank: float


def joined_text(parts: Sequence[Part]) -> str:
    return " ".join(part.text for part in parts)


def verb_of(clause: Clause, *, singular: bool = False) -> str:
    """The whole verb group as in a statement; for "who" and "what" as subject in the singular."""
    negation = "not" if clause.negated else ""
    if clause.auxiliaries:
        first = clause.auxiliaries[0]
        if singular:
            first = {"are": "is", "were": "was", "have": "has", "do": "does"}.get(first, first)
        rest = [*clause.auxiliaries[1:], clause.verb, clause.particle]
        return " ".join(word for word in (first, negation, *rest) if word)
    verb = clause.verb
    if singular and not clause.past:
        verb = present(clause.base)
    return f"{verb} {clause.particle}".strip()


def inverted(clause: Clause, parts: Sequence[Part]) -> str:
    """ "did the mill buy a vat": auxiliary, subject, verb, parts."""
    negation = "not" if clause.negated else ""
    subject = known(clause.subject)
    if clause.auxiliaries:
        words = (clause.auxiliaries[0], subject, negation, *clause.auxiliaries[1:], clause.verb, clause.particle)
    else:
        support = "did" if clause.past else "do" if clause.plural else "does"
        words = (support, subject, negation, clause.base, clause.particle)
    return " ".join(word for word in (*words, joined_text(parts)) if word)


def statement(clause: Clause, parts: Sequence[Part]) -> str:
    return " ".join(word for word in (known(clause.subject), verb_of(clause), joined_text(parts)) if word)


def known(subject: str) -> str:
    """What is asked about is taken as known: "a stone weir" becomes "the stone weir"."""
    return re.sub(r"^an? ", "the ", subject)


def required(clause: Clause) -> tuple[Part, ...]:
    """The parts that the verb requires."""
    found = []
    for index, part in enumerate(clause.parts):
        bound = index == 0 and part.role in ("other", "duration") and not clause.passive
        bound = bound or (index == 0 and clause.passive and part.text.startswith(("as ", "to ", "of ", "from ")))
        bound = bound or (clause.base == "spend" and part.role in ("duration", "place"))
        bound = bound or (index == 0 and clause.copula) or (clause.base == "take" and part.role == "content")
        if part.role in ("object", "complement", "content") or bound:
            found.append(part)
    return tuple(found)


def _is_light(part: Part) -> bool:
    """Whether a question may contain it."""
    return part.role != "loose" and "," not in part.text and len(part.text.split()) <= 10


def settings_of(clause: Clause, without: Part | None) -> list[tuple[Part, ...]]:
    """Which other parts the question may contain: the needed ones, one more, all of them."""
    needed = [part for part in required(clause) if part is not without]
    others = [part for part in clause.parts if part is not without and part not in needed and _is_light(part)]
    settings = [tuple(part for part in clause.parts if part in needed)]
    for other in others:
        settings.append(tuple(part for part in clause.parts if part in needed or part is other))
    if len(others) > 1:
        settings.append(tuple(part for part in clause.parts if part in needed or part in others))
    plain = [setting for setting in settings if not any(part.text.lower() in PRONOUNS for part in setting)]
    return list(dict.fromkeys(plain))


def asked_for(
    clause: Clause, whs: Sequence[str], without: Part | None, focus: str, rank: float, tail: str = ""
) -> Iterator[Draft]:
    """One constituent asked for with each question word, in each setting."""
    counted = bool(number_of(clause.subject)) or clause.subject.startswith(("only ", "about "))
    for size, setting in enumerate(settings_of(clause, without)):
        weight = rank + 0.25 * size + (1.2 if counted else 0.0)
        for step, wh in enumerate(whs):
            direct, indirect = inverted(clause, setting), statement(clause, setting)
            yield Draft(wh, f"{direct} {tail}".strip(), f"{indirect} {tail}".strip(), focus, weight + 0.7 * step)
