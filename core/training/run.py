"""The steps of a training run, from where the last attempt stopped: what it reports and saves, and how it stops."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

import torch

from core.events import Reporter
from core.training.checkpoint.choice import checkpoint_result
from core.training.checkpoint.export import RunningLoss
from core.training.checkpoint.marker import Checkpoint, checkpoint_path, list_checkpoints
from core.training.checkpoint.state import load_state
from core.training.context import TrainingRun
from core.training.earlier import record_speed
from core.training.engine.trainer import StepResult, Trainer
from core.training.metrics.report import Metrics
from core.training.plan import SavePoint
from core.training.saving import Saver

STATE_SECONDS = 30.0
"""The shortest time between two states to resume from, so that a kill loses little …"""

STATE_SHARE = 20.0
"""… or this multiple of the time to write the last one, if that is longer: at most five percent of the time."""

PROGRESS_SECONDS = 0.25
"""The shortest time between two progress events."""


def train_run(run: TrainingRun, trainer: Trainer, precision: torch.dtype, reporter: Reporter) -> dict[str, Any]:
    """Run the remaining steps and write the checkpoints, in `precision`; returns the result as JSON.

    Raises KeyboardInterrupt when it was asked to stop; the state after the last step is saved then.
    """
    loss = load_state(run.output, trainer, run.identity, reporter) or RunningLoss()
    if trainer.steps_done:
        reporter.note("info", f"Training resumes after step {trainer.steps_done} of {run.plan.total_steps}.")
    started = time.monotonic()
    metrics = Metrics(reporter, run.settings, run.plan, trainer)
    with closing(metrics), stop_signals() as signalled, Saver(run, trainer, precision, reporter) as saver:
        loop = Loop(run, trainer, loss, reporter, metrics, saver)
        before = trainer.steps_done
        try:
            loop.run(lambda: signalled() or reporter.stop_requested())
            saver.finish()
        finally:
            seconds = time.monotonic() - started
            if trainer.ranks.is_first:
                steps = trainer.steps_done - before
                record_speed(
                    run.settings.model_path,
                    run.settings,
                    tokens=loop.tokens,
                    seconds=seconds,
                    steps=steps,
                    samples=loop.samples,
                )
    points = {point.samples for point in run.save_points}
    checkpoints = [each for each in list_checkpoints(run.output) if each.samples in points]
    return {
        **checkpoint_result(checkpoints),
        "removed": sorted(points - {each.samples for each in checkpoints}),
        "phases": [],
        "steps": run.plan.total_steps,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(loop.tokens / seconds, 1) if seconds else 0.0,
        "threads": torch.get_num_threads(),
    }


class Loop:
    """The state of a running loop."""

    def __init__(
        self,
        run: TrainingRun,
        trainer: Trainer,
        loss: RunningLoss,
        reporter: Reporter,
        metrics: Metrics,
        saver: Saver,
    ) -> None:
        self.context = run
        self.trainer = trainer
        self.ranks = trainer.ranks
        self.loss = loss
        self.reporter = reporter
        self.metrics = metrics
        self.saver = saver
        self.tokens = 0
        """Read since the start."""
        self.samples = 0
        """Read since the start."""
        self.validation_loss: float | None = None
        """Of the present weights, if it was computed."""
        self.unread: list[StepResult] = []
        """Steps whose results are still on the device."""
        self.reported = time.monotonic() - PROGRESS_SECONDS
        self.state_due = time.monotonic() + STATE_SECONDS

    def run(self, stop_requested: Callable[[], bool]) -> None:
        """Run the remaining steps."""
        plan = self.context.plan
        points = {point.step: point for point in self.context.save_points}
        read_at = time.monotonic()
        for step in plan.steps(self.trainer.steps_done):
            result = self.trainer.run(step)
            now = time.monotonic()
            self.tokens += result.tokens
            self.samples += step.samples
            self.unread.append(result)
            done = self.trainer.steps_done
            last = done == plan.total_steps
            point = points.get(done)
            state_due = point is None and not last and now >= self.state_due
            stop, state_due = self.ranks.any(stop_requested(), state_due)
            validates = self.context.validates_after(done)
            reports = now - self.reported >= PROGRESS_SECONDS or last
            reads = reports or stop or state_due or validates or point is not None or self.ranks.device.type == "cpu"
            if reads:
                self._read(read_at, validates=validates)
            if reports:
                self.reporter.progress(plan.samples_after(done), plan.total_samples, "samples")
                self.reported = now
            self.saver.check()
            if stop or state_due or point is not None:
                self._save(point, state=not last, may_skip=not stop and point is None)
            if stop and not last:
                self.saver.finish()
                self.reporter.note("info", f"Training stopped after step {done} of {plan.total_steps}; it is saved.")
                raise KeyboardInterrupt
            if reads:
                read_at = time.monotonic()

    def _read(self, read_at: float, *, validates: bool) -> None:
        """Read, check and report the results that are still on the device, the last one with the validation loss.

        `read_at` is when the results before them were read.
        """
        for result in self.unread:
            result.check()
            self.loss.add(result.loss, result.num_loss_tokens)
        seconds = time.monotonic() - read_at
        validation = self.context.validation
        self.validation_loss = validation.loss(self.trainer) if validates and validation is not None else None
        self.metrics.report(self.unread, seconds, validation, self.validation_loss)
        self.unread.clear()

    def _save(self, point: SavePoint | None, *, state: bool, may_skip: bool) -> None:
        """Write the checkpoint of a save point, and the state to resume from."""
        context = self.context
        checkpoint = None
        if point is not None:
            checkpoint = Checkpoint(
                path=checkpoint_path(context.output, point.samples),
                samples=point.samples,
                step=point.step,
                epoch=round(context.plan.epochs_after(point.step), 4),
                loss=self.loss.mean,
                validation_loss=self.validation_loss,
            )
            self.loss.total, self.loss.tokens = 0.0, 0
        self.saver.save(checkpoint, self.loss, state=state, may_skip=may_skip)
        self.state_due = time.monotonic() + max(STATE_SECONDS, STATE_SHARE * self.saver.seconds)


@contextmanager
def stop_signals() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM or SIGINT was received inside the block, where they end nothing by themselves.

    A step is finished and saved first: an interrupted one would leave the other ranks waiting.
    """
    received = False

    def receive(_signal: int, _frame: FrameType | None) -> None:
        nonlocal received
        received = True

    before = {number: signal.signal(number, receive) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
