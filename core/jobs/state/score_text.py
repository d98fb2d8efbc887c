"""The scores of a stage in a few words: the best one so far, or the checkpoint that was chosen by them."""

from __future__ import annotations

from pathlib import PurePath

from core.jobs.state.job_state import JobState, Score
from core.jobs.state.stages import StageState
from core.printable import printable

NEWEST = "newest"
"""The criterion that needs no scores."""

COMPARE_STAGE = "compare"
"""The stage that compares a tuned model with its base; its scores are in the result's table."""

LOSSES = ("validation_loss", "replay_loss")
"""Benchmarks of which less is better."""

RATINGS = ("mt_bench", "mt_bench_branch", "dk_bench")
"""Benchmarks whose scores are a judge's ratings. Those of all others are shares of questions."""


def scores_text(stage: StageState, state: JobState, share: str = ".3f") -> str:
    """Such as `best mmlu 0.713`, then `samples_40 by mmlu 0.713`; empty without scores. `share` formats shares."""
    choice = state.choices.get(stage.id)
    if choice is not None and choice.best is not None:
        name = printable(PurePath(choice.best).name)
        if choice.criterion == NEWEST or choice.score is None:
            return f"{name}, the newest"
        tie = ", a tie" if choice.tied else ""
        return f"{name} by {_words(choice.criterion)} {_number(choice.criterion, choice.score, share)}{tie}"
    if choice is not None and choice.criterion == NEWEST:
        return "the newest is taken"
    scores = _of_benchmark(stage, state, None if choice is None else choice.criterion)
    if not scores:
        return "" if choice is None else f"by {_words(choice.criterion)}"
    benchmark = scores[-1].benchmark
    is_loss = benchmark in LOSSES
    figure = (min if is_loss else max)(score.score for score in scores)
    best = "" if len(scores) == 1 else "lowest " if is_loss else "best "
    return f"{best}{_words(benchmark)} {_number(benchmark, figure, share)}"


def _of_benchmark(stage: StageState, state: JobState, benchmark: str | None) -> list[Score]:
    """The scores of a stage on a benchmark; without one, on the benchmark that was scored last.

    Scores on parts of a benchmark, such as `facts, plain`, are of models that are compared.
    """
    own = [score for score in state.scores if score.stage == stage.id and ", " not in score.benchmark]
    if benchmark is None and own and stage.id != COMPARE_STAGE:
        benchmark = own[-1].benchmark
    return [score for score in own if score.benchmark == benchmark]


def _words(benchmark: str) -> str:
    return benchmark.replace("_", " ") if benchmark in LOSSES else benchmark


def _number(benchmark: str, score: float, share: str) -> str:
    if benchmark in RATINGS:
        return f"{score:.2f}"
    return f"{score:.3f}" if benchmark in LOSSES else format(score, share)
