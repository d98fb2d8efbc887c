"""What a training gained and lost: the base and the tuned model on the new knowledge and on general benchmarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.evaluation.arguments import Scored
from core.evaluation.comparison import compare_results
from core.training.arguments import LossArguments
from core.training.phases.criteria import BENCHMARKS, LOSS_WORKER, Benchmark, in_worker, why_not
from core.training.phases.options import PhaseOptions
from core.training.phases.scoring import interval_stderr, score, stored_result
from core.training.phases.stages import COMPARE, LOADING_SECONDS, WorkContext
from core.training.replay import ReplayOptions, hold_out

Subject = Literal["new knowledge", "general"]
Verdict = Literal["gained", "lost", "no significant change"]

KNOWLEDGE = ("mmlu_branch", "asked")
GENERAL = ("mmlu", "general_knowledge")
"""Benchmarks of a comparison: all on the new knowledge whose questions are present, and the first general one."""

REPLAY = "replay_loss"
"""The loss on held-out replay data."""

Row = dict[str, Any]
"""{benchmark, subject, base, base_stderr, tuned, tuned_stderr, n, difference, stderr, verdict}: a benchmark's scores of
both models. `difference` is tuned minus base, with its standard error question by question; the verdict is one of 95 %
confidence."""


@dataclass(frozen=True)
class Compared:
    """The two models, and what they are compared by."""

    base: Path
    tuned: Path
    phase: PhaseOptions
    """How models are evaluated and samples are read."""
    replay: ReplayOptions | None
    folder: Path
    """For results and held-out samples."""
    rated: bool = False
    """Whether the tuned model was chosen by a judge's ratings, which then has rated it already."""


def compare_with_base(context: WorkContext, compared: Compared) -> list[Row]:
    """One row for each benchmark that can be used; those on the new knowledge come first."""
    rows = []
    with context.reporter.stage(COMPARE.id, COMPARE.title, quiet_seconds=LOADING_SECONDS):
        for subject, name, benchmark in _benchmarks(compared):
            models, names = (compared.base, compared.tuned), ("base", compared.tuned.name)
            scores = score(context, COMPARE.id, benchmark, compared.phase, models, names, compared.folder)
            results = [stored_result(each) for each in scores]
            if results[0] is None or results[1] is None:
                continue
            comparison = compare_results(results[0], results[1])["comparison"]
            rows.append(
                {
                    "benchmark": name,
                    "subject": subject,
                    "base": scores[0].score,
                    "base_stderr": scores[0].stderr,
                    "tuned": scores[1].score,
                    "tuned_stderr": scores[1].stderr,
                    "n": scores[1].n,
                    "difference": comparison["difference"],
                    "stderr": interval_stderr(comparison),
                    "verdict": verdict(comparison, lower_is_better=benchmark.lower_is_better),
                }
            )
    return rows


def verdict(comparison: Mapping[str, float], *, lower_is_better: bool = False) -> Verdict:
    """Whether the difference is one: its 95 % interval does not contain zero."""
    if not (comparison["low"] > 0 or comparison["high"] < 0):  # NaN is neither
        return "no significant change"
    return "gained" if (comparison["difference"] > 0) != lower_is_better else "lost"


def _benchmarks(compared: Compared) -> Iterator[tuple[Subject, str, Benchmark]]:
    for name in KNOWLEDGE:
        if not why_not(name, compared.phase):
            yield "new knowledge", name, BENCHMARKS[name]
    general = next(name for name in GENERAL if not why_not(name, compared.phase))
    yield "general", general, BENCHMARKS[general]
    if compared.rated:
        yield "general", "mt_bench", BENCHMARKS["mt_bench"]
    if compared.replay is not None:
        yield "general", REPLAY, _replay_loss(compared, compared.replay)


def _replay_loss(compared: Compared, replay: ReplayOptions) -> Benchmark:
    file = compared.folder / "held_out.jsonl"
    hold_out(replay, file, compared.phase.training.random_seed)
    training = compared.phase.training.model_copy(update={"data_path": (file,)})

    def arguments(_phase: PhaseOptions, scored: Mapping[str, Any]) -> Scored:
        return LossArguments(**scored, training=training, benchmark=REPLAY)

    return Benchmark(
        in_worker(LOSS_WORKER, arguments),
        lambda _phase: "",
        "the loss on held-out replay data",
        lower_is_better=True,
    )
