from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.evaluation.results import ModelResult, TaskResult, write_result
from core.training.phases.choice import choose
from core.training.phases.journal import ScoreRecord
from core.training.phases.scoring import tie_margin, uncertainty


def scores(*values: float, stderr: float | None = None) -> list[ScoreRecord]:
    return [ScoreRecord(f"/out/samples_{24 * (at + 1)}", value, stderr=stderr) for at, value in enumerate(values)]


def test_highest_score_is_chosen() -> None:
    choice = choose(scores(0.5, 0.7, 0.1, stderr=0.02))
    assert choice is not None
    assert (choice.winner.score, choice.tied, choice.sentence) == (0.7, (), "")
    assert choose([]) is None


def test_of_equal_scores_the_latest_is_chosen() -> None:
    choice = choose(scores(0.5, 0.7, 0.7, 0.1))
    assert choice is not None and choice.winner.checkpoint == "/out/samples_72"


def test_scores_within_the_uncertainty_are_a_tie() -> None:
    choice = choose(scores(0.71, 0.72, 0.2, stderr=0.04))
    assert choice is not None
    assert choice.winner.checkpoint == "/out/samples_48"
    assert choice.sentence == (
        "samples_24 and samples_48 are tied within the uncertainty (0.71 ± 0.04 and 0.72 ± 0.04); the later one is"
        " taken."
    )
    later = choose(scores(0.72, 0.6, 0.71, 0.70, stderr=0.04))
    assert later is not None and later.winner.checkpoint == "/out/samples_96"
    assert "samples_24, samples_72 and samples_96 are tied" in later.sentence
    assert "the latest one" in later.sentence


def test_lowest_loss_is_chosen() -> None:
    choice = choose(scores(0.9, 0.4, 0.7, stderr=0.01), lower_is_better=True)
    assert choice is not None and choice.winner.score == 0.4


def answered(folder: Path, name: str, *tasks: list[bool]) -> ScoreRecord:
    """A checkpoint whose answers are stored."""
    result = ModelResult.of(name, "acc_norm", {str(at): TaskResult.of(task, []) for at, task in enumerate(tasks)})
    file = folder / f"{name}.json"
    write_result(file, "key", result)
    return ScoreRecord(f"/out/{name}", result.score, stderr=result.stderr, n=result.n, file=str(file))


def test_uncertainty_is_that_of_pairs_where_answers_are_stored(tmp_path: Path) -> None:
    right, wrong = [True] * 30 + [False] * 10, [True] * 27 + [False] * 13
    one, other = answered(tmp_path, "samples_1", right), answered(tmp_path, "samples_2", wrong)
    # Three of forty questions differ: variance (3/40 - (3/40)²) · 40/39 / 40.
    assert uncertainty(one, other) == pytest.approx(0.042, abs=0.005)
    assert uncertainty(one, other) < 0.1 < uncertainty(one, ScoreRecord("/out/samples_3", 0.6, stderr=0.0775))
    choice = choose([one, other], uncertainty)
    assert choice is not None and choice.winner is one and not choice.tied


def test_uncertainty_is_over_tasks_of_equal_weight(tmp_path: Path) -> None:
    first = answered(tmp_path, "samples_1", [True, False], [True] * 8)
    second = answered(tmp_path, "samples_2", [False, False], [True] * 8)
    # One of two questions of the first task differs: as a mean of that task 0, 0.5 or 1, halved by the second one.
    # Ten questions of two tasks have 8 degrees of freedom: Student's t widens the interval.
    widened = 2.306 / 1.96 * (10 / 8) ** 0.5
    assert uncertainty(first, second) == pytest.approx(0.5 / 2 / 1.96 * widened, abs=1e-3)


def test_answers_to_other_questions_are_not_paired(tmp_path: Path) -> None:
    first, second = answered(tmp_path, "samples_1", [True, False]), answered(tmp_path, "samples_2", [True] * 3)
    assert first.stderr and second.stderr  # it knows that three right answers of three are no certainty
    both = pytest.approx((first.stderr**2 + second.stderr**2) ** 0.5)
    assert uncertainty(first, second) == both
    Path(str(second.file)).write_text(json.dumps({"tasks": 3}))
    assert uncertainty(first, second) == both


def test_few_answers_that_differ_are_a_tie(tmp_path: Path) -> None:
    for wrong, winner in ((1, 2), (2, 2), (4, 1)):
        one = answered(tmp_path, "samples_1", [True] * 4)
        other = answered(tmp_path, "samples_2", [False] * wrong + [True] * (4 - wrong))
        choice = choose([one, other], tie_margin)
        assert choice is not None and choice.winner.checkpoint == f"/out/samples_{winner}"
        assert len(choice.tied) == (2 if winner == 2 else 0)


@pytest.mark.parametrize("lower_is_better", [False, True])
def test_score_that_is_not_a_number_is_the_worst(lower_is_better: bool) -> None:
    for values in ((float("nan"), 0.5), (0.5, float("nan"))):
        choice = choose(scores(*values), lower_is_better=lower_is_better)
        assert choice is not None and (choice.winner.score, choice.tied) == (0.5, ())
