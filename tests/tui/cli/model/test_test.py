"""`labtop model test`, with its job and two tiny models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click.testing
import pytest

from core.errors import LabtopError
from core.evaluation.seed_test.job import answer_all
from core.events import Reporter
from tests.core.evaluation.seed_test.test_questions import write
from tests.core.serving.tiny_model import make_tiny_model
from tests.with_torch import call_with_torch
from tui.cli.jobs import follow
from tui.cli.jobs.results import show_result
from tui.cli.model.test import test as command


def test_test_starts_a_job(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path / "home"))
    jobs: list[dict[str, Any]] = []
    monkeypatch.setattr(follow, "run_job", lambda **job: jobs.append(job))
    file = write(tmp_path / "home" / "data" / "datasets" / "test_2026-02-02T03_04_05.jsonl", 3)
    done = click.testing.CliRunner().invoke(command, ["--model-dir", str(model), "--base-model", str(model)])
    assert done.exit_code == 0, done.output
    assert jobs[0]["options"] == {"model": str(model), "base_model": str(model), "test_file": str(file), "limit": 20}
    assert jobs[0]["runner"] == "core.evaluation.seed_test.job:run"
    error = click.testing.CliRunner().invoke(command, []).exception
    assert isinstance(error, LabtopError) and "no trained model" in error.message


def run(models: list[Path], file: Path) -> dict[str, Any]:
    base, tuned = models
    arguments = {"model": str(tuned), "base_model": str(base), "test_file": str(file), "limit": 2}
    return answer_all(arguments, Reporter.silent())


@pytest.mark.slow
def test_both_models_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = [
        call_with_torch(make_tiny_model, tmp_path / name, seed=seed, context=512)
        for seed, name in enumerate(("base", "tuned"))
    ]
    result = call_with_torch(run, models, write(tmp_path / "test.jsonl", 4))
    assert [row["question"] for row in result["answers"]] == ["Question 1?", "Question 3?"]
    assert all(set(row["answers"]) == set(map(str, models)) for row in result["answers"])
    show_result("evaluate", result, {})
    printed = capsys.readouterr().out
    assert "### Question 1?\nbase: " in printed and "\ntuned: " in printed and "seed example: Answer 3." in printed
