"""The command's own part: what it checks, and the job that it asks for."""

import json
from pathlib import Path
from typing import Any

import click.testing
import pytest

from core.config.options.evaluate import EndpointOptions, JudgeOptions
from core.errors import LabtopError
from tests.core.evaluation.test_tasks import ROW, write_task
from tui.cli.jobs import follow
from tui.cli.jobs.results import show_result
from tui.cli.model.evaluate import evaluate


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """The jobs that the command asks for, which are not started here."""
    jobs: list[dict[str, Any]] = []
    monkeypatch.setattr(follow, "run_job", lambda **job: jobs.append(job))
    monkeypatch.setenv("LABTOP_HOME", str(tmp_path / "home"))
    return jobs


def invoke(*arguments: object, benchmark: str = "mmlu_branch") -> click.testing.Result:
    words = ["--benchmark", benchmark, *map(str, arguments)]
    return click.testing.CliRunner().invoke(evaluate, words)


def of_tasks(options: dict[str, Any]) -> dict[str, Any]:
    """A job's options without those of endpoints, judges and servers."""
    others = {*EndpointOptions.model_fields, *JudgeOptions.model_fields, "serving", "formats"}
    return {name: value for name, value in options.items() if name not in others}


def test_evaluate_starts_job(asked: list[dict[str, Any]], model: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", [ROW])
    done = invoke("--model", model, "--tasks-dir", tmp_path / "tasks", "--base-model", model, "-dt", "--json")
    assert done.exit_code == 0, done.output
    (job,) = asked
    assert (job["kind"], job["runner"]) == ("evaluate", "core.evaluation.job:run")
    assert (job["detached"], job["json_output"]) == (True, True)
    assert of_tasks(job["options"]) == {
        "benchmark": "mmlu_branch",
        "model": str(model),
        "base_model": str(model),
        "tasks": [str(tmp_path / "tasks" / "domes_task.yaml")],
        "tasks_dir": None,
        "questions": None,
        "few_shots": None,
        "evaluator": "labtop",
        "limit": None,
        "report_style": "classic",
        "batch_size": "auto",
        "output_dir": str(tmp_path / "home" / "data" / "internal" / "eval_data" / "mmlu_branch"),
    }
    json.dumps(job["options"])


@pytest.mark.parametrize(("style", "words"), [("classic", "### AVERAGE:\n0.5 (across 1)"), ("current", "(0.5/1.0)")])
def test_evaluate_report_style(
    asked: list[dict[str, Any]],
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    style: str,
    words: str,
) -> None:
    write_task(tmp_path / "home" / "data" / "datasets" / "node_datasets_2026", [ROW, ROW])
    models = tmp_path / "home" / "cache" / "models"
    models.mkdir(parents=True)
    model.rename(models / "Samples-12")
    done = invoke("--model", "samples_12", "--report-style", style, "--batch-size", "8", "--few-shots", "1")
    assert done.exit_code == 0, done.output
    options = asked[0]["options"]
    assert (options["model"], options["batch_size"], options["few_shots"]) == (str(models / "Samples-12"), 8, 1)
    task = {"score": 0.5, "stderr": 0.35, "n": 2}
    results = [{"model": "m", "metric": "acc_norm", **task, "tasks": {"domes": task}, "file": "out.json"}]
    show_result("evaluate", {"results": results}, options)
    printed = capsys.readouterr().out
    assert words in printed
    assert "Standard error 0.35, 95 % interval 0.09 to 0.91, 2 questions." in printed


def test_evaluate_bad_input_starts_no_job(asked: list[dict[str, Any]], model: Path, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", [ROW])
    (tmp_path / "empty").mkdir()
    for arguments, words in (
        (("--model", tmp_path / "empty", "--tasks-dir", tmp_path / "tasks"), "config.json"),
        (("--model", model, "--base-model", tmp_path / "gone", "--tasks-dir", tmp_path / "tasks"), "no model"),
        (("--model", model, "--tasks-dir", tmp_path / "empty"), "no task files"),
        (("--model", model), "no folder"),
        (("--model", model, "--tasks-dir", tmp_path / "tasks", "--few-shots", "1"), "too few to show 1"),
    ):
        error = invoke(*arguments).exception
        assert isinstance(error, LabtopError)
        assert words in error.message
    assert asked == []


@pytest.mark.parametrize(
    "arguments", [(), ("--model", "m", "--batch-size", "0"), ("--model", "m", "--few-shots", "-1")]
)
def test_evaluate_wrong_usage(asked: list[dict[str, Any]], arguments: tuple[str, ...]) -> None:
    assert invoke(*arguments).exit_code == 2


QUESTIONS = "plain:\n- {question: How many?, answer: Eleven islands., terms: eleven}\n"


def test_evaluate_facts(
    asked: list[dict[str, Any]], model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(QUESTIONS)
    done = invoke("--model", model, "--questions", file, benchmark="facts")
    assert done.exit_code == 0, done.output
    assert of_tasks(asked[0]["options"]) == {
        "benchmark": "facts",
        "model": str(model),
        "base_model": None,
        "tasks": [],
        "tasks_dir": None,
        "questions": str(file),
        "few_shots": None,
        "evaluator": "labtop",
        "limit": None,
        "report_style": "classic",
        "batch_size": "auto",
        "output_dir": str(tmp_path / "home" / "data" / "internal" / "eval_data" / "facts"),
    }
    task = {"score": 0.5, "stderr": 0.25, "n": 4}
    results = [{"model": "m", "metric": "facts", **task, "tasks": {"plain": task}, "file": "out.json"}]
    show_result("evaluate", {"results": results}, asked[0]["options"])
    printed = capsys.readouterr()
    assert "50.0% ± 25.0%" in printed.out
    assert "out.json" in printed.err


def test_evaluate_facts_bad_questions_start_no_job(asked: list[dict[str, Any]], model: Path, tmp_path: Path) -> None:
    file = tmp_path / "questions.yaml"
    file.write_text(QUESTIONS.replace("terms: eleven", "terms: twelve"))
    error = invoke("--model", model, "--questions", file, benchmark="facts").exception
    assert isinstance(error, LabtopError)
    assert "entry 1 of plain" in error.message
    assert asked == []


@pytest.mark.parametrize(
    ("benchmark", "arguments"),
    [
        ("facts", ()),
        ("mmlu_branch", ("--questions", "FILE")),
        ("facts", ("--questions", "FILE", "--few-shots", "1")),
        ("facts", ("--questions", "FILE", "--tasks-dir", ".")),
        ("facts", ("--questions", "FILE", "--report-style", "classic")),
        ("facts", ("--questions", "FILE", "--judge-model", "m")),
        ("mmlu", ("--branch", "main")),
        ("mt_bench", ("--few-shots", "5")),
        ("mt_bench_branch", ("--taxonomy-path", ".")),
        ("dk_bench", ()),
        ("mmlu_branch", ("--output-file-formats", "md,doc")),
    ],
)
def test_evaluate_rejects_option_of_other_benchmark(
    asked: list[dict[str, Any]], model: Path, benchmark: str, arguments: tuple[str, ...]
) -> None:
    assert invoke("--model", model, *arguments, benchmark=benchmark).exit_code == 2
    assert asked == []
