"""Scores of judgements."""

from __future__ import annotations

from math import sqrt

import pytest

from core.evaluation.judging.answers import Answer
from core.evaluation.judging.asking import Failure
from core.evaluation.judging.baselines import EMPTY, QUESTIONS, RANDOM, baseline_answers
from core.evaluation.judging.judgements import Judgement, Judging, cases
from core.evaluation.judging.questions import own_questions
from core.evaluation.judging.scores import NOT_ASKED, Mean, answer_records, score_model
from tests.core.evaluation.judging.helpers import question


def test_mean_of_independent_ratings() -> None:
    mean = Mean.of([[2.0], [4.0], [9.0]])
    assert (mean.score, mean.n) == (5.0, 3)
    assert mean.stderr == pytest.approx(sqrt(13 / 3))  # s = sqrt(13), s / sqrt(n)


def test_turns_of_one_question_are_not_independent() -> None:
    twice = Mean.of([[2.0, 2.0], [4.0, 4.0], [9.0, 9.0]])
    assert twice.stderr == pytest.approx(Mean.of([[2.0], [4.0], [9.0]]).stderr)
    assert twice.n == 6
    assert Mean.of([[7.0, 9.0]]) == Mean(8.0, 0.0, 2)
    assert Mean.of([[], []]) == Mean(None, None, 0)


def test_failed_answers_and_failed_judgements_are_counted_apart() -> None:
    whole = Answer(question(1)).with_reply("a", False).with_reply("b", True)
    half = Answer(question(2, "math"), ("c",), (False,), Failure("no answer", "it took too long"))
    none = Answer(question(3), failure=Failure("refused by the server", "no"))
    rated = list(cases("m", [whole, half, none], Judging("j")))
    assert [(case.answer.question.id, case.turn) for case in rated] == [(1, 0), (1, 1), (2, 0)]
    judgements = [
        Judgement(rated[0], 6.0),
        Judgement(rated[1], None, failure=Failure("no rating", "lovely")),
        Judgement(rated[2], 9.0),
    ]
    score = score_model("m", [whole, half, none], judgements)
    assert (score.overall.score, score.overall.n, score.expected) == (7.5, 2, 6)
    assert score.error_rate == pytest.approx(4 / 6)
    assert score.failed_answers == {"no answer": 1, "refused by the server": 1, NOT_ASKED: 1}
    assert score.failed_judgements == {"no rating": 1}
    assert [turn.n for turn in score.turns] == [2, 0]
    assert {name: mean.score for name, mean in score.groups.items()} == {"writing": 6.0, "math": 9.0}
    assert score.truncated == 1
    assert score.ratings == {"writing": {"1": 6.0}, "math": {"2": 9.0}}
    records = answer_records([whole, half, none], judgements)
    assert [(one["kind"], one["answer"], one["score"]) for one in records] == [
        ("writing", "a", 6.0),
        ("writing", "b", None),
        ("math", "c", 9.0),
        ("math", "", None),
        ("writing", "", None),
        ("writing", "", None),
    ]
    assert records[1]["judgement"] == "lovely"
    assert [one["reason"] for one in records[3:]] == ["it took too long", "no", "no"]


def test_only_turns_with_a_reference_are_expected() -> None:
    answers = [Answer(question(1)).with_reply("a", False), Answer(question(2, reference="r")).with_reply("b", False)]
    rated = list(cases("m", answers, Judging("j"), referenced=True))
    assert [case.answer.question.id for case in rated] == [2]
    assert score_model("m", answers, [Judgement(rated[0], 4.0)], referenced=True).expected == 2


def test_baselines_cover_the_categories() -> None:
    found = baseline_answers(own_questions())
    assert list(found) == [EMPTY, RANDOM]
    for answers in found.values():
        assert len({answer.question.category for answer in answers}) == QUESTIONS == len(answers)
    assert {answer.turns for answer in found[EMPTY]} == {("",)}
    assert len({answer.turns for answer in found[RANDOM]}) == QUESTIONS
    assert found == baseline_answers(own_questions())
