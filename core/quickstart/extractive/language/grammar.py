"""A light chunker: the clauses of a sentence, each as subject, verb group, and parts with a role.

It knows closed classes and verb forms only, and gives up (an empty list) rather than guess at a sentence that it
cannot parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from core.quickstart.extractive.language.asides import appositions, inverted_clauses, reduced
from core.quickstart.extractive.language.clause import Clause, Part
from core.quickstart.extractive.language.inflection import readings
from core.quickstart.extractive.language.lexicon import (
    AUXILIARIES,
    CONNECTIVES,
    COORDINATORS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
)
from core.quickstart.extractive.language.parts import particle_of, parts_of, role_of, slice_of
from core.quickstart.extractive.language.phrases import (
    Token,
    is_adverb,
    is_duration,
    is_name,
    is_noun_like,
    is_number,
    is_person,
    is_plural_phrase,
    is_time,
    is_year,
    starts_noun_phrase,
    tokenise,
)
from core.quickstart.extractive.language.verbs import find_group, group_at, second_predicate

TOKENS: Final = 140
"""A longer sentence is not parsed."""

MAX_DEPTH: Final = 4
"""Clauses joined to clauses are followed this far."""


def parse(sentence: str) -> list[Clause]:
    """The clauses of a sentence (its first word in lower case unless a name), the main one first."""
    text = _simplified(sentence)
    tokens = tokenise(text)
    if not 3 <= len(tokens) <= TOKENS:
        return []
    return list(_clauses(text, tokens, None, 0))


def _simplified(sentence: str) -> str:
    """Without brackets, inserted remarks and the full stop."""
    text = re.sub(r"\s*\([^()]*\)", "", sentence)
    text = re.sub(r"\s*[—–]\s*([^—–]{1,60}?)\s*[—–]\s*", " ", text)
    text = re.sub(r"\s*(?:—|\s–\s)", "; ", text)
    return re.sub(r"[.!\s]+(?=[\"'”’]?$)", "", text).strip()


def _clauses(text: str, tokens: Sequence[Token], before: Clause | None, depth: int) -> Iterator[Clause]:
    if depth > MAX_DEPTH:
        return
    lead, body = _split_lead(text, tokens)
    while body and body[0].lower in CONNECTIVES | {","} and len(body) > 3:
        body = body[2:] if body[1].text == "," else body[1:]
    if not body:
        return
    inverted = list(inverted_clauses(text, tokens))
    if inverted:
        yield from inverted
        return
    group = find_group(body)
    if group is None or group.start == 0:
        return
    subject, also_called = _subject(text, body[: group.start])
    if not subject:
        return
    if before is not None and subject in ("it", "they", "he", "she"):
        subject, also_called = before.subject, before.also_called
    finite = group.auxiliaries[0] if group.auxiliaries else group.verb
    plural = finite in ("are", "were", "have", "do") or (
        finite not in ("is", "was", "has", "does") and is_plural_phrase(subject)
    )
    clause = Clause(
        subject=subject,
        auxiliaries=group.auxiliaries,
        verb=group.verb,
        base=group.base,
        past=group.past,
        plural=plural,
        parts=(),
        adverbs=group.adverbs,
        also_called=also_called,
    )
    clause = replace(clause, person=_has_person(clause))
    yield from _with_parts(text, clause, lead, body[group.end :], depth)
    yield from _set_in_commas(text, clause, body[: group.start])


def _set_in_commas(text: str, clause: Clause, tokens: Sequence[Token]) -> Iterator[Clause]:
    """The text between subject and verb: "the windmill, which was built in 1780," or "Ida Holm, a chemist,"."""
    comma = next((place for place, token in enumerate(tokens) if token.text == ","), None)
    if comma is None or tokens[-1].text != "," or comma + 2 >= len(tokens):
        return
    inside = tokens[comma + 1 : -1]
    group = group_at(inside, 1) if inside[0].lower in ("which", "who") and len(inside) > 2 else None
    if group is not None:
        said = replace(
            clause, auxiliaries=group.auxiliaries, verb=group.verb, base=group.base, past=group.past,
            adverbs=group.adverbs, parts=(), particle="",
        )  # fmt: skip
        yield from _with_parts(text, said, (), inside[group.end :], MAX_DEPTH)
    elif inside[0].lower in ("a", "an", "the", "one") and not any(token.text == "," for token in inside):
        copula = "were" if clause.plural and clause.past else "was" if clause.past else "are" if clause.plural else "is"
        what = (Part("complement", slice_of(text, inside)),)
        yield Clause(clause.subject, (copula,), "", "be", clause.past, clause.plural, what, person=clause.person)


def _with_parts(
    text: str, clause: Clause, lead: tuple[Part, ...], rest: Sequence[Token], depth: int
) -> Iterator[Clause]:
    """The clause with what follows its verb, then the clauses that are joined to it."""
    particle = particle_of(clause, rest)
    clause, rest = replace(clause, particle=particle), rest[1:] if particle else rest
    end = _clause_end(clause, rest)
    parts = tuple(parts_of(text, clause, rest[:end]))
    whole = replace(clause, parts=parts + lead)
    if _is_whole(whole):
        yield whole
        shortened = reduced(text, whole, rest[:end]) if depth < MAX_DEPTH else None
        if shortened is not None:
            yield from _with_parts(text, shortened[0], (), shortened[1], MAX_DEPTH)
        yield from appositions(whole)
    joined = list(rest[end:])
    while joined and joined[0].lower in {",", ";", ":"}:
        joined = joined[1:]
    if not joined:
        return
    first = joined[0].lower
    if first in ("which", "who") and len(joined) > 2:
        antecedent = _antecedent(whole)
        group = group_at(joined, 1)
        if antecedent and group is not None:
            related = Clause(
                antecedent, group.auxiliaries, group.verb, group.base, group.past,
                is_plural_phrase(antecedent), (), group.adverbs,
            )  # fmt: skip
            yield from _with_parts(text, related, (), joined[group.end :], depth + 1)
        return
    if first in COORDINATORS | SUBORDINATORS | {"so"}:
        group = second_predicate(clause, joined)
        if group is not None:
            auxiliaries = group.auxiliaries
            same = replace(
                clause, auxiliaries=auxiliaries, verb=group.verb, base=group.base, past=group.past,
                adverbs=group.adverbs, particle="",
            )  # fmt: skip
            yield from _with_parts(text, same, (), joined[group.end :], depth + 1)
            return
        if first in ("as", "that", "whether", "if", "unless", "how", "why"):
            return
        joined = joined[1:]
    yield from _clauses(text, joined, clause, depth + 1)


def _has_person(clause: Clause) -> bool:
    base = "" if clause.passive else clause.base
    return is_person(clause.subject, base) or is_person(clause.also_called, base)


def _is_whole(clause: Clause) -> bool:
    """Whether it says something: a verb alone or a copula without complement does not."""
    return bool(clause.parts) and (not clause.copula or clause.parts[0].role != "reason")


def _antecedent(clause: Clause) -> str:
    if not clause.parts:
        return ""
    phrase = clause.parts[-1].text
    first, _, rest = phrase.partition(" ")
    phrase = rest if first.lower() in PREPOSITIONS else phrase
    phrase = re.sub(r"^(?:a|an) ", "the ", phrase)
    plain = 1 <= len(phrase.split()) <= 6 and "," not in phrase and not re.search(r" (?:and|or) ", phrase)
    return phrase if plain and clause.parts[-1].role not in ("time", "duration", "frequency") else ""


def _split_lead(text: str, tokens: Sequence[Token]) -> tuple[tuple[Part, ...], Sequence[Token]]:
    """The text before the subject, and the rest: "In dry summers" | "the wheel stops"."""
    first = tokens[0].lower
    forms = {form.form for form in readings(first)}
    participle = bool(forms & {"gerund", "participle"}) and "present" not in forms and not is_name(tokens[0].text)
    opens = first in PREPOSITIONS | SUBORDINATORS or is_adverb(first) or participle or first == "only"
    comma = next((place for place, token in enumerate(tokens) if token.text == ","), None)
    bare = _bare_time_lead(text, tokens)
    if bare and (comma is None or find_group(tokens[bare:comma]) is not None):
        return _lead_parts(slice_of(text, tokens[:bare])), tokens[bare:]
    if opens and comma is not None and 1 <= comma <= 22 and len(tokens) - comma > 3:
        phrase = slice_of(text, tokens[:comma])
        if first in PREPOSITIONS | SUBORDINATORS and first not in ("as", "that", "because"):
            return _lead_parts(phrase), tokens[comma + 1 :]
        return ((Part("reason", phrase),) if first == "because" else ()), tokens[comma + 1 :]
    if is_adverb(first) and len(tokens) > 3 and starts_noun_phrase(tokens[1].text) and first != "only":
        timely = first in ("today", "now", "originally", "initially", "nowadays", "soon", "later")
        return ((Part("time", tokens[0].text),) if timely else ()), tokens[1:]
    return (), tokens


def _bare_time_lead(text: str, tokens: Sequence[Token]) -> int:
    """How many tokens say when, before a subject that no comma sets off: "In 1969 a school class …"."""
    first = tokens[0].lower
    if first not in PREPOSITIONS or first in ("of", "as"):
        return 0
    for place in range(1, min(len(tokens) - 3, 9)):
        last, after = tokens[place], tokens[place + 1]
        if last.text == ",":
            return 0
        phrase = slice_of(text, tokens[: place + 1])
        if not (after.text[0].isalpha() or after.text[0].isdigit()) or not _opens_clause(after):
            continue
        if not (is_time(phrase) or is_duration(phrase)) or after.lower in PREPOSITIONS | COORDINATORS:
            continue
        if is_number(after.text) and (is_number(last.text) or last.text[0].isupper()):
            continue
        if is_name(after.text) and last.text[0].isdigit() and not is_year(last.text):
            continue
        return place + 1
    return 0


def _opens_clause(token: Token) -> bool:
    """Whether a subject can begin here."""
    lower = token.lower
    return starts_noun_phrase(token.text) or (is_noun_like(token.text) and lower not in AUXILIARIES)


def _lead_parts(phrase: str) -> tuple[Part, ...]:
    role = role_of(phrase)
    return (Part(role, phrase),) if role in ("time", "duration", "frequency", "place") else ()


def _subject(text: str, tokens: Sequence[Token]) -> tuple[str, str]:
    """The subject without remarks in commas, and a name among them."""
    commas = [place for place, token in enumerate(tokens) if token.text == ","]
    trimmed = tokens
    while trimmed and is_adverb(trimmed[-1].text) and len(trimmed) > 1:
        trimmed = trimmed[:-1]
    if commas and tokens[-1].text == ",":
        inside = slice_of(text, tokens[commas[0] + 1 : commas[-1]])
        is_list = any(token.lower in COORDINATORS for token in tokens[commas[0] : commas[-1]]) and len(commas) > 2
        if not is_list:
            named = inside if inside and all(is_name(word) for word in inside.split()) else ""
            return slice_of(text, tokens[: commas[0]]), named
    if len(commas) == 1 and not any(token.lower in COORDINATORS for token in tokens):
        trimmed = trimmed[commas[0] + 1 :]
        if not trimmed:
            return "", ""
    subject = slice_of(text, trimmed)
    first = tokens[0].lower
    if not subject or len(subject.split()) > 28 or first in SUBORDINATORS | PREPOSITIONS - {"about", "around", "over"}:
        return "", ""
    if not any(is_noun_like(token.text) or token.lower in PRONOUNS for token in trimmed):
        return "", ""
    return subject, ""


def _clause_end(clause: Clause, rest: Sequence[Token]) -> int:
    """Where the next clause or predicate begins."""
    for place, token in enumerate(rest):
        lower = token.lower
        if token.text in ";:":
            return place
        after = rest[place + 1 :]
        if token.text == "," and after:
            nxt = after[0].lower
            if nxt in ("which", "who", "whose", "where"):
                return place
            if nxt in COORDINATORS | SUBORDINATORS - PREPOSITIONS - {"that"} | {"so"} and nxt != "because":
                if _starts_clause(after[1:]) or second_predicate(clause, after) is not None:
                    return place
            elif nxt != "because" and _starts_clause(after) and not any(other.text == "," for other in after):
                return place
        if lower in ("and", "but", "or") and after:
            if second_predicate(clause, rest[place:]) is not None:
                return place
            if lower != "or" and after[0].lower in SUBJECT_PRONOUNS | DETERMINERS and _starts_clause(after):
                return place
        if lower in ("while", "although", "though", "whereas"):
            return place
    return len(rest)


def _starts_clause(tokens: Sequence[Token]) -> bool:
    """Whether a subject and its verb follow before the next comma."""
    end = next((place for place, token in enumerate(tokens) if token.text in ",;:"), len(tokens))
    if end < 2 or tokens[0].lower in PREPOSITIONS | RELATIVES:
        return False
    group = find_group(tokens[:end])
    return group is not None and group.start >= 1
