"""Text as a list of comparable words, independent of case, Unicode form, white space and spelling of numbers.

- Compatibility forms are unified (NFKC), case is folded, soft hyphens and other invisible characters are dropped.
- Hyphens and apostrophes separate words: `cable-car` is `cable car`, `captain's` contains `captain`; `n't` is `not`.
- `60,000`, `60'000`, `60000` and, with a no-break space, `60 000` are the same number. A dot is a decimal point, so
  `2.840` is less than three. A number is separated from its unit (`26m`), but not from an ordinal's ending (`14th`).
- English number words are digits: `twenty-six` is `26`, without a `six`; `two thousand eight hundred and forty` is
  `2840`.
- A minus sign directly before a number belongs to it: `-90` is not `90`.
- Characters of scripts without spaces (Chinese, Japanese, Thai) are one word each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Word:
    text: str
    starts_clause: bool = False
    """Punctuation or a "but" separates it from the words before."""


_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL_NUMBERS = {
    **{word: value for value, word in enumerate(_UNITS.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
}
MULTIPLIERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

_NO_SPACES = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Thai and Lao, kana, and the two large blocks of Chinese characters."""

_TOKEN = re.compile(
    rf"""(?P<number> (?<!\w)-?\d{{1,3}}(?:[,'\u2019\u00a0\u202f]\d{{3}})+(?!\d)(?:\.\d+)? | (?<!\w)-?\d+(?:\.\d+)? )
         (?P<ordinal> (?:st|nd|rd|th)\b )?
       | (?P<single> [{_NO_SPACES}] )
       | (?P<word> [^\W_{_NO_SPACES}]+ )
       | (?P<pause> [.,;:!?…()\u2013\u2014。、，！？] )""",
    re.VERBOSE,
)
_SEPARATORS = re.compile(r"[^\d.-]")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order."""
    return tuple(_with_numbers(_tokens(_folded(text))))


def _folded(text: str) -> str:
    """The text in a canonical form. A no-break space in a number becomes an apostrophe until numbers are parsed."""
    kept = re.sub(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3})", "'", text.replace("\u2212", "-"))
    visible = "".join(letter for letter in kept if unicodedata.category(letter) != "Cf")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return re.sub(r"\bcannot\b", "can not", re.sub(r"n['\u2019]t\b", " not", folded))


def _tokens(text: str) -> list[Word]:
    found: list[Word] = []
    pause = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "pause":
            pause = True
            continue
        token = match.group()
        if match.group("number"):
            token = _SEPARATORS.sub("", match.group("number")) + (match.group("ordinal") or "")
        found.append(Word(token, pause or token == "but"))
        pause = False
    return found


def _with_numbers(tokens: Sequence[Word]) -> list[Word]:
    """The words with each run of number words replaced by digits."""
    found = []
    at = 0
    while at < len(tokens):
        value, end = _number(tokens, at)
        found.append(tokens[at] if end == at else Word(str(value), tokens[at].starts_clause))
        at = max(end, at + 1)
    return found


def _number(tokens: Sequence[Word], start: int) -> tuple[int, int]:
    """The number that starts at a word and the index after it; the word's own index when there is none."""
    total, group, at = 0, -1, start
    smallest = max(MULTIPLIERS.values()) + 1
    while at < len(tokens) and (at == start or not tokens[at].starts_clause):
        text = tokens[at].text
        small = SMALL_NUMBERS.get(text)
        if small is not None and _fits(group, small):
            group = max(group, 0) + small
        elif text == "hundred" and (group == -1 or 0 < group < 100):
            group = 100 * abs(group)
        elif MULTIPLIERS.get(text, smallest) < smallest and (group > 0 or at == start):
            smallest = MULTIPLIERS[text]
            total, group = total + smallest * abs(group), -1
        elif text.isdecimal() and at == start and at + 1 < len(tokens) and tokens[at + 1].text in MULTIPLIERS:
            group = int(text)
        elif not (text == "and" and _and_continues(tokens, at, group, total)):
            break
        at += 1
    return total + max(group, 0), at


def _fits(group: int, small: int) -> bool:
    """Whether "three" continues "twenty" or "a hundred", and "twenty" continues "a hundred"."""
    return group == -1 or (
        small > 0 and group > 0 and (group % 100 == 0 or (group % 10 == 0 < small < 10 < group % 100))
    )


def _and_continues(tokens: Sequence[Word], at: int, group: int, total: int) -> bool:
    after_round = (group >= 100 and group % 100 == 0) or (group == -1 and total > 0)
    following = tokens[at + 1] if at + 1 < len(tokens) else Word("")
    return after_round and following.text in SMALL_NUMBERS and not following.starts_clause
