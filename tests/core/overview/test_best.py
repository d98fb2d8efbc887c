"""Which model is offered to be served, and by which scores."""

from __future__ import annotations

from pathlib import Path

from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.overview.best import best_model
from core.overview.model import BestModel
from tests.core.overview.jobs import FakeJob, model_folder
from tests.core.overview.test_read import read


def evaluate(model: Path, age: float, score: float) -> None:
    job = FakeJob("evaluate", age, {"model": str(model)}).stage("evaluate")
    job.end(result={"benchmark": "mmlu_branch", "results": [{"score": score, "stderr": 0.05, "n": 85}]}).write()


def best() -> BestModel:
    found = best_model(observe_all(JobStore()))
    assert found is not None
    return found


def score() -> float:
    return best().comparisons[0].tuned.score


def test_best_model_is_a_trained_one_after_its_base_was_evaluated(tmp_path: Path) -> None:
    base, tuned = model_folder(tmp_path / "base"), model_folder(tmp_path / "tuned")
    evaluate(base, 500, 0.2)
    assert best().path == str(base), "nothing is trained yet"
    training = FakeJob("train", 400, {"phases": {"model_path": str(base)}}).stage("train.phase1")
    training.end(result={"best": str(tuned), "score": 0.8, "stderr": 0.05, "n": 85}).write()
    evaluate(base, 300, 0.25)
    assert (best().path, score()) == (str(tuned), 0.8)
    evaluate(tuned, 200, 0.75)
    evaluate(base, 100, 0.25)
    assert (best().path, score()) == (str(tuned), 0.75)


def test_evaluation_of_another_model_is_shown_with_its_name(tmp_path: Path) -> None:
    base, tuned = model_folder(tmp_path / "student/1"), model_folder(tmp_path / "phase2/samples_10")
    training = FakeJob("train", 400, {"phases": {"model_path": str(base)}}).stage("train.phase1")
    training.end(result={"best": str(tuned), "score": 0.8, "stderr": 0.05, "n": 85}).write()
    evaluate(tuned, 300, 0.75)
    assert read(tmp_path / "none").step("evaluate").figures == ("75.0% ± 5.0%",)
    evaluate(base, 200, 0.25)
    assert read(tmp_path / "none").step("evaluate").figures == ("student/1", "25.0% ± 5.0%")
