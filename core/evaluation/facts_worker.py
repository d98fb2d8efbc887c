"""The benchmark `facts`, in a worker process: generate free answers, judge them, store the results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.evaluation.arguments import FactsArguments
from core.evaluation.facts import judge, questions_with_their_terms, read_facts
from core.evaluation.held_out import HeldOut, QuestionAnswer
from core.evaluation.results import (
    ModelResult,
    TaskResult,
    digest_of,
    fingerprint,
    read_result,
    result_file,
    write_result,
)
from core.evaluation.statistics import share_stderr
from core.events import Reporter
from core.figures import counted
from core.models.local import check_model_folder

if TYPE_CHECKING:
    from core.evaluation.greedy import Reply

BENCHMARK = "facts"

VERSION = 1
"""Version of prompts and matching; increase it when a score may change."""

MAX_TOKENS = 64
"""The most new tokens of an answer."""


def ask(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score models by their free answers to questions.

    The arguments are those of FactsArguments.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, file}]}`, in the order of the models: `score` is the
    share of all questions; `tasks` holds `score`, `stderr` and `n` of the `plain` and of the `free` questions of all
    files, without empty kinds. `file` has every question with its answer and whether it is right. A result is stored
    when its model is done, and reused when nothing that it depends on has changed.
    """
    settings = FactsArguments.from_data(arguments)
    models, batch_size = settings.models, None if settings.batch_size == "auto" else settings.batch_size
    leaves = [read_facts(file) for file in settings.questions]
    for model in models:
        check_model_folder(model, contents=True)
    _warn_of_revealed_terms(leaves, reporter)

    count = sum(len(_pairs(leaf)) for leaf in leaves)
    results = []
    for number, (model, name) in enumerate(settings.named_models):
        key = fingerprint(
            digest_of(model, settings.output_dir), BENCHMARK, VERSION, MAX_TOKENS, [asdict(leaf) for leaf in leaves]
        )
        file = result_file(settings.output_dir, name, key)
        result = read_result(file, key)
        if result is None:
            progress = _Progress(reporter, name, number * count, len(models) * count)
            result, records = _score(model, name, leaves, batch_size, progress)
            write_result(file, key, result, answers=records)
            _warn_of_invalid_answers(name, records, reporter)
        reporter.progress((number + 1) * count, len(models) * count, "questions")
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        if settings.each_kind and len(result.tasks) > 1:
            for kind, task in result.tasks.items():
                reporter.score(f"{settings.benchmark}, {kind}", name, task.score, stderr=task.stderr, n=task.n)
        else:
            reporter.score(settings.benchmark, name, result.score, stderr=result.stderr, n=result.n)
        results.append({**result.summary(), "model": name, "file": str(file)})
    return {"results": results}


def _pairs(leaf: HeldOut) -> tuple[QuestionAnswer, ...]:
    return (*leaf.plain, *leaf.free)


class _Progress:
    """Reports each answer as it is generated."""

    def __init__(self, reporter: Reporter, model: str, done: int, total: int) -> None:
        self._reporter = reporter
        self._model = model
        self._done = done
        self._total = total

    def answered(self, question: str, text: str) -> None:
        self._done += 1
        self._reporter.sample("answer", {"question": question, self._model: text})

    def batch_done(self) -> None:
        self._reporter.progress(self._done, self._total, "questions")


def _score(
    model: Path, name: str, leaves: Sequence[HeldOut], batch_size: int | None, progress: _Progress
) -> tuple[ModelResult, list[dict[str, Any]]]:
    """A model's result, and a record of each question."""
    # Takes seconds, so it is imported only when needed.
    from core.evaluation import greedy

    questions = [pair.question for leaf in leaves for pair in _pairs(leaf)]
    replies = iter(
        greedy.answer(
            model,
            questions,
            max_tokens=MAX_TOKENS,
            batch_size=batch_size,
            answered=lambda index, reply: progress.answered(questions[index], reply.text),
            batch_done=progress.batch_done,
        )
    )
    records = [record for leaf in leaves for record in _records(leaf, [next(replies) for _ in _pairs(leaf)])]
    tasks = {}
    for kind in dict.fromkeys(kind for leaf in leaves for kind in leaf.sets()):
        tasks[kind] = TaskResult.of([record["right"] for record in records if record["kind"] == kind], [])
    right = sum(record["right"] for record in records)
    result = ModelResult(name, "facts", right / len(records), share_stderr(right, len(records)), len(records), tasks)
    return result, records


def _records(leaf: HeldOut, replies: Sequence[Reply]) -> Iterator[dict[str, Any]]:
    kinds = [kind for kind, pairs in leaf.sets().items() for _ in pairs]
    verdicts = judge([reply.text for reply in replies], _pairs(leaf))
    for kind, pair, reply, verdict in zip(kinds, _pairs(leaf), replies, verdicts, strict=True):
        yield {
            "kind": kind,
            "question": pair.question,
            "answer": reply.text,
            "right": verdict.right,
            "reason": verdict.reason if reply.finite else "diverged",
            "expected": pair.answer,
            "terms": pair.terms,
        }


def _warn_of_revealed_terms(leaves: Sequence[HeldOut], reporter: Reporter) -> None:
    revealing = [question for leaf in leaves for question in questions_with_their_terms(_pairs(leaf))]
    count = sum(len(_pairs(leaf)) for leaf in leaves)
    if revealing:
        reporter.note(
            "warning",
            f"{len(revealing)} of {count} questions contain their own terms, such as {revealing[0]!r}; repeating such a"
            " question counts as a right answer.",
            hint="Choose terms that only someone who knows the answer would say.",
        )


def _warn_of_invalid_answers(name: str, records: Sequence[dict[str, Any]], reporter: Reporter) -> None:
    """Warn when answers are wrong for another reason than their content."""
    diverged = sum(record["reason"] == "diverged" for record in records)
    empty = sum(record["reason"] == "empty" for record in records)
    if diverged:
        reporter.note(
            "warning",
            f"{name} computes NaN or infinite values for {diverged} of {counted(len(records), 'question')}; they"
            " count as wrong.",
            hint="Its training has probably diverged: a smaller learning rate may help.",
        )
    if empty > len(records) / 2:
        reporter.note(
            "warning",
            f"{name} gives an empty answer to {empty} of {counted(len(records), 'question')}; they count as wrong.",
            hint="An answer of special tokens alone is empty: the chat template may not be the one of its training.",
        )
