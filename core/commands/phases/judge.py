"""The judge by whose ratings a phase's checkpoint can be chosen."""

from __future__ import annotations

from collections.abc import Iterable
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
from core.serving.names import BUILTIN_TEACHER


@dataclass(frozen=True)
class PhaseJudge:
    """The judge, or why there is none."""

    judge: EvaluateJob | None = None
    no_judge: str = ""
    """As the rest of a sentence."""


def find_judge(
    options: TrainOptions,
    settings: Settings | None,
    student: Path,
    criteria: Iterable[Criterion],
    note: Note = ignore,
) -> PhaseJudge:
    """The judge that the options or the settings name, if a phase may be judged; it is on this machine, or answers.

    Raises LabtopError if a phase is to be judged and cannot be. builtin:extractive judges only if it is named.
    """
    wanted = set(criteria)
    if not wanted & {"auto", "mt_bench"}:
        return PhaseJudge()
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
    if "mt_bench" not in wanted and asked.judge_model == BUILTIN_TEACHER:
        return PhaseJudge(no_judge=f"{BUILTIN_TEACHER} is no language model")
    notes: list[str] = []
    try:
        request = evaluate_request(asked, Given(), notes.append, serving)
    except LabtopError as error:
        if "mt_bench" in wanted:
            raise
        return PhaseJudge(no_judge=f"{error.message[:1].lower()}{error.message[1:]}".rstrip("."))
    for sentence in notes:
        note(sentence)
    return PhaseJudge(EvaluateJob.from_data(request.options))
