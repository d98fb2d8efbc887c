"""Fuzzy search."""

from __future__ import annotations

import pytest

from core.fuzzy import match, search

NAMES = [
    "jobs: Stop",
    "jobs: Start",
    "view: System",
    "chat: Stop",
    "leaf: knowledge/animals/cats",
    "leaf: knowledge/astronomy/stations",
    "theme: light",
    "job: quickstart-k3f9x Quickstart",
]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("stop", "jobs: Stop"),
        ("chat stop", "chat: Stop"),
        ("stop chat", "chat: Stop"),
        ("sys", "view: System"),
        ("leaf:cats", "leaf: knowledge/animals/cats"),
        ("leaf sta", "leaf: knowledge/astronomy/stations"),
        ("LIGHT", "theme: light"),
        ("k3f", "job: quickstart-k3f9x Quickstart"),
        ("vsy", "view: System"),
    ],
)
def test_fuzzy_finds_best_first(query: str, best: str) -> None:
    if query == "leaf:cats":  # characters between the two words
        assert match("leaf:cats", best) is not None
    assert NAMES[search(query, NAMES)[0][0]] == best


def test_fuzzy_without_query_keeps_all_in_order() -> None:
    assert [number for number, _ in search("  ", NAMES)] == list(range(len(NAMES)))


def test_fuzzy_without_match() -> None:
    assert match("xyz", "jobs: Stop") is None
    assert match("stop now", "jobs: Stop") is None
    assert match("obs", "a jabs") is None
    assert match("tp", "stop") is None  # its first letter begins no word


def test_fuzzy_positions_are_the_matched_characters() -> None:
    found = match("stop jo", "jobs: Stop")
    assert found is not None
    assert found.positions == (0, 1, 6, 7, 8, 9)


def test_fuzzy_is_linear_in_long_texts() -> None:
    searched = 0

    class Text(str):
        """Counts the characters that are looked through."""

        def lower(self) -> Text:
            return Text(super().lower())

        def find(self, part: str, start: int = 0) -> int:  # type: ignore[override]
            nonlocal searched
            at = super().find(part, start)
            searched += (len(self) if at < 0 else at + len(part)) - start
            return at

    for text in ("e" * 2_000, "e " * 1_000):  # one word, and a thousand
        searched = 0
        assert match("e" * 60 + "x", Text(text)) is None
        assert searched <= 3 * len(text)
