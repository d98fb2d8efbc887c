"""What a phase's checkpoint can be chosen by on this machine: the imported MMLU data set, and a judge."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.commands.evaluation.request import evaluate_request
from core.commands.request import Given, Note, ignore
from core.config.options.evaluate import EvaluateOptions
from core.config.options.serve import BackendOptions
from core.config.options.train import TrainOptions
from core.config.options.training.phases import Criterion
from core.config.settings import Settings
from core.errors import LabtopError
from core.evaluation.arguments import EvaluateJob
from core.evaluation.task_folders import task_files
from core.serving.names import BUILTIN_TEACHER


@dataclass(frozen=True)
class PhaseBenchmarks:
    """The parts of the benchmarks that are present."""

    mmlu: tuple[Path, ...] = ()
    """Task files."""
    judge: EvaluateJob | None = None
    no_judge: str = ""
    """As the rest of a sentence."""


def find_benchmarks(
    options: TrainOptions,
    settings: Settings | None,
    student: Path,
    criteria: Iterable[Criterion],
    note: Note = ignore,
) -> PhaseBenchmarks:
    """The parts that the criteria need. Raises LabtopError for a judge that is asked for and cannot be used."""
    wanted = set(criteria)
    named = "mt_bench" in wanted or options.phased_mt_bench_judge is not None or bool(options.judge_endpoint_url)
    mmlu: tuple[Path, ...] = ()
    with suppress(LabtopError):
        mmlu = tuple(file.absolute() for file in task_files("mmlu", None))
    if not wanted & {"auto", "mt_bench"}:
        return PhaseBenchmarks(mmlu)
    try:
        return PhaseBenchmarks(mmlu, _judge(options, settings, student, note, named=named))
    except LabtopError as error:
        if named:
            raise
        return PhaseBenchmarks(mmlu, no_judge=f"{error.message[:1].lower()}{error.message[1:]}".rstrip("."))


def _judge(options: TrainOptions, settings: Settings | None, student: Path, note: Note, *, named: bool) -> EvaluateJob:
    """The judge that the options or the settings name, which is on this machine or answers.

    builtin:extractive judges only if a judge is asked for (`named`), since it is no language model.
    """
    evaluate = EvaluateOptions() if settings is None else settings.evaluate
    serving = BackendOptions() if settings is None else BackendOptions(**settings.serve.backend_options())
    asked = evaluate.model_copy(
        update={
            "benchmark": "mt_bench",
            "model": str(student),
            "base_model": None,
            "output_dir": None,
            "judge_model": options.phased_mt_bench_judge or evaluate.judge_model,
            "judge_endpoint_url": options.judge_endpoint_url,
        }
    )
    if asked.judge_model == BUILTIN_TEACHER and not named:
        raise LabtopError(f"{BUILTIN_TEACHER} is no language model.")
    notes: list[str] = []
    request = evaluate_request(asked, Given(), notes.append, serving)
    for sentence in notes:
        note(sentence)
    return EvaluateJob.from_data(request.options)
