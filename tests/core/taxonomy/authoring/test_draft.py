"""Pairs read from a model's reply while it streams."""

from __future__ import annotations

import pytest

from core.taxonomy.authoring.draft import DraftedPair, PairReader, prompt

REPLY = "Here:\n\nQuestion: What is a cat?\nAnswer: An\nanimal.\n\nQuestion: Why?\nAnswer: Because.\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pair_reader_returns_complete_pairs(size: int) -> None:
    reader = PairReader()
    given: list[DraftedPair] = []
    for start in range(0, len(REPLY), size):
        given += reader.take(REPLY[start : start + size])
    assert given == [DraftedPair("What is a cat?", "An animal.")]
    assert reader.finish() == [DraftedPair("Why?", "Because.")]
    assert reader.finish() == []


@pytest.mark.parametrize(
    "reply",
    [
        "**Question 1:** A?\n**Answer:** B.",
        "1. Q: A?\n   A: B.",
        "question: A?\nanswer: B.",
        "- Question: A?\n- Answer: B.",
    ],
)
def test_pair_reader_accepts_common_labels(reply: str) -> None:
    reader = PairReader()
    assert [*reader.take(reply), *reader.finish()] == [DraftedPair("A?", "B.")]


def test_pair_reader_ignores_incomplete_pairs() -> None:
    reader = PairReader()
    assert reader.take("I cannot.\nQuestion: A?\nQuestion: B?\nAnswer:") == []
    assert reader.finish() == []


def test_pair_reader_removes_invisible_characters() -> None:
    reader = PairReader()
    (pair,) = [*reader.take("Question: Who \x1b]2;P\x07 is?\nAnswer: It\x9b\u202e is."), *reader.finish()]
    assert pair == DraftedPair("Who ]2;P is?", "It is.")


def test_prompt_lists_existing_questions() -> None:
    assert "Cats purr." in prompt("Cats purr.\n", [])
    assert "- What purrs?" in prompt("Cats purr.", ["What\npurrs?"])
