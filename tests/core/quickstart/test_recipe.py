"""The settings that a quickstart trains with."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.options.train import TrainOptions
from core.quickstart.recipe import recipe_for
from tests.tui.cli.running import labtop


@pytest.mark.parametrize("short", [True, False])
def test_real_student_gets_the_learning_rates_of_the_documents(short: bool) -> None:
    made, given = (recipe_for(short=short, given_student=real) for real in (False, True))
    documents = TrainOptions()
    rates = (given.phase1(1).learning_rate, given.phase2(1).learning_rate)
    assert rates == (documents.phased_phase1_learning_rate, documents.phased_phase2_learning_rate)
    assert made.phase1(1).learning_rate > 100 * given.phase1(1).learning_rate
    assert given.phase1(1).num_epochs == made.phase1(1).num_epochs
    assert "learning rate 2e-05" in given.describe()


def test_stages_of_the_tiny_student_have_expected_times() -> None:
    seconds = recipe_for(short=False, given_student=False).seconds
    assert {"generate", "student", "train.phase1", "train.phase2", "evaluate", "evaluate.choices"} <= set(seconds)
    assert not set(recipe_for(short=False, given_student=True).seconds) & {"train.phase1", "train.phase2"}


def test_folder_without_a_model_is_rejected_at_the_start(tmp_path: Path) -> None:
    assert "no model nowhere" in labtop("quickstart", "--student", "nowhere", status=1).stderr
    done = labtop("quickstart", "--student", str(tmp_path), "--dir", str(tmp_path / "sandbox"), status=1)
    assert "config.json" in done.stderr
    assert not (tmp_path / "sandbox").exists()
