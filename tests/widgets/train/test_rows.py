"""The texts of checkpoints and of what was gained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.overview.model import Figure
from core.overview.training.checkpoints import CheckpointFacts
from core.overview.training.facts import TrainingFacts
from core.overview.training.gains import Gain
from core.overview.training.runs import RunSummary
from tests.widgets.jobs.test_job_row import RUNNING
from widgets.glyphs import ASCII, UNICODE
from widgets.train.checkpoint_row import checkpoint_row, note_text, score_text
from widgets.train.gain_text import gain_lines, gain_parts
from widgets.train.run_row import RunLine, run_row

ONE = CheckpointFacts(
    "/out/phase2/hf_format/samples_960", 2, loss=0.25, benchmark="mmlu_branch", score=Figure(0.83, 0.04, 85)
)


def test_score_text_of_shares_and_of_other_scores() -> None:
    assert score_text(ONE, UNICODE) == " 83.0% ±4.0"
    assert score_text(ONE, ASCII) == " 83.0% +-4.0"
    assert score_text(replace(ONE, benchmark="mt_bench", score=Figure(7.25, 0.1)), UNICODE) == " 7.250 ±0.10"
    assert score_text(replace(ONE, benchmark="validation_loss", score=Figure(0.25)), UNICODE) == " 0.250"
    assert score_text(replace(ONE, score=None), UNICODE) == ""


def test_note_text() -> None:
    assert note_text(ONE)[0] == ""
    assert note_text(replace(ONE, is_tie=True))[0] == "tie"
    assert note_text(replace(ONE, is_best=True, is_tie=True))[0] == "best, tie"
    assert note_text(replace(ONE, is_best=True, begins=2))[0] == "to phase 2"
    assert note_text(replace(ONE, is_best=True, exists=False))[0] == "removed"


@pytest.mark.parametrize("width", [56, 58, 78, 98, 140])
def test_checkpoint_row_fits(width: int) -> None:
    for one in (ONE, replace(ONE, score=None), replace(ONE, path="/a" * 40, benchmark="a_long_benchmark_name")):
        drawn = checkpoint_row(one, UNICODE).draw(width)
        assert drawn.cell_length <= width, drawn.plain


def test_checkpoint_row_shows_the_loss_until_there_is_a_score() -> None:
    assert "loss 0.250" in checkpoint_row(replace(ONE, score=None), UNICODE).draw(58).plain
    assert "loss" not in checkpoint_row(ONE, UNICODE).draw(58).plain
    assert "loss 0.250" in checkpoint_row(ONE, UNICODE).draw(78).plain


def test_gain_lines() -> None:
    gained = Gain("mmlu_branch", 0.31, 0.83, 0.52, 0.06, "gained")
    lost = Gain("mt_bench", 7.5, 7.25, -0.25, None, "lost")
    first, second = gain_lines([gained, lost], 60, UNICODE)
    assert first.plain.split() == ["mmlu_branch", "31.0", "→", "83.0", "+52.0", "±6.0", "gained"]
    assert second.plain.split() == ["mt_bench", "7.50", "→", "7.25", "-0.25", "lost"]
    assert gain_parts([gained, lost]) == ["mmlu_branch +52.0", "mt_bench -0.25"]
    assert all(line.plain.isascii() for line in gain_lines([gained, lost], 60, ASCII))


STRATEGIES = ("one phase, LoRA", "two phases, LoRA", "knowledge, LoRA", "skills, LoRA", "knowledge only")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_run_row_at_80_columns_shows_the_whole_strategy(strategy: str) -> None:
    facts = TrainingFacts(model="granite-3.1-8b-lab", strategy=strategy)
    run = RunSummary(replace(RUNNING, status="succeeded"), facts, loss=12.345)
    assert f" {strategy} " in run_row(RunLine(run), UNICODE).draw(77).plain
