import pytest

from core.evaluation.guessers import MARGIN, guesses
from core.evaluation.task_folders import task_files
from core.evaluation.tasks import read_tasks


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
    # The longest are Tom keeps it, He keeps cows, Rain with Snow and Hail, Tom keeps.
    assert found.longest == pytest.approx((1 + 0 + 1 / 3 + 0) / 4)
    assert found.best == found.shared_words
    assert found.best > found.chance + MARGIN


def test_a_set_at_chance_needs_knowledge() -> None:
    choices = ["Tom keeps it", "Ida keeps it", "Ann keeps it", "Eve keeps it"]
    found = guesses([{"question": "Who keeps the light?", "choices": choices, "answer": 1}])
    assert found.best <= found.chance + MARGIN


def test_general_knowledge_cannot_be_guessed() -> None:
    """Shipped questions are written once, so they are held nearer to chance than generated ones."""
    questions = [one for task in read_tasks(task_files("general_knowledge", None)) for one in task.questions]
    found = guesses({"question": one.prompt, "choices": one.choices, "answer": one.answer} for one in questions)
    assert found.n == 120
    assert found.longest <= 0.3
    assert found.shared_words <= 0.3
