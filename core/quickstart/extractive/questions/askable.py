"""What in a noun phrase can be asked for: how many, which kind, who."""

from __future__ import annotations

import re

from core.quickstart.extractive.language.inflection import singular
from core.quickstart.extractive.language.lexicon import COLLECTIVE_NOUNS, DETERMINERS, NUMBER_WORDS, ORDINALS
from core.quickstart.extractive.language.phrases import head, is_name, is_number, is_plural_phrase, phrase_words


def number_of(phrase: str) -> str:
    """ "forty buckets" gives "buckets": what is counted; empty if nothing is."""
    match = re.match(
        r"(?i)(?:the |about |around |some |only |over |nearly |almost |roughly |its |their |more than |at least "
        r"|up to |a |an |estimated )*(\S+(?: (?:hundred|thousand|million|billion|dozen))?) (.+)$",
        phrase,
    )
    if not match or re.match(r"(?i)(?:the|its|their) (?:other|same|one)\b", phrase):
        return ""
    first, _, scale = match[1].partition(" ")
    whole = re.fullmatch(r"\d{1,3}(?:,\d{3})*|\d+", first)
    if not (whole or first.lower() in NUMBER_WORDS) or (scale and not is_number(scale)):
        return ""
    rest = re.sub(r"^(?:hundred|thousand|million|billion) ", "", match[2])
    rest = re.split(r" (?:or|without|with|from|in|on|at|for) ", rest)[0]
    noun = head(rest)
    counted = is_plural_phrase(f"the {noun}") and not re.match(r"(?:by|to|of|or|and|per|times|degrees)\b", rest)
    return (
        rest
        if counted and "," not in rest and not re.search(r" (?:high|long|wide|deep|old|away|distant)\b", rest)
        else ""
    )


def is_group(phrase: str) -> bool:
    """Whether what acts here is asked for with "who" although it is no person: a company, a team."""
    groups = ("company", "society", "trust", "council", "union", "association", "club", "university", "institute",
              "government", "school", "class", "bank", "corporation", "guild", "order")  # fmt: skip
    noun = singular(head(phrase)).lower()
    return noun in COLLECTIVE_NOUNS or noun in groups


def kind_of(phrase: str) -> str:
    """ "a wooden wheel with forty buckets" gives "wheel", where something before it says which kind."""
    match = re.match(r"(?:a|an|another) (.+)$", phrase)
    bare = (
        phrase if not match and is_plural_phrase(phrase) and phrase_words(phrase)[0].lower() not in DETERMINERS else ""
    )
    core = match[1] if match else bare
    noun = head(core)
    if not noun or is_name(noun) or is_number(noun) or any(is_number(word) for word in phrase_words(core)[:2]):
        return ""
    ahead = core[: core.find(noun)].split() if noun in core else []
    described = [word for word in ahead if word.lower() not in DETERMINERS]
    described = [word for word in described if word not in ORDINALS]
    noun_is_clear = 1 <= len(described) <= 3 and "," not in core[: core.find(noun)] and noun not in ("part", "number")
    return noun if noun_is_clear and " and " not in core[: core.find(noun)] else ""


def is_described(phrase: str, noun: str) -> bool:
    """ "the old moulds": something before a common noun says which."""
    before = phrase[: phrase.find(noun)].split() if noun and noun in phrase else []
    return len(before) >= 2 and not is_name(noun) and not is_number(noun) and noun not in ("number", "part")
