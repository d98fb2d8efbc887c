"""Pairs read from a model's reply while it comes."""

from __future__ import annotations

import pytest

from core.taxonomy.authoring.draft import DraftedPair, PairReader, prompt

REPLY = "Here:\n\nQuestion: What is a cat?\nAnswer: An\nanimal.\n\nQuestion: Why?\nAnswer: Because.\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_pair_is_given_once_it_is_whole(size: int) -> None:
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
def test_the_labels_that_models_write_are_understood(reply: str) -> None:
    reader = PairReader()
    assert [*reader.take(reply), *reader.finish()] == [DraftedPair("A?", "B.")]


def test_half_pairs_and_other_words_give_nothing() -> None:
    reader = PairReader()
    assert reader.take("I cannot.\nQuestion: A?\nQuestion: B?\nAnswer:") == []
    assert reader.finish() == []


def test_nothing_unseen_stands_in_a_pair() -> None:
    reader = PairReader()
    (pair,) = [*reader.take("Question: Who \x1b]2;P\x07 is?\nAnswer: It\x9b\u202e is."), *reader.finish()]
    assert pair == DraftedPair("Who ]2;P is?", "It is.")


def test_the_prompt_names_what_is_asked_already() -> None:
    assert "Cats purr." in prompt("Cats purr.\n", [])
    assert "- What purrs?" in prompt("Cats purr.", ["What\npurrs?"])
