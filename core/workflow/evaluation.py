"""Evaluating base and tuned model on held-out questions, as a stage of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.evaluation.arguments import EvaluateArguments, FactsArguments, Scored
from core.evaluation.guessers import guesses
from core.evaluation.held_out import KINDS, HeldOut, find_similar, read_held_out
from core.evaluation.multiple_choice.as_facts import MIN_QUESTIONS, facts_of_tasks, write_facts
from core.evaluation.multiple_choice.held_out_rows import choice_rows
from core.evaluation.tasks import read_tasks
from core.events import StagePlan
from core.models.digest import model_digest
from core.sdg.datasets.jsonl import read_lines, write_lines
from core.training.phases.stages import WorkContext
from core.workflow.engine import Results, Stage
from core.workflow.options import EVALUATE, TRAIN, WorkflowOptions
from core.workflow.records import Inputs
from core.workflow.stages import digest, student_path, task_files, training_files

LOADING_SECONDS = 300.0
"""The longest time without events: importing the harness and loading a large model report nothing."""

PLAN = StagePlan(
    EVALUATE,
    "Evaluate base and tuned",
    unit="questions",
    purpose="Held-out questions, asked once, at the end.",
)
CHOICES = StagePlan(
    f"{EVALUATE}.choices", "Evaluate multiple choice", unit="questions", purpose="Four answers to choose from."
)

ALL = "all"
"""The only set of questions, if they have no kinds."""

Score = dict[str, Any]
"""`score` (0 to 1), `stderr`, `questions`."""

Scores = dict[str, dict[str, Score]]
"""By kind of question (plain, free, or all), then by model (base, tuned; for choices also the guesser)."""


def evaluate_stage(context: WorkContext, options: WorkflowOptions) -> Stage:
    """Scores of the student before and after training.

    The result has `benchmark`, `base` and `tuned` (their scores; None without questions), `plain` and `free` (the same
    for each kind of question), `multiple_choice` (by set of questions, with the guesser's score), `guesser` (where
    `base` and `tuned` are multiple choice) and `seen_in_training` (the number of questions that occur in the training
    data); `generated` is true for free answers to questions of the data generation.
    """
    held_out = [read_held_out(file) for file in options.questions]
    plans = (PLAN, CHOICES) if _have_terms(held_out) or not held_out else (PLAN,)

    def inputs(results: Results) -> Inputs:
        return {
            "base": model_digest(Path(student_path(options, results))).hex(),
            "tuned": model_digest(Path(results[TRAIN]["best"])).hex(),
            "questions": digest(options.questions or task_files(results)),
            "data": digest(training_files(results)),
            "seed": options.seed,
            **({} if options.questions else {"choosing": options.choosing.model_dump(mode="json")}),
        }

    def run(results: Results, _number: int) -> dict[str, Any]:
        models = {"base": student_path(options, results), "tuned": str(results[TRAIN]["best"])}
        evaluation = _Evaluation(context, options, models)
        if held_out:
            return _held_out_result(evaluation, held_out, training_files(results))
        if tasks := task_files(results):
            return _task_result(evaluation, tasks, training_files(results))
        with context.reporter.stage(PLAN.id, PLAN.title) as stage:
            stage.note(
                "info",
                "There are no questions to evaluate with: the data has no knowledge.",
                hint="Pass a file with --questions.",
            )
        return _result(None, {})

    return Stage(EVALUATE, plans, run, inputs)


def _have_terms(held_out: Sequence[HeldOut]) -> bool:
    """Whether free answers can be judged; files without terms are only used as multiple choice."""
    return any(pair.terms for questions in held_out for pairs in questions.sets().values() for pair in pairs)


def _result(benchmark: str | None, scores: Scores, **more: Any) -> dict[str, Any]:
    first = next((scores[kind] for kind in (*KINDS, ALL) if kind in scores), {})
    return {
        "benchmark": benchmark,
        "base": first.get("base"),
        "tuned": first.get("tuned"),
        **{kind: scores.get(kind) or {"base": None, "tuned": None} for kind in KINDS},
        "multiple_choice": None,
        "seen_in_training": None,
        "guesser": first.get("guesser"),
        **more,
    }


def _held_out_result(evaluation: _Evaluation, held_out: Sequence[HeldOut], data: Sequence[Path]) -> dict[str, Any]:
    asked = [pair.question for questions in held_out for pairs in questions.sets().values() for pair in pairs]
    seen = len(find_similar(asked, (row for file in data for row in read_lines(file))))
    free_answers = evaluation.by_facts(evaluation.options.questions) if _have_terms(held_out) else None
    choices = evaluation.on_choices(held_out, CHOICES if free_answers else PLAN)
    benchmark = "facts" if free_answers else "multiple_choice"
    return _result(benchmark, free_answers or choices, multiple_choice=choices, seen_in_training=seen)


def _task_result(evaluation: _Evaluation, tasks: Sequence[Path], data: Sequence[Path]) -> dict[str, Any]:
    """The generated questions: asked freely, where enough of them have an answer that states a fact, and with choices.

    They are held out of the training data, but checkpoints were chosen by them.
    """
    asked = facts_of_tasks(read_tasks(tasks), evaluation.options.choosing.limit)
    if len(asked.plain) < MIN_QUESTIONS:
        return _result("mmlu_branch", evaluation.on_tasks(tasks, PLAN))
    file = evaluation.folder / "asked.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_facts(file, asked)
    seen = len(
        find_similar([pair.question for pair in asked.plain], (row for each in data for row in read_lines(each)))
    )
    free_answers = evaluation.by_facts((file,))
    choices = evaluation.on_tasks(tasks, CHOICES)
    return _result("facts", free_answers, multiple_choice=choices, seen_in_training=seen, generated=True)


@dataclass(frozen=True)
class _Evaluation:
    """Base and tuned model on the same questions."""

    context: WorkContext
    options: WorkflowOptions
    models: Mapping[str, str]

    def by_facts(self, questions: tuple[Path, ...]) -> Scores:
        """The share of greedy answers that contain the requested fact."""
        asked = FactsArguments(**self._models(), questions=questions)
        return self._by_set(self._work("core.evaluation.facts_worker:ask", asked, PLAN))

    def on_choices(self, held_out: Sequence[HeldOut], plan: StagePlan) -> Scores:
        """Held-out questions as multiple choice, with the score of a guesser that counts shared words.

        Empty without enough other answers to choose from.
        """
        rows: dict[str, list[dict[str, Any]]] = {}
        try:
            for questions in held_out:
                for kind, kind_rows in choice_rows(questions, self.options.seed).items():
                    rows.setdefault(kind, []).extend(kind_rows)
        except LabtopError as error:
            with self.context.reporter.stage(plan.id, plan.title) as stage:
                stage.note("info", f"No multiple choice: {error.message}", hint=error.hint)
            return {}
        files = {kind: self.folder / f"{kind}.jsonl" for kind in rows}
        for kind, file in files.items():
            write_lines(file, rows[kind])
        asked = EvaluateArguments(**self._models(), benchmark="multiple choice", questions=files)
        scores = self._by_set(self._work("core.evaluation.worker:evaluate", asked, plan))
        for kind, score in scores.items():
            guess = guesses(rows[kind])
            score["guesser"] = {"score": guess.shared_words, "questions": guess.n}
        return scores

    def on_tasks(self, tasks: Sequence[Path], plan: StagePlan) -> Scores:
        """The mean over the generated tasks, with the score of a guesser that counts shared words."""
        asked = EvaluateArguments(**self.options.choosing.scoring(), **self._models(), tasks=tuple(tasks))
        results = self._work("core.evaluation.worker:evaluate", asked, plan)
        scores: Scores = {ALL: {result["model"]: _score(result) for result in results}}
        if guess := (results[0].get("details") or {}).get("guessers"):
            scores[ALL]["guesser"] = {"score": guess["shared_words"], "questions": guess["n"]}
        return scores

    @property
    def folder(self) -> Path:
        return self.options.folder / "evaluation"

    def _models(self) -> dict[str, Any]:
        """The fields of Scored."""
        models = tuple(map(Path, self.models.values()))
        return {"models": models, "names": tuple(self.models), "output_dir": self.folder}

    def _work(self, target: str, arguments: Scored, plan: StagePlan) -> list[dict[str, Any]]:
        with self.context.reporter.stage(plan.id, plan.title, quiet_seconds=LOADING_SECONDS):
            data = arguments.model_dump(mode="json")
            results: list[dict[str, Any]] = self.context.work(target, data, plan.id)["results"]
        return results

    def _by_set(self, results: Sequence[Mapping[str, Any]]) -> Scores:
        scores: Scores = {}
        for result in results:
            for kind, task in result["tasks"].items():
                scores.setdefault(kind, {})[result["model"]] = {**_score(task), "file": result["file"]}
        return scores


def _score(result: Mapping[str, Any]) -> Score:
    return {"score": result["score"], "stderr": result["stderr"], "questions": result["n"]}
