"""The options of `model evaluate`. Which benchmark uses which is in `core.evaluation.benchmarks`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le

from core.config.options.base import (
    AnyPath,
    File,
    Folder,
    JobOptions,
    Natural,
    Options,
    Positive,
    Texts,
    internal,
    once,
    refused_model_id,
    unneeded,
)
from core.config.options.serve import Backend
from core.config.options.tls import TlsOptions, TlsPasswordOptions

Benchmark = Literal["mmlu", "mmlu_branch", "general_knowledge", "mt_bench", "mt_bench_branch", "dk_bench", "facts"]
Evaluator = Literal["labtop", "lm-eval"]
ReportStyle = Literal["classic", "current"]

BatchSize = Annotated[Positive | Literal["auto"], once()]


class ScoringOptions(Options):
    """How models are scored on multiple choice. These fields are passed to the worker unchanged."""

    heading: ClassVar[str] = "Multiple choice"

    few_shots: Natural | None = None
    """Number of few-shot examples before each question. Default: 5 for mmlu, else as many as the task specifies."""
    batch_size: BatchSize = "auto"
    """How many sequences are scored, or questions answered, at a time."""
    evaluator: Evaluator = "labtop"
    """What scores multiple choice: labtop's own evaluator, or lm-eval's, which is slower and agrees with it."""
    limit: Annotated[Positive | None, internal()] = None
    """Maximum number of questions of each task."""

    def scoring(self) -> dict[str, Any]:
        """The fields of ScoringOptions."""
        return {name: getattr(self, name) for name in ScoringOptions.model_fields}


class QuestionOptions(Options):
    """Which models are scored, and on which questions."""

    heading: ClassVar[str] = "Benchmark, models and results"

    benchmark: Annotated[Benchmark, once(required=True)] = "mmlu_branch"
    """Benchmark to run."""
    model: str | None = None
    """Model or checkpoint to score: its folder, or the name of a model on this machine; with --endpoint-url, the
    model's name at the endpoint."""
    base_model: str | None = None
    """Base model to compare with: its folder, or the name of a model on this machine."""
    tasks_dir: AnyPath | None = None
    """Folder with tasks: for mmlu_branch those that data generation wrote (one run, or a datasets folder, of which the
    newest run is used), for mmlu a folder of lm-eval's task files. Default: labtop's datasets, or the imported MMLU."""
    import_mmlu: Annotated[AnyPath | None, once("--import-mmlu", metavar="FOLDER")] = None
    """Convert a copy of the MMLU data set, CSV or Parquet files, for --benchmark mmlu; nothing is scored."""
    questions: Annotated[File | None, once()] = None
    """YAML file of questions, reference answers and required terms, for the benchmark facts."""
    output_dir: Annotated[AnyPath | None, once()] = None
    """Folder for results; models with results in it are not scored again."""
    report_style: Annotated[ReportStyle, once()] = "classic"
    """Layout of the report: that of RHEL AI's documentation (classic) or of newer InstructLab releases (current)."""
    output_file_formats: Annotated[str, once(metavar="FORMATS")] = ""
    """Files to write in addition to the JSON result, separated by commas: md, and for dk_bench jsonl and csv."""


class EndpointOptions(TlsOptions):
    """How a model at an endpoint is reached."""

    heading: ClassVar[str] = "Model at an endpoint"

    endpoint_url: Annotated[Texts, once()] = ()
    """Base URL of an OpenAI-compatible server with the model to score, in place of a model on this machine. May be
    given several times: the endpoints share the work."""
    max_workers: Annotated[Positive | Literal["auto"], once(unit="requests")] = "auto"
    """Number of requests in flight. Default: adaptive, starting at twice the server's slots."""


class JudgeOptions(Options):
    """The judge model, and what it judges."""

    heading: ClassVar[str] = "Judge and judged benchmarks"

    judge_model: str = "prometheus-eval/prometheus-8x7b-v2.0"
    """Judge: a model's folder or name, or with --judge-endpoint-url its name at that endpoint. builtin:extractive is no
    language model: it compares words with reference answers."""
    judge_endpoint_url: Annotated[Texts, once()] = ()
    """Base URL of an OpenAI-compatible server with the judge. May be given several times."""
    judge_backend: Annotated[Backend | None, once()] = None
    """Program that serves the judge. Default: serve.backend."""
    merge_system_user_message: Annotated[bool | None, once("--merge-system-user-message")] = None
    """Send the judge's instructions in the user message. Default: for Mistral's family, which has no system message."""
    branch: Annotated[str | None, once()] = None
    """Branch of the taxonomy whose questions the model answers, for mt_bench_branch."""
    base_branch: Annotated[str | None, once()] = None
    """Branch of the taxonomy whose questions the base model answers, for mt_bench_branch. Default: its main branch."""
    taxonomy_path: Annotated[Folder | None, once()] = None
    """Folder of the taxonomy, for mt_bench_branch. Default: `taxonomy` in labtop's data folder."""
    input_questions: Annotated[File | None, once()] = None
    """JSON Lines file of questions: for dk_bench with user_input and reference, for mt_bench in MT-Bench's format.
    Default for mt_bench: labtop's own questions."""
    system_prompt: str | None = None
    """System prompt for the model, for dk_bench."""
    temperature: Annotated[float, Ge(0), Le(1)] = 0.0
    """Sampling temperature of the model's answers, for dk_bench."""


class KeyOptions(Options):
    """The secrets of the endpoints, which no job's options contain."""

    heading: ClassVar[str] = "Model at an endpoint"

    api_key: Annotated[str | None, once(variable="LABTOP_API_KEY")] = None
    """API key of the model's endpoint. Prefer the environment variable: other users of the machine see command
    lines."""
    judge_api_key: Annotated[str | None, once(variable="LABTOP_JUDGE_API_KEY")] = None
    """API key of the judge's endpoint. Prefer the environment variable. Default: the key of the model's endpoint."""


class ServedOptions(Options):
    """How models that the evaluation serves itself are served."""

    heading: ClassVar[str] = "Models that are served for the evaluation"

    gpus: Annotated[Natural | None, once()] = None
    """Number of GPUs for models that are served for the evaluation. Default: serve.gpus."""
    backend: Annotated[Backend | None, once()] = None
    """Program that serves the models. Default: serve.backend."""
    enable_serving_output: Annotated[bool, once()] = False
    """Show the log of a server that the evaluation starts."""


class EvaluateOptions(
    QuestionOptions,
    ScoringOptions,
    EndpointOptions,
    JudgeOptions,
    KeyOptions,
    ServedOptions,
    TlsPasswordOptions,
    JobOptions,
):
    """All options of the command."""

    section: ClassVar[str | None] = "evaluate"

    skip_server: Annotated[
        bool, unneeded("multiple choice is scored without a server, unless --endpoint-url is given.")
    ] = False
    """Score without a server."""
    base_model_id: Annotated[str | None, refused_model_id("Use --base-model with the model's folder or name.")] = None
    """Id of the base model."""
    judge_model_id: Annotated[str | None, refused_model_id("Use --judge-model with the model's folder or name.")] = None
    """Id of the judge."""
