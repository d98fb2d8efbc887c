"""The benchmarks of `model evaluate`: their scale, and which options they use.

To add one: a row here, its preparation in `core.commands.evaluation` (checks that need no model), its runner in
`core.evaluation.runners`, and the text of its report in `core.evaluation.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.config.options.evaluate import Benchmark as BenchmarkName
from core.config.options.tls import TLS_FILES, TlsPasswordOptions

Kind = Literal["multiple choice", "free answers", "judged"]

TLS = ("tls_insecure", *TLS_FILES, *TlsPasswordOptions.model_fields)
ENDPOINT = frozenset(("endpoint_url", "api_key", "max_workers", *TLS))
TASKS = frozenset(["few_shots", "evaluator", "report_style", "tasks_dir"]) | ENDPOINT
JUDGE = frozenset(
    ["judge_model", "judge_endpoint_url", "judge_api_key", "judge_backend", "merge_system_user_message", "report_style"]
)


@dataclass(frozen=True)
class Benchmark:
    """One benchmark."""

    kind: Kind
    options: frozenset[str] = frozenset()
    """The options that it uses, of those that not all benchmarks use."""
    required: tuple[str, ...] = ()
    """Options without a default."""
    top: float = 1.0
    """The highest score."""
    subject: Literal["knowledge", "skill"] = "knowledge"


BENCHMARKS: Mapping[BenchmarkName, Benchmark] = {
    "mmlu": Benchmark("multiple choice", TASKS),
    "mmlu_branch": Benchmark("multiple choice", TASKS),
    "general_knowledge": Benchmark("multiple choice", TASKS - {"tasks_dir"}),
    "mt_bench": Benchmark("judged", JUDGE | ENDPOINT | {"input_questions"}, top=10.0, subject="skill"),
    "mt_bench_branch": Benchmark(
        "judged",
        JUDGE | ENDPOINT | {"branch", "base_branch", "taxonomy_path"},
        required=("branch",),
        top=10.0,
        subject="skill",
    ),
    "dk_bench": Benchmark(
        "judged",
        JUDGE - {"report_style"} | ENDPOINT | {"input_questions", "system_prompt", "temperature"},
        required=("input_questions",),
        top=5.0,
    ),
    "facts": Benchmark("free answers", frozenset({"questions"}), required=("questions",)),
}

OF_SOME = frozenset().union(*(benchmark.options for benchmark in BENCHMARKS.values()))
"""Options that not all benchmarks use."""


def benchmark_named(name: str) -> Benchmark:
    """The benchmark with a name; for any other text that of the default."""
    return {str(known): benchmark for known, benchmark in BENCHMARKS.items()}.get(name, BENCHMARKS["mmlu_branch"])


def flag(name: str) -> str:
    """An option as it is written on the command line."""
    return f"--{name.replace('_', '-')}"
