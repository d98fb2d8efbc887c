"""The training settings of the quickstart, with the expected times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.config.options.train import TrainingOptions


@dataclass(frozen=True)
class Recipe:
    """The settings of a quickstart's training."""

    phase1_epochs: int
    phase1_learning_rate: float
    phase2_epochs: int
    phase2_learning_rate: float
    batch_size: int
    max_seq_len: int
    checkpoints: int
    """The maximum number of each phase that are kept and evaluated."""
    task_questions: int
    """Generated questions of each leaf with which checkpoints are evaluated."""
    seconds: Mapping[str, float]
    """Expected seconds of each stage on two cores with the tiny student, for the time left."""

    def phase1(self, seed: int) -> TrainingOptions:
        """How the knowledge is trained."""
        return self._training(self.phase1_epochs, self.phase1_learning_rate, seed)

    def phase2(self, seed: int) -> TrainingOptions:
        """How the skills are trained."""
        return self._training(self.phase2_epochs, self.phase2_learning_rate, seed)

    def _training(self, epochs: int, learning_rate: float, seed: int) -> TrainingOptions:
        return TrainingOptions(
            num_epochs=epochs,
            learning_rate=learning_rate,
            effective_batch_size=self.batch_size,
            warmup_steps=20,
            max_seq_len=self.max_seq_len,
            max_batch_len=4096,
            max_checkpoints=self.checkpoints,
            random_seed=seed,
        )

    def describe(self) -> str:
        """The settings in words."""
        return (
            f"learning rate {self.phase1_learning_rate:g} and {self.phase1_epochs} epochs in phase 1, "
            f"{self.phase2_learning_rate:g} and {self.phase2_epochs} in phase 2, {self.batch_size} samples a step, "
            f"samples of at most {self.max_seq_len} tokens"
        )


_FULL = Recipe(
    phase1_epochs=4,
    phase1_learning_rate=4e-3,
    phase2_epochs=2,
    phase2_learning_rate=1e-3,
    batch_size=16,
    max_seq_len=512,
    checkpoints=3,
    task_questions=100,
    seconds={
        "prepare": 1,
        "teacher": 1,
        "generate": 10,
        "student": 8,
        "train.phase1": 50,
        "evaluate.phase1": 12,
        "train.phase2": 25,
        "evaluate.phase2": 12,
        "evaluate": 15,
        "evaluate.choices": 12,
        "answer": 15,
    },
)

_SHORT = replace(
    _FULL,
    phase1_epochs=1,
    phase2_epochs=1,
    batch_size=32,
    checkpoints=1,
    task_questions=20,
    seconds={
        **_FULL.seconds,
        "train.phase1": 15,
        "evaluate.phase1": 15,
        "train.phase2": 15,
        "evaluate.phase2": 15,
        "evaluate.choices": 15,
    },
)
"""Runs every stage, with far too few epochs for the student to learn much."""

_FOR_REAL_MODELS: dict[str, Any] = {
    "phase1_learning_rate": 2e-5,
    "phase2_learning_rate": 6e-6,
    "max_seq_len": 2048,
    "seconds": {name: _FULL.seconds[name] for name in ("prepare", "teacher", "generate")},
}
"""The learning rates that RHEL AI's documents train with: those of a student created from scratch would destroy what a
real model knows. How long its training takes is not known."""


def recipe_for(*, short: bool, given_student: bool) -> Recipe:
    """The recipe of the tiny student, or of a given one."""
    recipe = _SHORT if short else _FULL
    return replace(recipe, **_FOR_REAL_MODELS) if given_student else recipe
