"""Tokens of a sentence, and what a phrase names: a person, several things, a time, a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.quickstart.extractive.language.inflection import is_plural, readings, singular
from core.quickstart.extractive.language.lexicon import (
    ABSTRACT_NOUNS,
    ADVERBS,
    APPROXIMATIONS,
    AUXILIARIES,
    COORDINATORS,
    DETERMINERS,
    DURATION_NOUNS,
    NOT_ADVERBS,
    NUMBER_WORDS,
    PERSON_NOUNS,
    PERSON_TITLES,
    PERSON_VERBS,
    PREPOSITIONS,
    PRONOUNS,
    SUBORDINATORS,
    SURE_PLACE_PREPOSITIONS,
    THING_NOUNS,
    TIME_NOUNS,
    TIME_WORDS,
    TOOLS,
    UNITS,
)

_TOKEN: Final = re.compile(
    r"[−–-]?\d+(?:[.,/]\d+)*(?:\s?%|°|(?:st|nd|rd|th|s|cm|mm|km|kg|m|h)\b)?"
    r"|(?:[A-Z]\.)+(?=\s)|(?:Dr|Mr|Mrs|Ms|St|Mt)\.|[^\W_]+(?:[-'’./·&][^\W_]+)*(?:['’](?=\s))?|[^\w\s]"
)
_YEAR: Final = re.compile(r"1\d{3}s?|20\d\ds?")
_NUMBER: Final = re.compile(r"[−–-]?\d+(?:[.,/]\d+)*(?:st|nd|rd|th)?%?")
_CLAUSE_MARKS: Final = frozenset(",;:")


@dataclass(frozen=True)
class Token:
    """A word, number or mark, and its place in the text."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum() or len(self.text) > 1


