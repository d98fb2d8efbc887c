"""Scores of base and tuned as tables."""

from __future__ import annotations

from typing import Any

from core.workflow.score_tables import score_tables

NONE = {"base": None, "tuned": None}


def pair(base: float, tuned: float) -> dict[str, dict[str, Any]]:
    return {
        name: {"score": score, "stderr": 0.02, "questions": 40} for name, score in (("base", base), ("tuned", tuned))
    }


def result(benchmark: str, first: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"benchmark": benchmark, **first, "plain": NONE, "free": NONE, "multiple_choice": None, **more}


def test_score_tables_show_answers_read_before_multiple_choice_with_its_guesser() -> None:
    plain, free = pair(0.0, 0.8), pair(0.0, 0.3)
    choices = {"plain": {**pair(0.3, 0.95), "guesser": {"score": 0.99, "questions": 40}}}
    read, chosen = score_tables(result("facts", plain, plain=plain, free=free, multiple_choice=choices))
    assert [row[0] for row in read.rows] == ["plain", "free"]
    assert read.rows[0][2] == ("0.0% ± 2.0%", "80.0% ± 2.0%")
    assert read.scores == (((0.0, 0.02), (0.8, 0.02)), ((0.0, 0.02), (0.3, 0.02)))
    assert read.in_ascii().rows[0][2] == ("0.0% +- 2.0%", "80.0% +- 2.0%")
    assert chosen.columns == ("base", "tuned", "guesser")
    assert chosen.rows == (("plain", "40", ("30.0% ± 2.0%", "95.0% ± 2.0%", "99.0%")),)


def test_score_tables_call_free_questions_free_where_there_are_no_others() -> None:
    free = pair(0.0, 0.3)
    (read,) = score_tables(result("facts", free, free=free))
    assert [row[0] for row in read.rows] == ["free"]


def test_score_tables_of_generated_tasks_and_of_choices_alone() -> None:
    (tasks,) = score_tables(result("mmlu_branch", pair(0.3, 0.9)))
    assert [row[0] for row in tasks.rows] == ["all"]
    guesser = {"score": 0.33, "questions": 40}
    (tasks,) = score_tables(result("mmlu_branch", pair(0.3, 0.9), guesser=guesser))
    assert tasks.columns == ("base", "tuned", "guesser") and tasks.rows[0][2][2] == "33.0%"
    choices = {"free": {**pair(0.3, 0.9), "guesser": {"score": 0.7, "questions": 40}}}
    (chosen,) = score_tables(result("multiple_choice", pair(0.3, 0.9), multiple_choice=choices))
    assert [row[0] for row in chosen.rows] == ["free"]
