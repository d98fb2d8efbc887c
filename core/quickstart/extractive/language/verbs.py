"""Finds the verb group of a clause: which word is its finite verb, and what belongs to that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.quickstart.extractive.language.clause import Clause
from core.quickstart.extractive.language.inflection import is_plural, readings, singular
from core.quickstart.extractive.language.lexicon import (
    AUXILIARIES,
    BE,
    COORDINATORS,
    DETERMINERS,
    DO,
    FINITE_AUXILIARIES,
    HAVE,
    MODALS,
    NAMING,
    NOUNS_TOO,
    NUMBER_WORDS,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
)
from core.quickstart.extractive.language.phrases import (
    Token,
    is_adverb,
    is_name,
    is_noun_like,
    is_number,
    is_plural_phrase,
    starts_noun_phrase,
)


@dataclass(frozen=True)
class Group:
    """A verb group's place among the tokens, and its words."""

    start: int
    end: int
    """One past its last token."""
    auxiliaries: tuple[str, ...]
    adverbs: tuple[str, ...]
    verb: str
    base: str
    past: bool


def find_group(tokens: Sequence[Token]) -> Group | None:
    """The main verb group: the first finite verb that belongs to no relative clause or participle phrase."""
    pending = 0
    place = 0
    while place < len(tokens):
        token = tokens[place]
        before = tokens[place - 1] if place else None
        if token.lower in RELATIVES and before is not None and (before.text == "," or is_noun_like(before.text)):
            pending += 1
        elif place and token.text not in ",;:":
            group = group_at(tokens, place) if _can_be_finite(tokens, place) else None
            if group is not None and pending:
                pending -= 1
                place = group.end
                continue
            if group is not None:
                return group
        elif token.text in ";:":
            return None
        place += 1
    return _guessed_group(tokens)


def _guessed_group(tokens: Sequence[Token]) -> Group | None:
    """An unknown word in the place of a present-tense verb: "technicians renew the layer"."""
    for place in range(1, len(tokens) - 1):
        word, before, after = tokens[place], tokens[place - 1], tokens[place + 1]
        named = is_name(before.text) and (after.lower in PREPOSITIONS or is_plural(after.text))
        opens = named or after.lower in DETERMINERS | PRONOUNS or (is_number(after.text) and after.text.islower())
        if not (word.text.islower() and word.text.isalpha() and opens and is_noun_like(before.text)):
            continue
        if readings(word.lower) or not is_noun_like(word.text) or before.lower in NUMBER_WORDS or not before.is_word:
            continue
        if is_plural(before.text) and not is_plural(word.text):
            return Group(place, place + 1, (), (), word.lower, word.lower, False)
        if word.text.endswith("s") and not is_plural(before.text):
            return Group(place, place + 1, (), (), word.lower, singular(word.lower), False)
    return None


def _can_be_finite(tokens: Sequence[Token], place: int) -> bool:
    word, before = tokens[place], tokens[place - 1]
    if word.lower in FINITE_AUXILIARIES:
        return not (word.lower == "may" and before.lower in PREPOSITIONS) and not (
            word.text[0].isupper() and word.lower in ("may", "will", "am")
        )
    if is_name(word.text) or before.lower in DETERMINERS - {"that", "all", "both", "each", "most"} | PREPOSITIONS:
        return False
    if before.lower in COORDINATORS or re.search(r"['’]s?$", before.text):
        return False
    forms = {form.form for form in readings(word.lower)}
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if "past" in forms and "participle" not in forms and not ("base" in forms and len(forms) < 3):
        return not (following is not None and following.lower in FINITE_AUXILIARIES)
    if word.lower in ("named", "called") and _another_verb(tokens, place):
        return False
    if "past" in forms:
        return not _finite_ahead(tokens, place) and not (
            following is not None and _is_bare_noun(following, tokens, place)
        )
    if before.lower in NUMBER_WORDS and before.lower != "one":
        return False
    if "present" in forms or "base" in forms:
        agrees = _agrees(tokens, place, "present" in forms) and not _noun_before_verb(tokens, place)
        return agrees and (following is None or _may_follow(following)) and not _finite_ahead(tokens, place)
    return False


