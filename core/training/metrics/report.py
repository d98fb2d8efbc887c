"""Reporting the metrics of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.events import Reporter
from core.training.arguments import TrainArguments
from core.training.engine.trainer import StepResult, Trainer
from core.training.engine.validation import Validation
from core.training.metrics.log import METRICS_FILE, MetricsLog, plan_figures, step_row, validation_row
from core.training.metrics.tensorboard import TensorBoardLog
from core.training.plan import TrainingPlan


class Metrics:
    """Reports steps as events; rank 0 also writes them to files."""

    def __init__(self, reporter: Reporter, settings: TrainArguments, plan: TrainingPlan, trainer: Trainer) -> None:
        """Continue the files after the trainer's last step. Raises LabtopError when they cannot be written."""
        self.reporter = reporter
        self.plan = plan
        self.device = trainer.ranks.device
        self.log: MetricsLog | None = None
        self.board: TensorBoardLog | None = None
        if trainer.ranks.is_first:
            header: tuple[Mapping[str, Any], ...] = (settings.model_dump(mode="json"), plan_figures(plan))
            self.log = MetricsLog(settings.ckpt_output_dir.absolute() / METRICS_FILE, header, trainer.steps_done)
            if settings.tensorboard_log_dir is not None:
                self.board = TensorBoardLog(settings.tensorboard_log_dir, trainer.steps_done)

    def report(
        self, results: Sequence[StepResult], seconds: float, validation: Validation | None, loss: float | None
    ) -> None:
        """Report steps that took so many seconds, the last one with its validation loss, if there is one."""
        tokens = sum(result.tokens for result in results) / seconds
        samples = sum(result.planned.samples for result in results) / seconds
        for result in results:
            values = {
                "loss": result.loss,
                "lr": result.learning_rate,
                "grad_norm": result.grad_norm,
                "tokens_per_second": round(tokens, 1),
                "samples_per_second": round(samples, 2),
                "padding": round(result.padding, 4),
                "epoch": round(self.plan.epochs_after(result.step), 4),
            }
            if self.log is not None:
                self.log.add(step_row(result, self.plan, samples, self.device))
            if validation is not None and loss is not None and result is results[-1]:
                values["validation_loss"] = loss
                if self.log is not None:
                    self.log.add(validation_row(result.step, self.plan, loss, validation.num_loss_tokens))
            if self.board is not None:
                self.board.add(result.step, values)
            self.reporter.metric(result.step, **values)

    def close(self) -> None:
        if self.board is not None:
            self.board.close()
