"""When and how a run's checkpoints and states are written: while training continues, where host memory allows it.

A copy of the weights and the optimizer is made at the end of a step, which is all that training waits for; a thread in
each rank writes it. A small state, and that of DeepSpeed, is written at once.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

import torch

from core.errors import LabtopError
from core.events import Reporter
from core.figures import size
from core.system.host import read_memory
from core.training.checkpoint.background import BackgroundWrite
from core.training.checkpoint.export import RunningLoss, copy_for_export, write_checkpoint
from core.training.checkpoint.marker import Checkpoint
from core.training.checkpoint.retention import delete_leftovers, remove_old_checkpoints
from core.training.checkpoint.state import take_snapshot, write_state
from core.training.context import TrainingRun
from core.training.engine.ranks import Ranks
from core.training.engine.single import STATE_BYTES
from core.training.engine.trainer import Trainer

SMALL_BYTES = 16 << 20
"""A smaller state is written at once: a thread would take more time from training than the write does."""

MEMORY_SHARE = 0.8
"""The share of the available host memory that copies may take."""


class Saver:
    """Writes checkpoints and states of a run, one after the other."""

    def __init__(self, run: TrainingRun, trainer: Trainer, precision: torch.dtype, reporter: Reporter) -> None:
        self.run = run
        self.trainer = trainer
        self.ranks = trainer.ranks
        self.precision = precision
        self.reporter = reporter
        self._pending: BackgroundWrite | None = None
        self._checkpoint: Checkpoint | None = None
        """What is being written."""
        self._background_ranks: Ranks | None = None
        self._warned = False
        """Whether it was reported that the disk has no space for a state."""
        self._stay: set[str] = set()
        """Checkpoints and adapters that were reported to stay."""
        self.seconds = 0.0
        """What the last write took."""
        self.waited = 0.0
        """Seconds that training has waited for writes."""

    def __enter__(self) -> Saver:
        if self.ranks.is_first:
            delete_leftovers(self.run.output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """What is being written is completed, also when training ends with an error."""
        if self._pending is not None and error is not None:
            try:
                self._pending.wait()
            except BaseException as failed:
                error.add_note(f"The write in the background failed, too: {failed}")

    def save(self, checkpoint: Checkpoint | None, loss: RunningLoss, *, state: bool, may_skip: bool = False) -> None:
        """Write a checkpoint, the state to resume from, or both, as they are now.

        All ranks call it at the end of the same step. Raises LabtopError when this write or the one before it fails,
        and when the disk has too little space; a state that `may_skip` is then not written, with a warning.
        """
        self.finish()
        began = time.monotonic()
        if not self._has_room(checkpoint, state=state, may_skip=may_skip):
            return
        copy = self._copies(checkpoint)
        write = self._prepare(checkpoint, loss if state else None, copy=copy)
        self._checkpoint = checkpoint
        if copy:
            self._background_ranks = self._background_ranks or self.ranks.with_separate_group()
            background = self._background_ranks
            self._pending = BackgroundWrite(lambda: write(background))
        else:
            write(self.ranks)
            self.seconds = time.monotonic() - began
            self._report()
        self.waited += time.monotonic() - began

    def check(self) -> None:
        """At the end of a step: report a write that is done. Raises what it raised."""
        if self._pending is not None and self._pending.done:
            self.finish()

    def finish(self) -> None:
        """Wait for the write that was begun. Raises what it raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            began = time.monotonic()
            pending.wait()
            self.waited += time.monotonic() - began
            self.seconds = pending.seconds
            self._report()

    def _has_room(self, checkpoint: Checkpoint | None, *, state: bool, may_skip: bool) -> bool:
        """Whether the disk has the space. Raises LabtopError if it has not, unless the write may be skipped."""
        error: LabtopError | None = None
        if self.ranks.is_first:
            error = self._space_error(checkpoint, state=state)
        error = self.ranks.from_first(error)
        if error is None:
            return True
        if not may_skip:
            raise error
        if not self._warned:
            self.reporter.note("warning", f"{error.message} A stopped training resumes from an earlier step.")
            self._warned = True
        return False

    def _space_error(self, checkpoint: Checkpoint | None, *, state: bool) -> LabtopError | None:
        model = self.trainer.model
        needed = 0
        if checkpoint is not None and not checkpoint.path.exists():
            needed += model.num_parameters() * self.precision.itemsize
        if state:
            needed += STATE_BYTES * model.num_parameters(only_trainable=True)
        free = shutil.disk_usage(self.run.output).free
        if needed <= free:
            return None
        what = "state" if checkpoint is None else "checkpoint and the state" if state else "checkpoint"
        return LabtopError(
            f"The disk is too full to save the {what} of step {self.trainer.steps_done}: {size(needed)} are needed in "
            f"{self.run.output}, and {size(free)} are free.",
            hint="Free some space (df -h shows where), or keep fewer checkpoints with --keep-checkpoints.",
            code="disk-full",
            job_command="resume",
        )

    def _remove_old(self) -> None:
        """Remove the checkpoints that are not kept, and report which ones."""
        keep = self.run.settings.keep_checkpoints
        if keep is None or not self.ranks.is_first:
            return
        removed, stay = remove_old_checkpoints(self.run.output, keep)
        for each in removed:
            self.reporter.note("info", f"The checkpoint {each.path.name} was removed: --keep-checkpoints is {keep}.")
        for name, reason in stay.items():
            if name not in self._stay:
                self._stay.add(name)
                self.reporter.note("info", f"The {name} is kept, besides the newest {keep}: {reason}.")

    def _copies(self, checkpoint: Checkpoint | None) -> bool:
        """Whether all ranks write a copy, because it fits into host memory and the state is not small."""
        mine = self.trainer.backend.copy_bytes()
        if mine is None:
            return False
        exported = self.trainer.model.num_parameters() * self.precision.itemsize if checkpoint is not None else 0
        needed = mine * self.run.settings.nproc_per_node + exported
        no_room = needed > MEMORY_SHARE * read_memory().available
        is_large = mine + exported >= SMALL_BYTES
        no_room, is_large = self.ranks.any(no_room, is_large)
        return is_large and not no_room

    def _prepare(
        self, checkpoint: Checkpoint | None, loss: RunningLoss | None, *, copy: bool
    ) -> Callable[[Ranks], None]:
        """The function that writes: of copies made here, or of what the trainer has."""
        run, model = self.run, self.trainer.model
        tensors = {} if checkpoint is None else self.trainer.backend.export()
        if copy and tensors:
            tensors = copy_for_export(model, tensors, self.precision)
        snapshot = None if loss is None else take_snapshot(self.trainer, replace(loss), run.identity, copy=copy)

        def write(ranks: Ranks) -> None:
            if checkpoint is not None and ranks.is_first:
                write_checkpoint(checkpoint, model, tensors, run.tokenizer, self.precision, run.dataset.end_token)
            ranks.wait()
            if snapshot is not None:
                write_state(run.output, snapshot, ranks)

        return write

    def _report(self) -> None:
        """Report the checkpoint that was written."""
        checkpoint, self._checkpoint = self._checkpoint, None
        if checkpoint is None:
            return
        scored = checkpoint.validation_loss
        self.reporter.artifact(
            "checkpoint",
            str(checkpoint.path),
            size=sum(file.stat().st_size for file in checkpoint.path.iterdir()),
            samples=checkpoint.samples,
            step=checkpoint.step,
            epoch=checkpoint.epoch,
            loss=round(checkpoint.loss, 4),
            **({} if scored is None else {"validation_loss": scored}),
        )
        self._remove_old()
