"""What a training run is: its data, plan and settings, and what follows from them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from core.training.arguments import TrainArguments
from core.training.engine.validation import Validation
from core.training.plan import SavePoint, TrainingPlan
from core.training.samples import Dataset


class TrainingRun:
    """The steps of a plan on a trainer, from where the last attempt stopped."""

    def __init__(
        self,
        settings: TrainArguments,
        dataset: Dataset,
        plan: TrainingPlan,
        output: Path,
        identity: str,
        tokenizer: Any,
        validation: Validation | None = None,
    ) -> None:
        self.settings = settings
        self.dataset = dataset
        self.plan = plan
        self.output = output
        self.identity = identity
        self.tokenizer = tokenizer
        self.validation = validation

    def validates_after(self, step: int) -> bool:
        """Whether the validation loss is computed after this step: at checkpoints, and as often as asked for."""
        if self.validation is None:
            return False
        frequency = self.settings.validation_frequency
        return step in self._save_steps or (frequency is not None and step % frequency == 0)

    @cached_property
    def _save_steps(self) -> frozenset[int]:
        return frozenset(point.step for point in self.save_points)

    @cached_property
    def save_points(self) -> tuple[SavePoint, ...]:
        """The steps after which checkpoints are written."""
        return self.plan.save_points(
            at_epoch=self.settings.checkpoint_at_epoch,
            save_samples=self.settings.save_samples,
            at_most=self.settings.max_checkpoints,
        )
