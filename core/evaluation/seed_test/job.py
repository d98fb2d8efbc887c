"""`model test` as a job: base and trained model answer the questions of a data generation's seed examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from core.config.options.base import Options
from core.config.worker_arguments import parse
from core.evaluation.seed_test.questions import read_seed_questions
from core.events import Reporter, StagePlan
from core.jobs.context import JobContext

STAGE = "evaluate"

LOADING_SECONDS = 300.0

MAX_TOKENS = 256
"""The most new tokens of an answer."""


class SeedTest(Options):
    """The options of the job, with absolute paths."""

    model: Path
    base_model: Path | None = None
    test_file: Path
    limit: int

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        return parse(cls, data, "The test")

    @property
    def models(self) -> list[Path]:
        return [model for model in (self.base_model, self.model) if model is not None]


def run(context: JobContext) -> dict[str, Any]:
    """Ask all models. Returns {models, file, answers: [{question, expected, answers: {model: text}}]}."""
    options = SeedTest.from_data(context.options)
    title = "Answer the questions of the seed examples"
    context.reporter.plan([StagePlan(STAGE, title, unit="answers")])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        return context.work("core.evaluation.seed_test.job:answer_all", options.model_dump(mode="json"), STAGE)


def answer_all(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """The worker: greedy answers of one model after the other."""
    # Takes seconds, so it is imported only when needed.
    from core.evaluation import greedy

    options = SeedTest.from_data(arguments)
    questions = read_seed_questions(options.test_file, options.limit)
    total = len(questions) * len(options.models)
    answers: list[dict[str, str]] = [{} for _ in questions]
    done = 0

    def answered(index: int, reply: greedy.Reply) -> None:
        nonlocal done
        done += 1
        answers[index][str(model)] = reply.text
        reporter.sample("answer", {"question": questions[index].question, str(model): reply.text})
        reporter.progress(done, total, "answers")

    for model in options.models:
        greedy.answer(model, [one.question for one in questions], max_tokens=MAX_TOKENS, answered=answered)
    return {
        "models": list(map(str, options.models)),
        "file": str(options.test_file),
        "answers": [
            {"question": one.question, "expected": one.answer, "answers": found}
            for one, found in zip(questions, answers, strict=True)
        ],
    }
