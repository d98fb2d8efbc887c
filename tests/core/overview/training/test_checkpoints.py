"""Checkpoints with their scores: the best one, ties, and what a result adds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.jobs.observe import read_state
from core.overview.training.checkpoints import checkpoints, with_existence
from core.overview.training.gains import gains
from tests.core.overview.training.jobs import FakeTraining, finished, model, options, running


def marks(job: FakeTraining, result: Mapping[str, object] | None = None) -> list[tuple[str, float | None, str]]:
    found = checkpoints([read_state(job.put("train-a"))], result)
    words = [("best " if one.is_best else "") + ("tie" if one.is_tie else "") for one in found]
    return [(one.name, one.score.score if one.score else None, word) for one, word in zip(found, words, strict=True)]


def test_checkpoints_with_scores_and_a_tie() -> None:
    assert marks(finished()) == [
        ("phase1/samples_640", 0.55, ""),
        ("phase1/samples_1280", 0.76, "best "),
        ("phase2/samples_480", 0.80, "tie"),
        ("phase2/samples_960", 0.83, "best tie"),
    ]


def test_checkpoint_that_a_phase_chose_is_the_best_before_there_is_a_result() -> None:
    """The training compares question by question, and may know that scores within their standard errors differ."""
    job = FakeTraining("train", 100, options()).begin("train.phase1")
    job.checkpoint("train.phase1", 1).checkpoint("train.phase1", 2).scored(1, 1, 0.76).scored(1, 2, 0.74)
    job.add("choice", "evaluate.phase1", criterion="mmlu_branch", best=None)
    found = checkpoints([read_state(job.put("train-a"))], None)
    assert [(one.is_best, one.is_tie) for one in found] == [(False, True), (True, True)]
    job.add("choice", "evaluate.phase1", criterion="mmlu_branch", best=found[0].path, score=0.76, tied=[])
    found = checkpoints([read_state(job.put("train-b"))], None)
    assert [(one.is_best, one.is_tie) for one in found] == [(True, False), (False, False)]


def test_checkpoints_without_standard_error_tie_only_if_equal() -> None:
    job = FakeTraining("train", 100, options()).begin("train.phase1")
    job.checkpoint("train.phase1", 1).checkpoint("train.phase1", 2).checkpoint("train.phase1", 3)
    job.scored(1, 1, 0.5, None).scored(1, 2, 0.5, None).scored(1, 3, 0.49, None)
    assert [mark for _, _, mark in marks(job)] == ["tie", "best tie", ""], "of equal ones the later is the best"


def test_checkpoints_have_their_validation_loss_until_they_are_evaluated() -> None:
    job = FakeTraining("train", 100, options()).begin("train.phase1")
    for step, loss in enumerate((1.4, 1.2, 1.3), 1):
        job.checkpoint("train.phase1", step, validation_loss=loss)
    found = checkpoints([read_state(job.put("train-a"))], None)
    assert [(one.score.score if one.score else None, one.is_best) for one in found] == [
        (1.4, False),
        (1.2, True),
        (1.3, False),
    ]
    job.scored(1, 1, 0.5)
    found = checkpoints([read_state(job.put("train-b"))], None)
    assert [(one.score.score if one.score else None, one.is_best) for one in found] == [
        (0.5, True),
        (None, False),
        (None, False),
    ]


def test_checkpoints_of_a_result_count_more_than_their_scores() -> None:
    rows = [
        {"path": "/out/phase1/hf_format/samples_640", "score": 0.9, "stderr": 0.01, "n": 80},
        {"path": "/elsewhere/phase1/samples_5", "score": 0.2, "stderr": 0.01, "n": 80},
    ]
    result = {"phases": [{"phase": 1, "best": rows[0]["path"], "checkpoints": rows}, {"phase": "x"}, 3]}
    found = marks(FakeTraining("train", 100, {}).begin("train.phase1").checkpoint("train.phase1", 40), result)
    assert found == [("phase1/samples_640", 0.9, "best "), ("phase1/samples_5", 0.2, "")]


def test_checkpoints_begin_the_next_phase() -> None:
    found = checkpoints([read_state(running().put("train-a"))], None)
    assert [(one.name, one.begins) for one in found] == [("phase1/samples_640", None), ("phase1/samples_1280", 2)]
    assert (found[1].step, found[1].loss, found[1].benchmark) == (80, 0.31, "mmlu_branch")


def test_no_checkpoint_begins_a_phase_that_is_only_planned() -> None:
    stages = [{"id": stage, "title": stage} for stage in ("train.phase1", "evaluate.phase1", "train.phase2")]
    job = FakeTraining("train", 100, options())
    job.add("plan", stages=stages)
    job.begin("train.phase1").checkpoint("train.phase1", 1, validation_loss=0.6)
    (one,) = checkpoints([read_state(job.put("train-a"))], None)
    assert (one.is_best, one.begins) == (True, None)
    (one,) = checkpoints([read_state(job.begin("train.phase2").put("train-b"))], None)
    assert one.begins == 2


def test_checkpoints_that_were_removed(tmp_path: Path) -> None:
    job = running(folder=str(tmp_path))
    model(tmp_path / "phase1/hf_format/samples_640")
    found = with_existence(checkpoints([read_state(job.put("train-a"))], None))
    assert [one.exists for one in found] == [True, False]


def test_checkpoints_by_a_loss_and_the_tie_that_a_result_names() -> None:
    job = FakeTraining("train", 100, options()).begin("train.phase1")
    job.checkpoint("train.phase1", 1).checkpoint("train.phase1", 2)
    for step, loss in ((1, 0.4), (2, 0.9)):
        model = f"phase1/samples_{16 * step}"
        job.add("score", "evaluate.phase1", benchmark="validation_loss", model=model, score=loss, stderr=0.01, n=5)
    found = checkpoints([read_state(job.put("train-a"))], None)
    assert [(one.is_best, one.is_share) for one in found] == [(True, False), (False, False)]
    result = {"phases": [{"phase": 1, "best": found[1].path, "tied": [one.path for one in found], "checkpoints": []}]}
    again = checkpoints([read_state(job.put("train-b"))], result)
    assert [(one.is_best, one.is_tie) for one in again] == [(False, True), (True, True)]


def test_gains_of_a_comparison() -> None:
    row = {"benchmark": "mmlu", "base": 0.5, "tuned": 0.4, "difference": -0.1, "stderr": 0.02, "verdict": "lost"}
    (gain,) = gains({"comparison": [row, {"benchmark": "asked", "base": None}, 3]})
    assert (gain.benchmark, gain.difference, gain.verdict, gain.is_share) == ("mmlu", -0.1, "lost", True)
    assert gains(None) == gains({"comparison": None}) == ()