def _noun_before_verb(tokens: Sequence[Token], place: int) -> bool:
    """ "twelve oak hammers pound them": the plural noun looks like a verb, the verb comes after it."""
    if place + 2 >= len(tokens) or readings(tokens[place].lower)[0].base == "take":
        return False
    later = range(place + 2, len(tokens) - 1) if is_plural(tokens[place].text) else ()
    for position in later:
        if tokens[position].text in ",;:":
            break
        base = any(form.form == "base" for form in readings(tokens[position].lower))
        noun = not readings(tokens[position - 1].lower) or tokens[position - 2].lower in DETERMINERS
        several = is_plural(tokens[position - 1].text) and noun
        if base and several and tokens[position + 1].lower in PREPOSITIONS | DETERMINERS - {"that"}:
            return tokens[place + 1].lower == "of"
    forms = {form.form for form in readings(tokens[place + 1].lower)}
    after = tokens[place + 2]
    several = is_plural(tokens[place].text) and "present" in forms
    return (several or bool(forms & {"base", "past"})) and (
        after.lower in DETERMINERS | PREPOSITIONS | PRONOUNS or is_name(after.text)
    )


def _another_verb(tokens: Sequence[Token], place: int) -> bool:
    """ "a merchant named Ilse Marrant founded …": whether a verb with its object comes after the name."""
    for position in range(place + 2, len(tokens) - 1):
        forms = {form.form for form in readings(tokens[position].lower)}
        if tokens[position].text in ",;:":
            return False
        if forms & {"past", "present"} and is_name(tokens[position - 1].text) and not is_name(tokens[position].text):
            return True
    return False


def _is_bare_noun(following: Token, tokens: Sequence[Token], place: int) -> bool:
    """ "the painted doors open": after a participle used as an adjective a noun and its verb follow."""
    if place + 2 >= len(tokens) or not is_noun_like(following.text) or readings(following.lower):
        return False
    return tokens[place - 1].lower in DETERMINERS | NUMBER_WORDS


def _agrees(tokens: Sequence[Token], place: int, third_person: bool) -> bool:
    before = tokens[place - 1]
    if is_adverb(before.text) and place > 1:
        before = tokens[place - 2]
    if before.lower in SUBJECT_PRONOUNS or before.lower in ("each", "which", "who", "that", "both", "all", "most"):
        return True
    if not (is_noun_like(before.text) or before.text == ","):
        return False
    several = is_plural_phrase(" ".join(token.text for token in tokens[:place] if token.text != ","))
    return third_person or several


def _may_follow(token: Token) -> bool:
    """Whether what follows a finite verb can begin with this token."""
    lower = token.lower
    return (
        lower in DETERMINERS | PREPOSITIONS | PRONOUNS | SUBORDINATORS | COORDINATORS
        or is_adverb(token.text)
        or starts_noun_phrase(token.text)
        or token.text in ',;:"“‘'
        or (is_noun_like(token.text) and lower not in AUXILIARIES and not _only_verb(lower))
    )


def _only_verb(word: str) -> bool:
    forms = {form.form for form in readings(word)}
    return bool(forms) and forms <= {"past"}


def _finite_ahead(tokens: Sequence[Token], place: int) -> bool:
    """Whether a sure finite verb follows in the same clause, so that this one is a participle or a noun."""
    for position in range(place + 1, len(tokens)):
        token, before = tokens[position], tokens[position - 1]
        if token.text in ",;:" or token.lower in COORDINATORS - {"or"} | RELATIVES | SUBORDINATORS - PREPOSITIONS:
            return False
        if token.lower in FINITE_AUXILIARIES and not is_name(token.text):
            return True
        forms = {form.form for form in readings(token.lower)}
        plain = is_noun_like(before.text) and before.lower not in DETERMINERS and not is_name(token.text)
        if position > place + 1 and plain and forms and forms <= {"past"}:
            return True
    return False


