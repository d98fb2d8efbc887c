import pytest

from core.evaluation.guessers import guesses


def test_guesses_split_ties_and_count_chance() -> None:
    rows = [
        # the right one shares most words
        {"question": "Who keeps the light?", "choices": ["Tom keeps it", "Rain", "Snow", "Hail"], "answer": 0},
        # a wrong one does
        {"question": "Who keeps the light?", "choices": ["Tom", "He keeps cows", "Snow", "Hail"], "answer": 0},
        # all share none
        {"question": "Who?", "choices": ["Tom", "Rain", "Snow", "Hail"], "answer": 2},
        # two share as many
        {"question": "Who keeps it?", "choices": ["Tom keeps", "KEEPS", "Snow", "Hail"], "answer": 1},
    ]
    found = guesses(rows)
    assert found.shared_words == pytest.approx((1 + 0 + 0.25 + 0.5) / 4)
    assert (found.chance, found.n) == (0.25, 4)
