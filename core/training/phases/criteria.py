"""The benchmarks that a phase's checkpoint can be chosen by, and which of them can be used here.

A benchmark is added by one row of `BENCHMARKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from core.config.options.training.phases import Criterion
from core.errors import LabtopError
from core.evaluation.arguments import EvaluateArguments, FactsArguments, Scored
from core.evaluation.judging.runners import rate_models
from core.evaluation.multiple_choice.as_facts import MIN_QUESTIONS, facts_of_tasks, write_facts
from core.evaluation.task_folders import DEFAULT_SHOTS, task_files
from core.evaluation.tasks import read_tasks
from core.jobs.context import JobContext
from core.training.arguments import LossArguments
from core.training.phases.options import PhaseOptions
from core.training.phases.stages import Phase, WorkContext

AUTOMATIC: Mapping[Phase, tuple[Criterion, ...]] = {
    1: ("mmlu", "mmlu_branch", "validation_loss", "newest"),
    2: ("mt_bench", "mmlu_branch", "validation_loss", "newest"),
}
"""What `auto` tries for a phase, in this order. The first is that of the documents."""


Scores = Callable[[WorkContext, str, PhaseOptions, Mapping[str, Any]], list[dict[str, Any]]]
"""Scores models in a stage, as a phase's options say, given the fields of `Scored`: models, names, output folder."""


@dataclass(frozen=True)
class Benchmark:
    """How checkpoints are scored."""

    scores: Scores
    """Returns [{score, stderr, n, file}], in the order of the models."""
    missing: Callable[[PhaseOptions], str]
    """Why it cannot be used with these options, as the rest of a sentence; empty if it can."""
    what: str
    """What is asked, for a note."""
    lower_is_better: bool = False


