"""BM25 over passages."""

from __future__ import annotations

from math import log

import pytest

from core.documents.search import PassageIndex, query_words, search_once, words

PASSAGES = [
    "The dome turns slowly at night.",
    "The mirror of the telescope is made of glass; the mirror cools at night.",
    "A keeper writes in a book.",
]


def found(query: str, limit: int = 3) -> list[int]:
    return [hit.index for hit in PassageIndex(PASSAGES).search(query, limit)]


def test_search_ranks_by_words() -> None:
    assert found("Who writes the book?") == [2]
    assert found("What does the mirror do at night?") == [1, 0]
    assert found("night", limit=1) == [0]  # of equal counts, the shorter passage
    assert found("mirrors") == [1]
    assert found("zeppelin") == found("") == []


def test_score_is_bm25() -> None:
    """k1 = 1.2, b = 0.75; passage 1 has "mirror" twice, the others have not."""
    (hit,) = PassageIndex(PASSAGES).search("mirror", 3)
    lengths = [len(words(passage)) for passage in PASSAGES]
    length = 0.25 + 0.75 * lengths[1] / (sum(lengths) / 3)
    assert hit.score == pytest.approx(log(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + 1.2 * length))


def test_search_once_finds_what_an_index_finds() -> None:
    for query in ("Who writes the book?", "the mirror at night", "night", "zeppelin", "", "dome keeper glass"):
        once = search_once(query, iter(PASSAGES), 2)
        indexed = PassageIndex(PASSAGES).search(query, 2)
        assert [hit.index for hit in once] == [hit.index for hit in indexed]
        assert [hit.score for hit in once] == pytest.approx([hit.score for hit in indexed])
    assert search_once("night", iter(()), 2) == []


def test_words() -> None:
    assert words("Ponies, glasses; buses' STRASSE_1 naïve") == ["pony", "glasse", "buse", "strasse_1", "naïve"]
    assert words("天文台 dome") == ["天", "文", "台", "dome"]
    assert query_words("What is the dome, and the dome's ring?") == ["dome", "ring"]
    assert query_words("Who is who?") == ["who", "is"]


def test_empty_index() -> None:
    assert PassageIndex([]).search("dome", 3) == []
    assert PassageIndex(["", "..."]).search("dome", 3) == []
