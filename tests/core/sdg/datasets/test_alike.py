"""Near texts are exactly those that difflib finds, however they are found."""

from __future__ import annotations

from difflib import SequenceMatcher
from random import Random

import pytest

from core.sdg.datasets.alike import NearTexts
from core.sdg.datasets.exclusion import ContainedTexts


def ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def nearest(texts: list[str], text: str, least: float) -> tuple[float, str] | None:
    """What `NearTexts` must find, by comparing all."""
    found = ((ratio(text, other), other) for other in dict.fromkeys(texts))
    return max((each for each in found if each[0] >= least), default=None)


def edited(text: str, share: float, letters: str, random: Random) -> str:
    """The text with a share of its characters left out, doubled, replaced or moved."""
    kept = list(text)
    for _ in range(round(share * len(text))):
        at = random.randrange(len(kept)) if kept else 0
        match random.randrange(4):
            case 0:
                del kept[at : at + 1]
            case 1:
                kept.insert(at, random.choice(letters))
            case 2:
                kept[at : at + 1] = random.choice(letters)
            case _:
                kept[at : at + 2] = reversed(kept[at : at + 2])
    return "".join(kept)


@pytest.mark.parametrize(
    ("letters", "longest", "least"),
    [("abcdefghijklmnopqrstuvwxyz  ", 60, 0.9), ("ab ", 24, 0.9), ("etaoin shr ", 40, 0.8), ("abcd", 8, 0.9)],
)
def test_near_texts_agree_with_difflib(letters: str, longest: int, least: float) -> None:
    random = Random(7)
    texts = ["".join(random.choices(letters, k=random.randint(0, longest))) for _ in range(70)]
    asked = [edited(text, random.uniform(0, 0.16), letters, random) for text in texts]
    asked += ["".join(random.choices(letters, k=random.randint(0, longest))) for _ in range(30)]
    near = NearTexts(texts, least)
    expected = [nearest(texts, text, least) for text in asked]
    assert [near.nearest(text) for text in asked] == expected
    assert 20 < sum(each is not None for each in expected) < len(asked)


def test_near_texts_finds_questions_of_common_words() -> None:
    """Grams that every text has do not separate near texts from others, and some of these have no rare word."""
    random = Random(3)
    words = ["observatory", "lighthouse", "dormouse", "glacier", "quarry", "tannery", "viaduct", "almanac"]
    texts = [
        f"what is the main purpose of the {random.choice(words)} in the {random.choice(words)}?" for _ in range(60)
    ]
    asked = [edited(text, random.uniform(0, 0.12), "aeiou", random) for text in texts]
    near = NearTexts(texts)
    assert [near.nearest(text) for text in asked] == [nearest(texts, text, 0.9) for text in asked]


def test_contained_texts_are_found_anywhere() -> None:
    random = Random(5)
    words = ["a", "b", "ab", "ba", "aab", "abb"]
    texts = [" ".join(random.choices(words, k=random.randint(1, 5))) for _ in range(25)]
    asked = [" ".join(random.choices(words, k=random.randint(0, 12))) for _ in range(300)]
    for start in range(0, len(texts), 5):
        some = texts[start : start + 5]
        contained = ContainedTexts(some)
        assert [contained.any_in(text) for text in asked] == [any(other in text for other in some) for text in asked]
