"""The job of `model evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from core import paths
from core.commands.evaluation.judged import prepare_dk_bench, prepare_mt_bench, prepare_mt_bench_branch
from core.commands.evaluation.local import prepare_facts, prepare_tasks
from core.commands.request import Given, JobRequest, Note, absolute_path, ignore
from core.config.options.evaluate import EndpointOptions, EvaluateOptions, JudgeOptions
from core.config.options.serve import BackendOptions
from core.config.options.tls import TLS_FILES
from core.errors import LabtopError, UsageError
from core.evaluation.arguments import EvaluateJob
from core.evaluation.benchmarks import BENCHMARKS, OF_SOME, flag
from core.models.names import short_name
from core.paths import expanded
from core.serving.credentials import API_KEY_VARIABLE, JUDGE_KEY_VARIABLE
from core.serving.tls.client import TLS_PASSWORD_VARIABLE

FORMATS = ("json", "jsonl", "md", "csv", "xlsx")

FILES = (*TLS_FILES, "taxonomy_path", "input_questions")
"""Options that name files and folders, and are passed to the job unchanged."""

Prepare = Callable[[EvaluateOptions, BackendOptions, Note], dict[str, Any]]
"""Checks what can be checked before the job starts, and returns the fields of EvaluateJob that a benchmark resolves:
at least `model`. Raises LabtopError."""

PREPARE: Mapping[str, Prepare] = {
    "mmlu": prepare_tasks,
    "mmlu_branch": prepare_tasks,
    "general_knowledge": prepare_tasks,
    "facts": prepare_facts,
    "mt_bench": prepare_mt_bench,
    "mt_bench_branch": prepare_mt_bench_branch,
    "dk_bench": prepare_dk_bench,
}


def evaluate_request(
    options: EvaluateOptions, given: Given, note: Note = ignore, serving: BackendOptions | None = None
) -> JobRequest:
    """The evaluation that the options ask for. Raises LabtopError for mistakes that can be found before it starts.

    `serving` are the settings of `model serve`, for models that the job serves itself.
    """
    check_usage(options, given)
    if options.benchmark not in PREPARE:
        raise LabtopError(f"The benchmark {options.benchmark} is not part of this version.")
    if options.benchmark == "mmlu" and "tasks_dir" not in given.names:  # the setting is the folder of mmlu_branch
        options = options.model_copy(update={"tasks_dir": None})
    formats = _formats(options.output_file_formats)
    serving = _serving(options, serving or BackendOptions())
    resolved = PREPARE[options.benchmark](options, serving, note)
    output_dir = options.output_dir or paths.current().internal_dir / "eval_data" / options.benchmark
    shared = (EndpointOptions, JudgeOptions)
    job = EvaluateJob(
        **{
            **options.scoring(),
            **{name: getattr(options, name) for part in shared for name in part.model_fields},
            **{name: absolute_path(getattr(options, name)) for name in FILES},
            "benchmark": options.benchmark,
            "output_dir": expanded(output_dir).absolute(),
            "report_style": options.report_style,
            "formats": formats,
            "serving": serving,
            **resolved,
        }
    )
    hidden = {
        API_KEY_VARIABLE: options.api_key,
        JUDGE_KEY_VARIABLE: options.judge_api_key,
        TLS_PASSWORD_VARIABLE: options.tls_client_passwd,
    }
    return JobRequest(
        "evaluate",
        "core.evaluation.job:run",
        job.model_dump(mode="json"),
        f"Evaluate {short_name(PurePath(job.model)) or 'model'}",
        environment={name: value for name, value in hidden.items() if value},
    )


def check_usage(options: EvaluateOptions, given: Given) -> None:
    """Reject options that only other benchmarks use, and missing ones."""
    benchmark = BENCHMARKS[options.benchmark]
    for name in benchmark.required:
        if getattr(options, name) is None:
            raise UsageError(f"--benchmark {options.benchmark} requires {flag(name)}.")
    for name in sorted(given.names & OF_SOME - benchmark.options):
        users = [other for other, row in BENCHMARKS.items() if name in row.options]
        if users == ["facts"]:
            raise UsageError(f"{flag(name)} requires --benchmark facts.")
        raise UsageError(f"{flag(name)} cannot be used with --benchmark {options.benchmark}.")


def _formats(text: str) -> tuple[str, ...]:
    formats = tuple(name for part in text.split(",") if (name := part.strip()))
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"--output-file-formats: {name!r} is not one of {', '.join(FORMATS)}.")
    return formats


def _serving(options: EvaluateOptions, settings: BackendOptions) -> BackendOptions:
    served = settings.for_teacher(gpus=options.gpus, context_tokens=None, model_family=None)
    changed: dict[str, Any] = {"vllm_python": absolute_path(served.vllm_python)}
    if options.backend is not None:
        changed["backend"] = options.backend
    return served.model_copy(update=changed)