def in_worker(target: str, arguments: Callable[[PhaseOptions, Mapping[str, Any]], Scored]) -> Scores:
    """A benchmark that is a function of a worker."""

    def scores(
        context: WorkContext, stage: str, phase: PhaseOptions, scored: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        data = arguments(phase, scored).model_dump(mode="json")
        results: list[dict[str, Any]] = context.work(target, data, stage)["results"]
        return results

    return scores


def _tasks(phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
    return EvaluateArguments(**phase.evaluation.scoring(), tasks=phase.evaluation.tasks, **scored)


def _no_tasks(phase: PhaseOptions) -> str:
    return "" if phase.evaluation.tasks else "there are no multiple-choice tasks of a data generation"


def _mmlu(phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
    return _general("mmlu", phase.evaluation.mmlu, phase, scored, metric="acc")


def _no_mmlu(phase: PhaseOptions) -> str:
    return "" if phase.evaluation.mmlu else "the MMLU data set is not on this machine"


def _general_knowledge(phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
    return _general("general_knowledge", tuple(task_files("general_knowledge", None)), phase, scored)


def _general(
    benchmark: str, tasks: tuple[Path, ...], phase: PhaseOptions, scored: Mapping[str, Any], **more: Any
) -> Scored:
    scoring = phase.evaluation.scoring()
    if scoring["few_shots"] is None:
        scoring["few_shots"] = DEFAULT_SHOTS.get(benchmark)
    return EvaluateArguments(**scoring, tasks=tasks, benchmark=benchmark, **scored, **more)


def _facts(phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
    """The given questions, else a file of those that the tasks have."""
    evaluation = phase.evaluation
    files = evaluation.questions
    if not files:
        files = (Path(scored["output_dir"]) / "asked.yaml",)
        write_facts(files[0], facts_of_tasks(read_tasks(evaluation.tasks), evaluation.limit))
    return FactsArguments(
        **scored, questions=files, batch_size=evaluation.batch_size, benchmark="asked", each_kind=False
    )


def _no_facts(phase: PhaseOptions) -> str:
    if phase.evaluation.questions:
        return ""
    if found := _no_tasks(phase):
        return f"{found}, and no --asked-questions"
    count = len(facts_of_tasks(read_tasks(phase.evaluation.tasks)).plain)
    if count >= MIN_QUESTIONS:
        return ""
    return f"only {count} questions of the tasks have an answer that states a number or a name"


def _held_out_samples(phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
    return LossArguments(**scored, training=phase.training, benchmark="validation_loss", held_out=True)


def _no_held_out_samples(phase: PhaseOptions) -> str:
    return "" if phase.training.validation_split else "no samples are held out (--validation-split)"


def _rated(context: WorkContext, stage: str, phase: PhaseOptions, scored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All answers of all models, then all judgements: one more server than models, and one load of the judge."""
    assert phase.evaluation.judge is not None and isinstance(context, JobContext), "there is no judge otherwise"
    options = phase.evaluation.judge.model_copy(update={"output_dir": scored["output_dir"]})
    return rate_models(context, options, list(map(str, scored["models"])), scored["names"], stage)


def _no_judge(phase: PhaseOptions) -> str:
    return "" if phase.evaluation.judge else phase.evaluation.no_judge or "there is no judge"


TASKS_WORKER = "core.evaluation.worker:evaluate"
FACTS_WORKER = "core.evaluation.facts_worker:ask"
LOSS_WORKER = "core.training.loss_worker:measure"

BENCHMARKS: Mapping[str, Benchmark] = {
    "mmlu": Benchmark(in_worker(TASKS_WORKER, _mmlu), _no_mmlu, "the imported MMLU data set"),
    "mmlu_branch": Benchmark(
        in_worker(TASKS_WORKER, _tasks), _no_tasks, "the multiple-choice tasks of the data generation"
    ),
    "mt_bench": Benchmark(_rated, _no_judge, "a judge's ratings of conversations of two turns"),
    "asked": Benchmark(in_worker(FACTS_WORKER, _facts), _no_facts, "free answers to held-out questions"),
    "validation_loss": Benchmark(
        in_worker(LOSS_WORKER, _held_out_samples),
        _no_held_out_samples,
        "the loss on samples that are held out of its data",
        lower_is_better=True,
    ),
    "general_knowledge": Benchmark(
        in_worker(TASKS_WORKER, _general_knowledge), lambda _phase: "", "labtop's own questions of general knowledge"
    ),
}
"""By criterion. `general_knowledge` is none: it is only for comparisons with the base model."""


@dataclass(frozen=True)
class Resolved:
    """The criterion of a phase, and why."""

    criterion: Criterion
    reason: str
    """A sentence."""


def resolve(number: Phase, phase: PhaseOptions) -> Resolved:
    """The criterion to use for a phase. Raises LabtopError when the one asked for cannot be used."""
    asked = phase.evaluation.criterion
    if asked != "auto":
        if missing := why_not(asked, phase):
            raise LabtopError(
                f"The checkpoint of phase {number} cannot be chosen by {asked}: {missing}.",
                hint=f"Choose another --phase{number}-criterion, or auto: {', '.join(usable(phase))} can be used.",
                code="criterion-unavailable",
            )
        return Resolved(asked, _reason(number, asked))
    reasons = []
    for criterion in AUTOMATIC[number]:
        missing = why_not(criterion, phase)
        if not missing:
            break
        reasons.append(f"{criterion} is not used: {missing}.")
    return Resolved(criterion, " ".join([_reason(number, criterion), *reasons]))


def usable(phase: PhaseOptions) -> list[Criterion]:
    """The criteria that can be used for a phase."""
    every: tuple[Criterion, ...] = get_args(Criterion)
    return [criterion for criterion in every if criterion != "auto" and not why_not(criterion, phase)]


def why_not(criterion: str, phase: PhaseOptions) -> str:
    """Why a criterion cannot be used, as the rest of a sentence; empty if it can."""
    return BENCHMARKS[criterion].missing(phase) if criterion in BENCHMARKS else ""


def _reason(number: Phase, criterion: Criterion) -> str:
    if criterion == "newest":
        return f"The newest checkpoint of phase {number} is taken, without an evaluation."
    return f"The checkpoint of phase {number} is chosen by {criterion}: {BENCHMARKS[criterion].what}."
