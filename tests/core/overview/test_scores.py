"""All scores of finished jobs, and `model compare` on them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from core.commands.models.compare import compare_models
from core.errors import LabtopError
from core.evaluation.results import ModelResult, TaskResult, write_result
from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.overview.origin import Origin
from core.overview.scores import known_scores, newest_scores, read_model_result
from tests.core.overview.jobs import FakeJob, model_folder


def evaluated(tmp_path: Path, name: str, right: list[bool]) -> tuple[Path, dict[str, object]]:
    """A model with a stored result, and the row of its job's result."""
    folder = model_folder(tmp_path / name)
    result = ModelResult.of(name, "acc_norm", {"leaf": TaskResult.of(right, [])})
    file = tmp_path / f"{name}.json"
    write_result(file, "key", result)
    return folder, {**result.summary(), "file": str(file)}


def test_newest_score_of_each_benchmark_counts(tmp_path: Path) -> None:
    base, base_row = evaluated(tmp_path, "base", [True] * 10 + [False] * 30)
    tuned, tuned_row = evaluated(tmp_path, "tuned", [True] * 34 + [False] * 6)
    options = {"base_model": str(base), "model": str(tuned)}
    older = {"benchmark": "mmlu_branch", "results": [{**base_row, "score": 0.5}, {**tuned_row, "score": 0.5}]}
    newer = {"benchmark": "mmlu_branch", "results": [base_row, tuned_row]}
    FakeJob("evaluate", 900, options).end(result=older).write("evaluate-aaaaa")
    FakeJob("evaluate", 100, options).end(result=newer).write("evaluate-bbbbb")
    FakeJob("evaluate", 50, options).end(status="failed", result=older).write("evaluate-ccccc")
    checkpoint = {"path": str(tuned), "score": 0.7, "stderr": 0.1, "n": 20}
    phases = [{"criterion": "validation_loss", "checkpoints": [checkpoint]}]
    train = {"phases": {"model_path": str(base), "phase1": {"training": {"data_path": ["/data/one.jsonl"]}}}}
    FakeJob("train", 500, train).end(result={"best": str(tuned), "phases": phases}).write("train-ddddd")

    newest = newest_scores(known_scores(observe_all(JobStore())))
    assert newest[str(tuned)]["mmlu_branch"].figure.score == 0.85
    assert newest[str(tuned)]["mmlu_branch"].job == "evaluate-bbbbb"
    assert newest[str(tuned)]["validation_loss"].figure.score == 0.7

    found = compare_models([str(base), str(tuned)])
    assert [model.origin for model in found.models] == [
        None,
        Origin("train-ddddd", str(base), ("/data/one.jsonl",)),
    ]
    rows = {row.benchmark: row for row in found.benchmarks}
    change = rows["mmlu_branch"].comparisons[1]
    assert change is not None
    assert (change.gained, change.lost, change.significant) == (24, 0, True)
    assert change.difference == pytest.approx(0.6)
    assert rows["validation_loss"].scores[0] is None
    assert rows["validation_loss"].comparisons == (None, None)
    data = found.to_data()
    assert data["benchmarks"][0]["comparisons"][1]["significant"] is True

    with pytest.raises(LabtopError, match="has a score on mmlu") as raised:
        compare_models([str(base)], ["mmlu"])
    assert raised.value.hint == "They have scores on mmlu_branch."


def test_scores_of_a_run_are_by_kind(tmp_path: Path) -> None:
    tuned = model_folder(tmp_path / "tuned")
    sets = {"base": {"score": 0.0, "questions": 9}, "tuned": {"score": 0.8, "stderr": 0.1, "questions": 9}}
    result = {
        "benchmark": "facts",
        **sets,
        "plain": sets,
        "free": {"base": None, "tuned": None},
        "multiple_choice": {"plain": sets},
        "best": str(tuned),
        "student": "/models/base",
    }
    FakeJob("run", 100).end(result=result).write("run-aaaaa")
    newest = newest_scores(known_scores(observe_all(JobStore())))
    assert list(newest) == ["/models/base", str(tuned)]
    assert {name: score.figure.score for name, score in newest[str(tuned)].items()} == {
        "facts, plain": 0.8,
        "choices, plain": 0.8,
    }
    assert newest["/models/base"]["facts, plain"].figure.score == 0.0


def test_damaged_result_file_has_no_comparison(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"model": 1')
    assert read_model_result(str(broken)) is None
    assert read_model_result(str(tmp_path / "missing.json")) is None
    assert read_model_result(None) is None


@pytest.mark.parametrize(
    "damage",
    [{"ids": ["a"]}, {"ratings": ["x", 1.0]}, {"ratings": [10**400]}],
)
def test_damaged_scores_by_question_have_no_comparison(tmp_path: Path, damage: dict[str, object]) -> None:
    file = tmp_path / "result.json"
    task = {"score": 5.0, "stderr": 0.1, "n": 2, "ratings": [4.0, 6.0], "ids": ["a", "b"]}
    record = {"model": "m", "metric": "rating", "score": 5.0, "stderr": 0.1, "n": 2}
    file.write_text(json.dumps({**record, "tasks": {"writing": task}}))
    assert read_model_result(str(file)) is not None
    file.write_text(json.dumps({**record, "tasks": {"writing": {**task, **damage}}}))
    assert read_model_result(str(file)) is None


def test_scores_of_replaced_weights_are_left_out(tmp_path: Path) -> None:
    folder, row = evaluated(tmp_path, "student", [True, False])
    weights = folder / "model.safetensors"
    weights.write_bytes(b"old")
    os.utime(weights, (time.time() - 5000,) * 2)
    job = FakeJob("evaluate", 900, {"model": str(folder)})
    job.end(result={"benchmark": "facts", "results": [row]}).write("evaluate-aaaaa")
    assert list(newest_scores(known_scores(observe_all(JobStore())))) == [str(folder)]
    weights.write_bytes(b"of another training")
    assert known_scores(observe_all(JobStore())) == []
