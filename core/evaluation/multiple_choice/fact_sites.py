"""Places in a sentence that hold a fact of a known type: a number, a year, a month, a name, a phrase.

Two sites of the same type can be exchanged, and both sentences are still grammatical. English only; in other languages
digits and names are still found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.evaluation.words import MULTIPLIERS, SMALL_NUMBERS

_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\w\s]")
_YEAR: Final = re.compile(r"1\d{3}|20\d\d")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBERS: Final = frozenset((*SMALL_NUMBERS, *MULTIPLIERS, "hundred", "dozen")) - {"one", "zero"}
ORDINALS: Final = _set("second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth")
MONTHS: Final = _set("january february march april may june july august september october november december")
WEEKDAYS: Final = _set(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays"
)
SEASONS: Final = _set("spring summer autumn winter")
PREPOSITIONS: Final = _set(
    "about above across after against along among around as at before behind below beneath beside between beyond by "
    "during except for from in inside into like near of off on onto out outside over past per since through throughout "
    "to towards under until up upon with within without"
)
DETERMINERS: Final = _set(
    "a an the this that these those his her its their our your my each every some any no all both another"
)
STOPS: Final = PREPOSITIONS | _set(
    "and or but nor so yet because if when while where who which whose whom that than though although is are was were "
    "be been being has have had do does did can could will would shall should may might must not also only it they he "
    "she we you i there"
)
"""A phrase ends before these."""

PHRASE_TOKENS: Final = 3

SUBJECT_TOKENS: Final = 9

VOWELS: Final = "aeiou"


@dataclass(frozen=True)
class Site:
    """A fact in a sentence."""

    start: int
    end: int
    text: str
    kind: str
    """Sites of the same kind can be exchanged."""
    typed: bool
    """Whether the kind says what the fact is, so that any other fact of the kind makes sense."""


def sites(sentence: str, names: frozenset[str] = frozenset()) -> list[Site]:
    """The facts of a sentence, typed ones first. `names` are words that are names even at a sentence's beginning."""
    tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(sentence)]
    typed = list(_typed(tokens, names))
    return [*typed, *_phrases(sentence, tokens), *_subject(sentence, tokens)]


def names_in(sentences: Sequence[str]) -> frozenset[str]:
    """The words that are capitalised inside sentences, so that they are names."""
    return frozenset(
        match[0] for sentence in sentences for match in re.finditer(r"(?<=[\w,;] )[A-Z][\w'’-]*", sentence)
    )


def exchanged(sentence: str, site: Site, value: str) -> str:
    """The sentence with another value at a site; an indefinite article before it is adapted."""
    before, after = sentence[: site.start], sentence[site.end :]
    if not before:
        value = value[:1].upper() + value[1:]
    article = re.search(r"\b([Aa])n? $", before)
    if article:
        before = f"{before[: article.start()]}{article[1]}{'n' if value[:1].lower() in VOWELS else ''} "
    return before + value + after


_Token = tuple[str, int, int]


def _typed(tokens: Sequence[_Token], names: frozenset[str]) -> Iterator[Site]:
    place = 0
    while place < len(tokens):
        end, kind = _typed_run(tokens, place, names)
        if kind:
            start, stop = tokens[place][1], tokens[end - 1][2]
            text = " ".join(token[0] for token in tokens[place:end])
            yield Site(start, stop, text.lower() if kind in ("number", "ordinal") else text, kind, True)
        place = max(end, place + 1)


def _typed_run(tokens: Sequence[_Token], place: int, names: frozenset[str]) -> tuple[int, str]:
    """The end of the typed fact that begins at a token, and its kind; an empty kind if there is none."""
    word = tokens[place][0]
    lower = word.lower()
    if word[0].isdigit():
        return place + 1, "year" if _YEAR.fullmatch(word) else "time" if ":" in word else "digits"
    for kind, known in (("month", MONTHS), ("weekday", WEEKDAYS), ("season", SEASONS), ("ordinal", ORDINALS)):
        if lower in known and (kind not in ("month", "weekday") or word[0].isupper()):
            return place + 1, kind
    end = place
    while end < len(tokens) and _is_number(tokens[end][0]):
        end += 1
    if end > place:
        return end, "number"
    if not word[0].isupper() or (place == 0 and word not in names) or lower in STOPS | DETERMINERS:
        return place, ""
    end = place + 1
    while end < len(tokens) and tokens[end][0][0].isupper() and tokens[end - 1][2] + 1 == tokens[end][1]:
        end += 1
    before = tokens[place - 1][0].lower() if place else ""
    return end, f"name {before}" if before in PREPOSITIONS else "name the" if before == "the" else "name"


def _is_number(word: str) -> bool:
    return all(part in NUMBERS or part == "one" for part in word.lower().split("-")) and word.lower() != "one"


def _phrases(sentence: str, tokens: Sequence[_Token]) -> Iterator[Site]:
    """Phrases after a preposition, and those after an article at the end of a clause."""
    for place, (word, _, _) in enumerate(tokens[:-1]):
        lower = word.lower()
        if lower in PREPOSITIONS:
            start, kind = place + 1, lower
        elif lower in DETERMINERS and (not place or tokens[place - 1][0].lower() not in PREPOSITIONS):
            start, kind = place, "noun"
        else:
            continue
        end = start + (tokens[start][0].lower() in DETERMINERS)
        first = end
        while end < len(tokens) and end - first < PHRASE_TOKENS and _is_content(tokens[end][0]):
            end += 1
        closed = end >= len(tokens) or tokens[end][0] in ".,;:!?" or tokens[end][0].lower() in PREPOSITIONS | {"and"}
        if end > first and closed and not _holds_verb([token[0] for token in tokens[first:end]]):
            text = _uncapitalised(sentence[tokens[start][1] : tokens[end - 1][2]], start)
            yield Site(tokens[start][1], tokens[end - 1][2], text, kind, False)


def _holds_verb(content: Sequence[str]) -> bool:
    """Whether a word before the last one may be a verb: nouns before a noun are rarely plural."""
    return any(word.endswith("s") and not word.endswith(("'s", "ss", "’s")) for word in content[:-1])


def _subject(sentence: str, tokens: Sequence[_Token]) -> Iterator[Site]:
    """The phrase before the first word that an article, a number or a name follows: that word is mostly the verb."""
    if tokens and tokens[0][0].lower() in STOPS:
        return
    for place in range(1, min(len(tokens) - 1, SUBJECT_TOKENS)):
        word, following = tokens[place][0].lower(), tokens[place + 1][0]
        if word in STOPS | DETERMINERS or not word[0].isalpha() or tokens[place][0][0].isupper():
            continue
        starts = following.lower() in DETERMINERS or following[0].isdigit() or following[0].isupper()
        if starts or _is_number(following):
            form = "s" if word.endswith("s") else "ed" if word.endswith("ed") else ""
            text = _uncapitalised(sentence[: tokens[place - 1][2]], 0)
            yield Site(0, tokens[place - 1][2], text, f"subject {form}".strip(), False)
            return


def _uncapitalised(text: str, place: int) -> str:
    """The text as it is inside a sentence, if its first word is one that is capitalised only at the beginning."""
    first = text.partition(" ")[0]
    return text[0].lower() + text[1:] if place == 0 and first.lower() in DETERMINERS | NUMBERS else text


def _is_content(word: str) -> bool:
    return word[0].isalnum() and word.lower() not in STOPS | DETERMINERS
