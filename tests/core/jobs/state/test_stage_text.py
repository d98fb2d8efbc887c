from __future__ import annotations

import json
from typing import get_args

import pytest

from core.config.options.training.phases import Criterion
from core.events import Event, Reporter
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.state.score_text import LOSSES, scores_text
from core.jobs.state.stage_text import stage_figures
from core.training.phases.criteria import BENCHMARKS


def test_download_shows_its_rate() -> None:
    progress = {"done": 500.0, "total": 87_000.0, "unit": "MB", "rate": 212.4, "seconds_left": 400.0}
    events = [
        Event(1, 1.0, 0.0, "stage_started", "download", {"title": "Download"}),
        Event(2, 1.0, 2.0, "progress", "download", progress),
    ]
    state = reduce(JobState(), events)
    assert stage_figures(state.stages["download"], state).startswith("500/87,000 MB, 212 MB/s")


class Evaluation:
    """A stage that chooses a checkpoint, as its reporter reports it."""

    def __init__(self, stage: str = "evaluate.phase1") -> None:
        self.state = JobState()
        self.stage = stage
        self.reporter = Reporter(self._read, stage)
        self._read("stage_started", stage, {"title": "Evaluate phase 1"})

    def _read(self, kind: str, stage: str | None, data: dict[str, object]) -> None:
        event = Event(self.state.events, 1.0, 0.0, kind, stage, json.loads(json.dumps(data)))
        self.state = reduce(self.state, [event])

    def scored(self, benchmark: str, *scores: float) -> Evaluation:
        for number, score in enumerate(scores, 1):
            self.reporter.score(benchmark, f"phase1/samples_{number}", score)
        return self

    @property
    def text(self) -> str:
        return stage_figures(self.state.stages[self.stage], self.state)


CHOICES = {
    "mmlu": ("by mmlu", "best mmlu 0.713", "samples_1 by mmlu 0.713"),
    "mmlu_branch": ("by mmlu_branch", "best mmlu_branch 0.713", "samples_1 by mmlu_branch 0.713"),
    "asked": ("by asked", "best asked 0.713", "samples_1 by asked 0.713"),
    "mt_bench": ("by mt_bench", "best mt_bench 7.13", "samples_1 by mt_bench 7.13"),
    "validation_loss": (
        "by validation loss",
        "lowest validation loss 1.204",
        "samples_1 by validation loss 1.204",
    ),
    "newest": ("the newest is taken", "the newest is taken", "samples_1, the newest"),
}
SCORES = {"mt_bench": (7.1349, 6.5), "validation_loss": (1.2041, 1.5), "newest": ()}


def test_every_criterion_has_its_text() -> None:
    assert {*CHOICES, "auto"} == set(get_args(Criterion))


@pytest.mark.parametrize("criterion", CHOICES)
def test_stage_says_what_a_checkpoint_is_chosen_by(criterion: str) -> None:
    before, meanwhile, after = CHOICES[criterion]
    scores = SCORES.get(criterion, (0.7131, 0.5))
    stage = Evaluation()
    stage.reporter.choice(criterion)
    assert stage.text == before
    stage.scored("other", 99.0).scored(criterion, *scores)
    assert stage.text == meanwhile
    stage.reporter.choice(criterion, "/out/hf_format/samples_1", score=scores[0] if scores else None)
    assert stage.text == after
    lower = criterion in BENCHMARKS and BENCHMARKS[criterion].lower_is_better
    assert lower == (criterion in LOSSES)


def test_stage_says_that_a_choice_is_a_tie() -> None:
    stage = Evaluation()
    stage.reporter.choice("mmlu", "/out/samples_2", score=0.7, tied=("/out/samples_1", "/out/samples_2"))
    assert stage.text == "samples_2 by mmlu 0.700, a tie"
    assert scores_text(stage.state.stages[stage.stage], stage.state, ".1%") == "samples_2 by mmlu 70.0%, a tie"


def test_stage_shows_no_control_characters_of_a_path() -> None:
    stage = Evaluation()
    stage.reporter.choice("newest", "/out/\x1b[2Jsamples_1")
    assert stage.text == "\\u001b[2Jsamples_1, the newest"


def test_stage_without_a_choice_shows_the_scores_of_the_last_benchmark() -> None:
    stage = Evaluation("evaluate").scored("mmlu_branch", 0.2, 0.6)
    assert stage.text == "best mmlu_branch 0.600"
    assert stage.scored("mmlu", 0.5).text == "mmlu 0.500"


def test_stage_that_compares_models_has_no_best_score() -> None:
    assert Evaluation("compare").scored("mmlu", 0.2, 0.6).text == ""
    assert Evaluation("evaluate").scored("facts, plain", 0.2, 0.6).scored("facts, free", 0.1, 0.2).text == ""
