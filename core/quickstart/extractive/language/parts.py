"""Splits what follows the subject and verb into parts, and finds the role of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from core.quickstart.extractive.language.clause import Clause, Part, Role
from core.quickstart.extractive.language.inflection import readings
from core.quickstart.extractive.language.lexicon import (
    COORDINATORS,
    DETERMINERS,
    DURATION_NOUNS,
    MOVING,
    NUMBER_WORDS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    SAYING,
    TAKING_INFINITIVE,
    TIME_NOUNS,
)
from core.quickstart.extractive.language.phrases import (
    Token,
    is_adverb,
    is_duration,
    is_frequency,
    is_name,
    is_noun_like,
    is_number,
    is_place,
    is_time,
    starts_noun_phrase,
)


def role_of(phrase: str) -> Role:
    """The role of a prepositional or adverbial phrase."""
    lower = phrase.lower()
    if is_frequency(phrase) or re.match(r"(?:twice|again)\b", lower):
        return "frequency"
    if is_duration(phrase) and not re.match(r"(?:at|on|by|after|before|since|until|within the|in|from)\b", lower):
        return "duration"
    if is_duration(phrase) and lower.startswith("in "):
        return "other"
    if is_time(phrase) or re.match(r"(?:when|after|before|until|since|while|whenever) ", lower):
        return "time"
    if re.match(r"(?:because|due to) ", lower):
        return "reason"
    if is_place(phrase):
        return "place"
    return "other"


def slice_of(text: str, tokens: Sequence[Token]) -> str:
    """The text from the first of these tokens to the last, as written."""
    return text[tokens[0].start : tokens[-1].end].strip(" ,;:") if tokens else ""


def particle_of(clause: Clause, rest: Sequence[Token]) -> str:
    """The word after the verb that belongs to it, if any."""
    if clause.copula or not rest:
        return ""
    first = rest[0].lower
    if clause.base == "take" and first in ("place", "part"):
        return first
    following = rest[1] if len(rest) > 1 else None
    if first not in PARTICLES or (following is not None and following.lower == "of" and first != "out"):
        return ""
    alone = following is None or following.text in ",;:" or following.lower in PREPOSITIONS | COORDINATORS
    return first if alone or (first in ("up", "out", "away", "back") and starts_noun_phrase(rest[1].text)) else ""


def parts_of(text: str, clause: Clause, rest: Sequence[Token]) -> Iterator[Part]:
    """What follows the verb as parts; two consecutive places are one: "in a glass case near the entrance"."""
    held: Part | None = None
    for part in _cut(text, clause, rest):
        if held is not None and held.role == part.role == "place":
            held = Part("place", f"{held.text} {part.text}")
            continue
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held


def _cut(text: str, clause: Clause, rest: Sequence[Token]) -> Iterator[Part]:
    """Split at prepositions and conjunctions that begin a new part; after a loose remark everything is loose."""
    start = 0
    bounds: list[int] = []
    for place in range(1, len(rest)):
        if _opens_part(text, clause, rest, start, place):
            bounds.append(place)
            start = place
    edges = [0, *bounds, len(rest)]
    loose = False
    for index, (left, right) in enumerate(pairwise(edges)):
        phrase = slice_of(text, rest[left:right])
        if phrase:
            loose = loose or (left > 0 and rest[left - 1].text == "," and rest[left].lower != "because")
            yield Part("loose" if loose else _part_role(clause, phrase, rest[left], index), phrase)


def _part_role(clause: Clause, phrase: str, first: Token, index: int) -> Role:
    lower = first.lower
    if lower == "that" and clause.base in SAYING:
        return "content"
    if phrase == "to date":
        return "time"
    if phrase.startswith(('"', "“")) and clause.base in SAYING:
        return "content"
    if lower == "to" and len(phrase.split()) > 1:
        word = phrase.split()[1].strip(",").lower()
        if word in ("be", "have", "do") or any(form.form == "base" for form in readings(word)):
            return "content" if clause.passive or clause.base in TAKING_INFINITIVE else "purpose"
    if phrase.startswith(("so that ", "in order to ")):
        return "purpose"
    if lower == "by" and clause.passive and not is_time(phrase) and not re.match(r"by [a-z]+(?:ing\b|$)", phrase):
        return "agent"
    definite = lower in ("a", "an", "the", "another", "its", "their", "his", "her")
    if index == 0 and definite and not is_frequency(phrase) and not (is_duration(phrase) and clause.base != "have"):
        return "complement" if clause.copula else "object"
    role = role_of(phrase)
    if role == "place" and lower in ("on", "in") and clause.base in ("depend", "consist", "result", "rely", "believe"):
        return "other"
    if clause.base in ("range", "vary", "fluctuate") and lower in ("between", "from"):
        return "other"
    if lower in ("to", "into", "toward", "towards") and clause.base in MOVING and len(phrase.split()) > 1:
        return "place"
    if role != "other" or lower in PREPOSITIONS - {"about", "around", "over", "up", "than", "near"}:
        return role
    if lower in PREPOSITIONS and not (index == 0 and len(phrase.split()) > 1 and is_number(phrase.split()[1])):
        return role
    if index == 0 and (clause.copula or not is_adverb(first.text) or is_number(phrase.split()[-1])):
        return "complement" if clause.copula else "object"
    return "other"


def _opens_part(text: str, clause: Clause, rest: Sequence[Token], start: int, place: int) -> bool:
    token, before = rest[place], rest[place - 1]
    lower = token.lower
    opener = rest[start].lower
    if before.text == "," and place + 1 < len(rest):
        listed = any(other.lower in COORDINATORS for other in rest[place:]) and not is_postmodifier(rest, start, place)
        opens = lower in DETERMINERS | PREPOSITIONS or is_adverb(token.text) or is_postmodifier(rest, start, place)
        return opens and not listed
    if token.text == "," or before.lower in ("such", "as", "up", "out", "because", "due", "according", "instead"):
        return False
    if lower in ("because", "when", "whenever", "until", "so") and place > start:
        return lower != "so" or (place + 1 < len(rest) and rest[place + 1].lower == "that")
    if rest[start].text in ('"', "“"):
        return False
    clausal = opener in ("because", "when", "whenever", "so", "that", "while", "who", "which", "after", "before")
    in_relative = any(
        other.lower in ("that", "which", "who", "where", "whose") or is_postmodifier(rest, start, at)
        for at, other in enumerate(rest[start:place], start)
    )
    if clausal or in_relative:
        return False
    if lower in ("every", "each", "twice", "once") or (is_number(token.text) and place + 1 < len(rest)):
        tail = slice_of(text, rest[place : place + 5])
        if before.lower not in PREPOSITIONS | DETERMINERS and is_frequency(tail):
            return True
    following = rest[place + 1].lower if place + 1 < len(rest) else ""
    if lower in ("one", "last", "next", "this", "that") and following in TIME_NOUNS and is_noun_like(before.text):
        return True
    if is_number(token.text) and following in DURATION_NOUNS and place + 2 < len(rest) and is_noun_like(before.text):
        return rest[place + 2].lower in ("after", "before", "ago", "later", "earlier")
    if (
        is_number(opener)
        and start + 1 < len(rest)
        and rest[start + 1].lower in DURATION_NOUNS
        and lower in ("after", "before")
    ):
        return False
    if lower in ("twice", "again", "today") and (place + 1 == len(rest) or not rest[place + 1].is_word):
        return True
    if lower not in PREPOSITIONS or before.lower in PREPOSITIONS | DETERMINERS | COORDINATORS:
        return False
    if lower in ("of", "than", "per", "like", "as", "about", "around", "over", "up"):
        return lower == "about" and place > 1 and place + 1 < len(rest) and not is_number(rest[place + 1].text)
    if lower in ("to", "until") and opener in ("from", "between"):
        return False
    if lower == "rather":
        return True
    if lower in ("with", "for", "without") and start == 0 and not (lower == "for" and _has_number(rest, place)):
        instrument = clause.base in ("pay", "use", "fill", "cover", "measure", "replace", "close", "cut", "make")
        return clause.passive or instrument or opener in PRONOUNS
    if lower == "between" and start == 0 and clause.base in ("range", "vary", "lie", "fluctuate"):
        return place > 0
    measure = place + 1 < len(rest) and rest[place + 1].text[0].isdigit() and before.text[0].isdigit() and lower == "by"
    return not measure


def is_postmodifier(rest: Sequence[Token], start: int, place: int) -> bool:
    """ "constellations established by …": a participle after its noun includes what follows."""
    if place <= start or is_name(rest[place].text):
        return False
    before = rest[place - 1]
    forms = {form.form for form in readings(rest[place].lower)}
    follows = (is_noun_like(before.text) and before.lower not in NUMBER_WORDS) or before.text == ","
    return follows and bool(forms & {"participle", "gerund"}) and not forms & {"base", "present"}


def _has_number(rest: Sequence[Token], place: int) -> bool:
    """ "for thirty years", "for about 12,000 crowns"."""
    return any(is_number(token.text) for token in rest[place + 1 : place + 3])