def group_at(tokens: Sequence[Token], place: int) -> Group | None:
    """The verb group that begins here: auxiliaries, adverbs, main verb."""
    auxiliaries: list[str] = []
    adverbs: list[str] = []
    end = place
    while end < len(tokens):
        word = tokens[end].lower
        if word == "cannot":
            auxiliaries.append("can")
            adverbs.append("not")
        elif word in AUXILIARIES and not (auxiliaries and word in FINITE_AUXILIARIES - HAVE):
            auxiliaries.append(word)
        elif (
            not is_adverb(word)
            or (auxiliaries and auxiliaries[-1] in BE and _opens_complement(tokens, end))
            or (not auxiliaries and not adverbs and end > place)
        ):
            break
        else:
            adverbs.append(word)
        end += 1
    if end < len(tokens):
        main = _main_verb(tokens[end].lower, auxiliaries, tokens, end)
        if main is not None:
            form, verb = main
            past = form == "past" or (
                auxiliaries[0] in ("was", "were", "had", "did", "could") if auxiliaries else False
            )
            return Group(place, end + 1, tuple(auxiliaries), tuple(adverbs), tokens[end].lower, verb, past)
    if not auxiliaries:
        return None
    last = auxiliaries[-1]
    past = auxiliaries[0] in ("was", "were", "had", "did")
    while adverbs and tokens[end - 1].lower == adverbs[-1] and adverbs[-1] not in ("not", "never", "also"):
        adverbs.pop()
        end -= 1
    if last in BE:
        return Group(place, end, tuple(auxiliaries), tuple(adverbs), "", "be", past)
    base = "have" if last in HAVE else "do" if last in DO else ""
    return Group(place, end, tuple(auxiliaries[:-1]), tuple(adverbs), last, base, past) if base else None


def _opens_complement(tokens: Sequence[Token], place: int) -> bool:
    """ "is only 26 light years away": the adverb belongs to what follows."""
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    return following is None or is_number(following.text) or tokens[place].lower in ("very", "too", "rather", "about")


def _main_verb(word: str, auxiliaries: Sequence[str], tokens: Sequence[Token], place: int) -> tuple[str, str] | None:
    """Form and base of the word as the main verb after these auxiliaries; None where it is none."""
    forms = {form.form: form.base for form in reversed(readings(word))}
    if not forms or is_name(tokens[place].text):
        return None
    if not auxiliaries:
        for form in ("past", "present", "base"):
            if form in forms:
                return form, forms[form]
        return None
    last = auxiliaries[-1]
    if last in BE:
        for form in ("participle", "gerund"):
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            noun_next = (
                following is not None and is_noun_like(following.text) and not starts_noun_phrase(following.text)
            )
            if form in forms and not (form == "participle" and noun_next and forms[form] not in NAMING):
                return form, forms[form]
        return None
    wanted = "participle" if last in HAVE else "base"
    if wanted not in forms:
        return None
    if last in HAVE and is_noun_like(word) and place + 1 < len(tokens) and word.endswith("t") and "base" in forms:
        return None
    return wanted, forms[wanted]


def second_predicate(clause: Clause, tokens: Sequence[Token]) -> Group | None:
    """ "… and was replaced by …": another verb group of the same subject."""
    place = 1
    while place < len(tokens) and (is_adverb(tokens[place].text) or tokens[place].lower in ("then", "later")):
        place += 1
    if place >= len(tokens) or tokens[0].lower not in ("and", "but", "or", "yet", "then"):
        return None
    word = tokens[place].lower
    if is_name(tokens[place].text):
        return None
    if word in FINITE_AUXILIARIES and place + 1 < len(tokens):
        return group_at(tokens, place)
    forms = {form.form: form.base for form in reversed(readings(word))}
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if following is not None and (following.lower in COORDINATORS or following.text == ","):
        return None
    if clause.passive and "participle" in forms:
        return Group(place, place + 1, clause.auxiliaries, (), word, forms["participle"], clause.past)
    bare = bool(clause.auxiliaries) and clause.auxiliaries[0] in MODALS | DO
    noun_too = forms.get("present", forms.get("base", "")) in NOUNS_TOO and following is not None
    if noun_too and following is not None and following.lower in PREPOSITIONS and "past" not in forms:
        return None
    opens = following is None or (_may_follow(following) and not is_noun_like(following.text))
    opens = opens or (following is not None and starts_noun_phrase(following.text))
    if bare and "base" in forms and opens:
        return Group(place, place + 1, clause.auxiliaries, (), word, forms["base"], clause.past)
    if "past" in forms and clause.past and opens:
        return Group(place, place + 1, (), (), word, forms["past"], True)
    if "present" in forms and not clause.past and not clause.plural and opens:
        return Group(place, place + 1, (), (), word, forms["present"], False)
    if "base" in forms and not clause.past and clause.plural and opens:
        return Group(place, place + 1, (), (), word, forms["base"], False)
    return None
