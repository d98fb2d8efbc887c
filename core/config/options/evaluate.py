"""The options of `model evaluate`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from core.config.options.base import AnyPath, File, JobOptions, Natural, Options, Positive, internal, once

Benchmark = Literal["mmlu_branch", "facts"]
ReportStyle = Literal["classic", "current"]


BatchSize = Annotated[Positive | Literal["auto"], once()]


class ScoringOptions(Options):
    """How models are scored: these reach the worker as they are."""

    few_shots: Natural | None = None
    """Answered examples before each question; without a number, as many as the task says."""
    batch_size: BatchSize = "auto"
    """Sequences scored, or questions answered, at once."""
    limit: Annotated[Positive | None, internal()] = None
    """Questions of each task, at most."""

    def scoring(self) -> dict[str, Any]:
        """The fields of ScoringOptions."""
        return {name: getattr(self, name) for name in ScoringOptions.model_fields}


class QuestionOptions(Options):
    """What is scored, and on what."""

    benchmark: Annotated[Benchmark, once(required=True)] = "mmlu_branch"
    """What to measure."""
    model: str | None = None
    """The model or checkpoint to score: its folder, or the name of one on this machine."""
    base_model: str | None = None
    """The model that it was tuned from, to compare with."""
    tasks_dir: AnyPath | None = None
    """Where the tasks of the leaves are: a datasets folder, whose newest run counts, or the folder of a run; without
    one, labtop's datasets."""
    questions: Annotated[File | None, once()] = None
    """The file of questions, answers and the terms that an answer must contain, for facts."""
    output_dir: Annotated[AnyPath | None, once()] = None
    """Where results are kept; what is there is not scored again."""
    report_style: Annotated[ReportStyle, once()] = "classic"
    """The layout of RHEL AI's documents (classic), or of InstructLab's newer releases (current)."""


class EvaluateOptions(QuestionOptions, ScoringOptions, JobOptions):
    """The whole command."""

    section: ClassVar[str | None] = "evaluate"
