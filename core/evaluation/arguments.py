"""The arguments of an evaluation's job and workers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from annotated_types import MinLen

from core.config.options.base import Options
from core.config.options.evaluate import (
    BatchSize,
    Benchmark,
    EndpointOptions,
    JudgeOptions,
    ReportStyle,
    ScoringOptions,
)
from core.config.options.serve import BackendOptions
from core.config.worker_arguments import parse
from core.evaluation.results import Metric

Models = Annotated[tuple[Path, ...], MinLen(1)]


class EvaluateJob(ScoringOptions, EndpointOptions, JudgeOptions):
    """The options of the job of `model evaluate`, with absolute paths."""

    benchmark: Benchmark
    model: str
    base_model: str | None = None
    tasks: tuple[Path, ...] = ()
    """Task files of multiple choice."""
    tasks_dir: Path | None = None
    """The folder of them, in jobs of earlier versions."""
    questions: Path | None = None
    """The file of questions, for the benchmark facts."""
    output_dir: Path
    report_style: ReportStyle = "classic"
    formats: tuple[str, ...] = ()
    """Files to write in addition to JSON."""
    serving: BackendOptions = BackendOptions()
    """How models are served for the evaluation."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The options of a job."""
        return parse(cls, data, "Evaluation")


class Scored(Options):
    """The arguments of every benchmark."""

    models: Models
    names: tuple[str, ...] | None = None
    """The models' names in results; by default their folders."""
    output_dir: Path

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The arguments of a JSON object."""
        return parse(cls, data, "Evaluation")

    @property
    def named_models(self) -> list[tuple[Path, str]]:
        """Each model with its name."""
        return list(zip(self.models, self.names or map(str, self.models), strict=True))


class TaskEvaluation(ScoringOptions):
    """An evaluation on generated tasks whose models and output folder are not known yet."""

    tasks: tuple[Path, ...] = ()


class EvaluateArguments(TaskEvaluation, Scored):
    """Multiple choice on one of `tasks_dir`, `tasks` (task files) and `questions`."""

    tasks_dir: Path | None = None
    questions: dict[str, Path] | None = None
    """Files of rows, by name."""
    benchmark: str = "mmlu_branch"
    """The name of the scores."""
    metric: Metric = "acc_norm"
    endpoint: EndpointOptions | None = None
    """Where `models` are names that a server knows; None for folders."""


class FactsArguments(Scored):
    """The benchmark `facts`."""

    questions: tuple[Path, ...]
    """Files like the sample's questions.yaml, see docs/facts.md."""
    batch_size: BatchSize = "auto"
    benchmark: str = "facts"
    """The name of the scores."""
    each_kind: bool = True
    """Whether plain and free questions are reported apart, and not only the share of all of them."""
