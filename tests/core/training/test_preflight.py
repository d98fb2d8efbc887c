"""Warnings before a training starts, and the warm-up that needs none."""

from __future__ import annotations

from typing import Any

import pytest

from core.config.options.train import TrainingOptions
from core.training.preflight import probable_mistakes


@pytest.mark.parametrize(("total_steps", "expected"), [(1, 0), (9, 0), (10, 1), (84, 8), (250, 25), (10_000, 25)])
def test_default_warmup_is_a_tenth_of_the_steps_at_most(total_steps: int, expected: int) -> None:
    assert TrainingOptions().warmup(total_steps) == expected
    assert TrainingOptions(warmup_steps=30).warmup(total_steps) == 30


def test_default_warmup_reaches_the_peak_with_one_step_an_epoch() -> None:
    phase2 = {"effective_batch_size": 3840, "num_epochs": 10}
    assert not any("warm-up" in each.message for each in probable_mistakes(TrainingOptions(**phase2), 100))
    explicit = probable_mistakes(TrainingOptions(**phase2, warmup_steps=25), 100)
    assert explicit[0].message.startswith("The warm-up of 25 steps is as long as the whole training of 10")


def test_learning_rate_of_all_weights_is_low_for_adapters() -> None:
    def sentences(**options: Any) -> str:
        settings = TrainingOptions(effective_batch_size=4, num_epochs=2, **options)
        return " ".join(each.message for each in probable_mistakes(settings, 100))

    assert "The learning rate of 2e-05 is for all weights" in sentences(lora_rank=8)
    assert "learning rate" not in sentences(lora_rank=8, learning_rate=1e-4) + sentences()
