"""Base and tuned model on questions that training never saw, as a stage of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.evaluation.held_out import alike, choice_rows, read_held_out
from core.events import StagePlan
from core.sdg.jsonl import read_lines, write_lines
from core.training.identity import model_digest
from core.training.phases import Context
from core.workflow.engine import Results, Stage
from core.workflow.options import EVALUATE, TRAIN, LoopOptions
from core.workflow.records import Inputs
from core.workflow.stages import digest, student_path, task_files, training_files

LOADING_SECONDS = 300.0
"""How long the stage may be quiet: importing the harness and loading a large model report nothing."""

PLAN = StagePlan(
    EVALUATE,
    "Evaluate base and tuned",
    unit="questions",
    purpose="Questions that training never saw, asked at the end.",
)

Score = dict[str, Any]
"""`score` (0 to 1), `stderr`, `questions`."""

Scores = dict[str, dict[str, Score]]
"""By set of questions, then by model: base, tuned."""


def evaluate_stage(context: Context, options: LoopOptions) -> Stage:
    """Scores of the student before and after training.

    The result has `benchmark` (what was asked), `base` and `tuned` (their scores on it; None where there was nothing
    to ask), `free` (the same for the questions in other words), `multiple_choice` and `seen_in_training`.
    """

    def inputs(results: Results) -> Inputs:
        return {
            "base": model_digest(Path(student_path(options, results))).hex(),
            "tuned": model_digest(Path(results[TRAIN]["best"])).hex(),
            "questions": digest(options.questions or task_files(results)),
            "data": digest(training_files(results)),
            "seed": options.seed,
            **({} if options.questions else {"choosing": options.choosing}),
        }

    def run(results: Results, _number: int) -> dict[str, Any]:
        models = {"base": student_path(options, results), "tuned": str(results[TRAIN]["best"])}
        with context.reporter.stage(PLAN.id, PLAN.title, quiet_seconds=LOADING_SECONDS) as stage:
            if options.questions:
                return _held_out_scores(context, options, models, results)
            if tasks := task_files(results):
                return _result("mmlu_branch", _task_scores(context, options, models, tasks))
            stage.note(
                "info",
                "There are no questions to evaluate with: the data holds no knowledge.",
                hint="Name a file with --questions.",
            )
            return _result(None, {})

    return Stage(EVALUATE, (PLAN,), run, inputs)


def _result(benchmark: str | None, scores: Scores, **more: Any) -> dict[str, Any]:
    plain, free = scores.get("plain", {}), scores.get("free")
    return {
        "benchmark": benchmark,
        "base": plain.get("base"),
        "tuned": plain.get("tuned"),
        "free": free,
        "multiple_choice": None,
        "seen_in_training": None,
        **more,
    }


def _held_out_scores(
    context: Context, options: LoopOptions, models: Mapping[str, str], results: Results
) -> dict[str, Any]:
    held_out = [read_held_out(file) for file in options.questions]
    folder = options.folder / "evaluation"
    rows: dict[str, list[dict[str, Any]]] = {}
    for questions in held_out:
        for kind, kind_rows in choice_rows(questions, options.seed).items():
            rows.setdefault(kind, []).extend(kind_rows)
    files = {kind: folder / f"{kind}.jsonl" for kind in rows}
    for kind, file in files.items():
        write_lines(file, rows[kind])
    chosen = _choice_scores(context, models, {"questions": {kind: str(file) for kind, file in files.items()}}, folder)
    asked = [pair.question for questions in held_out for pair in (*questions.plain, *questions.free)]
    trained_on = (row for file in training_files(results) for row in read_lines(file))
    return _result("multiple_choice", chosen, multiple_choice=chosen, seen_in_training=len(alike(asked, trained_on)))


def _choice_scores(context: Context, models: Mapping[str, str], questions: Mapping[str, Any], folder: Path) -> Scores:
    arguments = {
        "models": list(models.values()),
        "names": list(models),
        "benchmark": "held-out questions",
        "output_dir": str(folder),
        **questions,
    }
    scores: Scores = {}
    for result in context.work("core.evaluation.worker:evaluate", arguments, PLAN.id)["results"]:
        for kind, task in result["tasks"].items():
            scores.setdefault(kind, {})[result["model"]] = _score(task)
    return scores


def _task_scores(context: Context, options: LoopOptions, models: Mapping[str, str], tasks: list[Path]) -> Scores:
    """The mean over the generated tasks, which no model was trained on; checkpoints were chosen by them."""
    arguments = {
        **options.choosing,
        "models": list(models.values()),
        "names": list(models),
        "tasks": [str(file) for file in tasks],
        "output_dir": str(options.folder / "evaluation"),
    }
    results = context.work("core.evaluation.worker:evaluate", arguments, PLAN.id)["results"]
    return {"plain": {result["model"]: _score(result) for result in results}}


def _score(result: Mapping[str, Any]) -> Score:
    return {"score": result["score"], "stderr": result["stderr"], "questions": result["n"]}
