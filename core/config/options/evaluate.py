"""The options of `model evaluate`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from core.config.options.base import AnyPath, File, JobOptions, Natural, Positive, once

Benchmark = Literal["mmlu_branch", "facts"]
ReportStyle = Literal["classic", "current"]


class EvaluateOptions(JobOptions):
    """The whole command."""

    section: ClassVar[str | None] = "evaluate"

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
    few_shots: Natural | None = None
    """Answered examples before each question; without a number, as many as the task says."""
    batch_size: Annotated[Positive | Literal["auto"], once()] = "auto"
    """Sequences scored, or questions answered, at once."""
    output_dir: Annotated[AnyPath | None, once()] = None
    """Where results are kept; what is there is not scored again."""
    report_style: Annotated[ReportStyle, once()] = "classic"
    """The layout of RHEL AI's documents (classic), or of InstructLab's newer releases (current)."""
