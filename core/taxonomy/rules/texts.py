"""Comparing texts: their words without markdown, and runs of words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

RUN = 4
"""Words in a run; two texts rarely share one by chance."""

_LINK = re.compile(r"!?\[([^\[\]]{0,1000})\](?:\((?:[^()]|\([^()]{0,500}\)){0,1000}\)|\[[^\[\]]{0,1000}\])")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]{0,1000}\|)?([^\[\]|]{0,1000})\]\]")
_REFERENCE = re.compile(r"\[\^[^\]\s]{1,100}\]|<[a-zA-Z/!][^<>]{0,1000}>")
"""Footnote marks and HTML tags."""

WORD = (
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]"  # scripts without spaces between words: each letter
    "|[^\\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)

_WORD = re.compile(WORD)

_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an the this that these those it its they them their there i you your we our is are was were be been being "
        "am do does did done has have had having can could may might will would shall should must of in on at for "
        "with as and or but if so then yes also about which what s t please",
    )
)
"""English function words, except those that distinguish questions, such as `who` or `not`."""

_ENDINGS = ("ations", "ation", "ingly", "edly", "ings", "ing", "ies", "ied", "ers", "est", "ed", "es", "er", "ly", "s")


def count_words(text: str) -> int:
    """Words between white space, as a word processor counts them."""
    return len(text.split())


def words(text: str) -> list[str]:
    """The words of a markdown text in small letters, without its markup and the targets of its links."""
    if "[" in text or "<" in text:
        text = _REFERENCE.sub(" ", _LINK.sub(r" \1 ", _WIKI_LINK.sub(r" \1 ", text)))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return _WORD.findall(text.casefold().replace("'", "").replace("’", ""))


def content(text: str) -> list[str]:
    """The stems of the words that carry a text's meaning, in order."""
    return [stem(word) for word in words(text) if word not in _FILLERS]


def stem(word: str) -> str:
    """A word without the most common English endings; crude, but enough to match `sings` and `singing`."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:  # stopped, stop
        return word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


def runs(texts_words: Sequence[str]) -> Iterator[int]:
    """A hash of each run of words, in order; a shorter text is one run."""
    for start in range(max(1, len(texts_words) - RUN + 1)):
        yield hash(tuple(texts_words[start : start + RUN]))


def share(part: Collection[int], whole: Collection[int]) -> float:
    """The share of one collection that is in another, 0 to 1."""
    return sum(run in whole for run in part) / len(part) if part else 0.0


def exactly(text: str) -> str:
    """Equal for texts that differ only in white space, case, and the sign at the end."""
    return " ".join(text.split()).casefold().rstrip("?!. ")


class SimilarTexts:
    """Takes texts one by one, and finds for each the earlier one that shares most of its text.

    Work is bounded for any input: a run counts for the first COMMON texts with it, and only texts that are unlike all
    earlier ones are kept.
    """

    SHORTEST = 8
    """Runs of the shortest text that is compared; shorter ones are alike by chance."""

    LONGEST = 5_000
    """Runs of one text that are compared."""

    COMMON = 16
    """Texts with the same run; further ones are not recorded."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._holders: dict[int, list[int]] = {}
        self._sizes: dict[int, int] = {}

    def earlier(self, number: int, texts_words: Sequence[str]) -> int | None:
        """The number of the most similar earlier text, if the two are similar enough."""
        own = dict.fromkeys(runs(texts_words[: self.LONGEST]))
        if len(own) < self.SHORTEST:
            return None
        common: dict[int, int] = {}
        for run in own:
            for holder in self._holders.get(run, ()):
                common[holder] = common.get(holder, 0) + 1
        shares = {other: count / min(len(own), self._sizes[other]) for other, count in common.items()}
        best = max(shares, key=lambda other: (shares[other], -other), default=None)
        if best is not None and shares[best] >= self._least:
            return best
        self._sizes[number] = len(own)
        for run in own:
            holders = self._holders.setdefault(run, [])
            if len(holders) < self.COMMON:
                holders.append(number)
        return None


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