def tokenise(text: str) -> list[Token]:
    """The tokens of a text."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]


def phrase_words(phrase: str) -> list[str]:
    """The words and numbers of a phrase."""
    return [token.text for token in tokenise(phrase) if token.is_word]


def is_number(word: str) -> bool:
    """Digits or a numeral."""
    lower = word.lower()
    spelled = "-" in lower and all(part in NUMBER_WORDS or part == "one" for part in lower.split("-"))
    return bool(_NUMBER.fullmatch(word)) or lower in NUMBER_WORDS or lower in ("one", "several") or spelled


def is_year(word: str) -> bool:
    return bool(_YEAR.fullmatch(word))


def is_adverb(word: str) -> bool:
    lower = word.lower()
    if lower in ADVERBS:
        return True
    return lower.endswith("ly") and len(lower) > 4 and lower not in NOT_ADVERBS and not readings(lower)


def is_noun_like(word: str) -> bool:
    """A word of an open class that a verb may follow."""
    lower = word.lower()
    closed = DETERMINERS | PREPOSITIONS | COORDINATORS | SUBORDINATORS | AUXILIARIES
    return word[0].isalnum() and (lower not in closed or is_number(word)) and not is_adverb(word)


def is_name(word: str) -> bool:
    """Capitalised inside a sentence, or an identifier such as HE0107."""
    return word[0].isupper() and word.lower() not in PRONOUNS


def head(phrase: str) -> str:
    """The noun that a noun phrase is about: "the two oak doors of the hall" is about doors."""
    found = ""
    for position, token in enumerate(tokens := tokenise(phrase)):
        lower = token.lower
        ends = (
            lower in PREPOSITIONS | {"rather"}
            or token.text in _CLAUSE_MARKS
            or lower in ("who", "which", "that", "whose", "where")
        )
        if found and (ends or lower in COORDINATORS):
            break
        forms = {form.form for form in readings(lower)}
        if found and ("gerund" in forms or "participle" in forms) and not is_name(token.text) and position > 1:
            following = tokens[position + 1].lower if position + 1 < len(tokens) else ""
            if not following or following in PREPOSITIONS or following in DETERMINERS:
                break
        if position + 1 < len(tokens) and tokens[position + 1].lower == "than":
            continue
        numbered = bool(found) and is_name(found) and is_number(token.text)
        if token.is_word and lower not in DETERMINERS and not ends and not numbered and not is_adverb(lower):
            found = token.text
    return found


def is_plural_phrase(phrase: str) -> bool:
    """Whether a noun phrase names several things."""
    first = phrase.split()[0].lower() if phrase.split() else ""
    if re.match(r"(?i)(?:a|an|one|this|that|each|every)\b", phrase):
        return False
    if re.search(r"(?i:and [a-z]+) (?:[A-Z][\w.-]+ ?)+$", phrase) and not re.search(r" and [A-Z]|, ", phrase):
        return False
    if re.search(r",? and (?:the |a |an )?\w", phrase) and not re.search(r"\b(?:of|between|from|for|with)\b", phrase):
        return True
    noun = head(phrase)
    if noun and is_name(noun) and not re.match(r"(?i)(?:the|\d|two|three)\b", phrase):
        return False
    return (
        (first in NUMBER_WORDS and not is_name(noun))
        or first in ("these", "those", "many", "both", "several")
        or (bool(noun) and is_plural(noun))
    )


def is_person(phrase: str, verb: str = "") -> bool:
    """Whether a noun phrase, as the subject of a verb, names a person or persons."""
    parts = phrase_words(re.sub(r"(?i)\b(?:of|from|in|at|with|for)\b.*", "", phrase))
    if not parts:
        return False
    noun = head(phrase).lower()
    if noun in PERSON_NOUNS or _names_a_trade(noun):
        return True
    first = parts[0].lower()
    if first in ("he", "she", "who") or first in PERSON_TITLES or f"{first}." in PERSON_TITLES:
        return True
    names = [part for part in parts if is_name(part)]
    if any(part.lower() in THING_NOUNS for part in parts) or first in ("the", "a", "an"):
        return first in ("the", "a", "an") and any(part.lower() in PERSON_NOUNS for part in parts) and len(names) >= 2
    if len(names) >= 2 and any(part.lower() in PERSON_NOUNS or _names_a_trade(part.lower()) for part in parts):
        return True
    return (
        1 <= len(names) == len(parts) <= 4
        and all(part.isalpha() for part in parts)
        and verb in PERSON_VERBS
        and (
            len(parts) >= 2
            or verb in ("write", "note", "argue", "die", "paint", "tell", "say", "discover", "found", "invent")
        )
    )


def _names_a_trade(noun: str) -> bool:
    """ "chemist", "vatman", "bookbinders", "forger": who does something, by the ending."""
    if re.search(
        r"[a-z]{2}(?:ist|nician|smith|wright|mason|keeper|maker|worker|binder|builder)s?$|[a-z]{2}(?:man|men|woman|women)$",
        noun,
    ):
        return True
    doer = re.sub(r"s$", "", noun)
    if not re.search(r"[a-z]{3}er$", doer) or doer in TOOLS:
        return False
    return any(form.form == "base" for stem in (doer[:-2], doer[:-1]) for form in readings(stem))


def is_time(phrase: str) -> bool:
    """Whether a prepositional or bare phrase says when."""
    parts = phrase_words(phrase)
    if not parts:
        return False
    preposition = parts[0].lower()
    rest = parts[1:] if preposition in PREPOSITIONS else parts
    if preposition in ("of", "with", "to", "into", "as", "than", "like", "without"):
        return False
    strange = 0
    found = False
    for position, part in enumerate(rest):
        lower = part.lower()
        following = rest[position + 1].lower() if position + 1 < len(rest) else ""
        closes = not following or following in PREPOSITIONS | COORDINATORS or is_number(following)
        if is_year(part) and closes and following not in UNITS:
            found = True
        elif lower in ("period", "age", "season", "seasons", "times", "second", "seconds", "war"):
            found = found or (
                closes and preposition in ("during", "in", "after", "before") and not lower.startswith("second")
            )
        elif lower == "may" and preposition not in PREPOSITIONS:
            strange += 1
        elif lower in TIME_NOUNS or singular(lower) in TIME_NOUNS:
            found = found or (closes or following in TIME_NOUNS)
        elif lower not in TIME_WORDS and not is_number(part):
            strange += 1
    if any(is_unit_of_distance(part) or part.lower() in UNITS or singular(part).lower() in UNITS for part in rest):
        return False
    return (found and strange <= 2) or (len(rest) == 1 and rest[0].lower() in ("then", "now", "first"))


def is_unit_of_distance(word: str) -> bool:
    return word.lower() in ("light", "light-year", "light-years")


def is_duration(phrase: str) -> bool:
    """ "for thirty years", "twenty minutes", "in nine hours"."""
    parts = [part.lower() for part in phrase_words(phrase)]
    while parts and parts[0] in APPROXIMATIONS | {
        "for",
        "in",
        "within",
        "over",
        "up",
        "to",
        "at",
        "least",
        "more",
        "than",
    }:
        parts = parts[1:]
    if parts[:3] == ["a", "period", "of"]:
        parts = parts[4:] if len(parts) > 3 and parts[3] in APPROXIMATIONS else parts[3:]
    if not 2 <= len(parts) <= 6 or not (is_number(parts[0]) or parts[0] in ("many", "a", "an", "several", "few")):
        return False
    units = [place for place, part in enumerate(parts) if part in DURATION_NOUNS]
    if not units or units[0] > 3 or (parts[units[0]] == "second" and not is_number(parts[0])):
        return False
    return units[0] == len(parts) - 1 or parts[units[0] + 1] in PREPOSITIONS | COORDINATORS


def is_frequency(phrase: str) -> bool:
    """ "every 328 days", "twice a year", "six times a minute", "on Saturdays"."""
    return bool(
        re.match(
            r"(?i)(?:every|each) (?!other\b)(?:\S+ ){0,2}(?:year|month|week|day|hour|minute|spring|summer|autumn|"
            r"winter|night|morning|evening|season)s?\b"
            r"|(?:once|twice|\S+ times) (?:a|an|every|per|each) \w+|on \w+days$",
            phrase,
        )
    )


def is_place(phrase: str) -> bool:
    """Whether a prepositional phrase says where."""
    parts = phrase_words(phrase)
    if len(parts) < 2:
        return phrase.lower() in ("nearby", "abroad", "upstairs", "downstairs")
    preposition = parts[0].lower()
    noun = head(" ".join(parts[1:])).lower()
    if (
        noun in ABSTRACT_NOUNS
        or singular(noun) in ABSTRACT_NOUNS
        or is_time(phrase)
        or not noun
        or any(form.form == "gerund" for form in readings(parts[1]))
    ):
        return False
    if preposition in SURE_PLACE_PREPOSITIONS:
        return True
    bare = len(parts) == 2 and not is_name(parts[1]) and not is_plural(parts[1])
    vague = len(parts) == 3 and not any(
        is_name(part) or is_plural(part) or part.lower() in DETERMINERS for part in parts[1:]
    )
    if vague and preposition in ("in", "at", "on"):
        return False
    if bare and preposition in ("in", "at", "on"):
        return parts[1] in ("town", "land", "sea", "space", "orbit", "court", "school", "church", "prison")
    if preposition in ("in", "at", "on", "above", "under", "among", "around", "throughout", "off", "between", "within"):
        counted = is_number(parts[1]) and singular(noun) not in UNITS and not is_number(noun)
        return not is_number(parts[1]) or (counted and preposition in ("in", "on", "between"))
    return False


def starts_noun_phrase(word: str) -> bool:
    """Whether a noun phrase may begin with this word."""
    lower = word.lower()
    return lower in DETERMINERS or lower in PRONOUNS or is_number(word) or is_name(word) or lower in APPROXIMATIONS
