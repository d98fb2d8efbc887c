"""The options of `model evaluate`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from core.config.options.base import AnyPath, File, JobOptions, Natural, Options, Positive, internal, once, unneeded

Benchmark = Literal["mmlu_branch", "facts"]
ReportStyle = Literal["classic", "current"]

NO_ENDPOINT = unneeded("models are scored on this machine, without a connection to an endpoint.")


BatchSize = Annotated[Positive | Literal["auto"], once()]


class ScoringOptions(Options):
    """How models are scored. These fields are passed to the worker unchanged."""

    few_shots: Natural | None = None
    """Number of few-shot examples before each question. Default: as many as the task specifies."""
    batch_size: BatchSize = "auto"
    """How many sequences are scored, or questions answered, at a time."""
    limit: Annotated[Positive | None, internal()] = None
    """Maximum number of questions of each task."""

    def scoring(self) -> dict[str, Any]:
        """The fields of ScoringOptions."""
        return {name: getattr(self, name) for name in ScoringOptions.model_fields}


class QuestionOptions(Options):
    """Which models are scored, and on which questions."""

    benchmark: Annotated[Benchmark, once(required=True)] = "mmlu_branch"
    """Benchmark to run."""
    model: str | None = None
    """Model or checkpoint to score: its folder, or the name of a model on this machine."""
    base_model: str | None = None
    """Base model to compare with: its folder, or the name of a model on this machine."""
    tasks_dir: AnyPath | None = None
    """Folder with the tasks that data generation wrote: one run, or a datasets folder, of which the newest run is used.
    Default: labtop's datasets."""
    questions: Annotated[File | None, once()] = None
    """YAML file of questions, reference answers and required terms, for the benchmark facts."""
    output_dir: Annotated[AnyPath | None, once()] = None
    """Folder for results; models with results in it are not scored again."""
    report_style: Annotated[ReportStyle, once()] = "classic"
    """Layout of the report: that of RHEL AI's documentation (classic) or of newer InstructLab releases (current)."""


class EvaluateOptions(QuestionOptions, ScoringOptions, JobOptions):
    """All options of the command."""

    section: ClassVar[str | None] = "evaluate"

    tls_insecure: Annotated[bool, NO_ENDPOINT] = False
    """Do not check the TLS certificate of the judge's endpoint."""
    tls_client_cert: Annotated[File | None, NO_ENDPOINT] = None
    """TLS client certificate."""
    tls_client_key: Annotated[File | None, NO_ENDPOINT] = None
    """Key of the TLS client certificate."""
    tls_client_passwd: Annotated[str | None, NO_ENDPOINT] = None
    """Password of the client's TLS key."""
