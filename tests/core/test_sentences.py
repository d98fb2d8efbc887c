"""Splitting prose into sentences."""

from __future__ import annotations

from core.sentences import split_sentences


def test_sentences_end_where_a_reader_ends_them() -> None:
    text = (
        'Dr. J. Lind sailed in 1747, i.e. early. He said "No." Then it ended! 3.5 m was St. Mark\'s height (approx.).'
    )
    assert split_sentences(text) == [
        "Dr. J. Lind sailed in 1747, i.e. early.",
        'He said "No."',
        "Then it ended!",
        "3.5 m was St. Mark's height (approx.).",
    ]
    assert split_sentences("一つ目の文。二つ目の文。") == ["一つ目の文。", "二つ目の文。"]


def test_abbreviations_end_no_sentence() -> None:
    text = "Dr. Brandt of St. Ives met J. Abel at 4.5 km, i.e. No. 3 of the line. He paid approx. 30 crowns. It rained."
    assert split_sentences(text) == [
        "Dr. Brandt of St. Ives met J. Abel at 4.5 km, i.e. No. 3 of the line.",
        "He paid approx. 30 crowns.",
        "It rained.",
    ]
