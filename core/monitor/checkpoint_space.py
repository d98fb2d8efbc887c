"""Whether the disk has room for the checkpoints of the running or the next training."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.config.options.train import TrainOptions
from core.errors import LabtopError
from core.figures import binary_size
from core.jobs.observe import ENDED, Observation
from core.models.weights import model_size
from core.monitor.coming_training import ComingTraining, coming_trainings, next_trainings
from core.system.host import read_disks

STATE_BYTES = 12
"""Per parameter in the state to resume from: the weights and AdamW's two moments, each in float32."""

READ_SECONDS = 10.0
"""Between two looks at the disk and the settings."""


@dataclass(frozen=True)
class CheckpointSpace:
    """What the coming checkpoints need, and what their disk has."""

    job: str | None
    """The running job that writes them; None for the next training of the settings."""
    folder: Path
    """Where the first of them is written."""
    checkpoints: int
    """Still to be written."""
    needed: int
    """Bytes, of the checkpoints and of the state to resume from."""
    free: int
    """Bytes."""

    @property
    def fits(self) -> bool:
        return self.needed <= self.free

    @property
    def sentence(self) -> str:
        """Such as `75 GiB free, the coming 4 checkpoints need about 54 GiB`."""
        many = f"{self.checkpoints} checkpoints need" if self.checkpoints > 1 else "checkpoint needs"
        needed, free = binary_size(self.needed), binary_size(self.free)
        if self.fits:
            return f"{free} free, the coming {many} about {needed}"
        return f"{free} free, but the coming {many} about {needed}: {binary_size(self.needed - self.free)} short"


def space_for(trainings: Sequence[ComingTraining], job: str | None = None) -> CheckpointSpace | None:
    """The space for these trainings; None if there are none, or the size of their model is unknown."""
    needed = 0
    for training in trainings:
        size = model_size(training.model)
        if size is None:
            return None
        needed += training.checkpoints * size.bytes
    if not trainings:
        return None
    first = trainings[0]
    size = model_size(first.model)
    if size is None:
        return None
    # Two states are kept, and a third is complete before the oldest is removed; all are removed at a phase's end.
    if not first.adapters:
        needed += STATE_BYTES * size.parameters * (2 if first.has_state else 3)
    disks = read_disks([first.folder])
    if not disks:
        return None
    return CheckpointSpace(job, first.folder, sum(each.checkpoints for each in trainings), needed, disks[0].free)


class CheckpointSpaceReader:
    """Reads the space again and again, the disk only every few seconds."""

    def __init__(self, settings: Callable[[], TrainOptions]) -> None:
        """`settings` reads the section `train` of the settings; it may raise LabtopError."""
        self._settings = settings
        self._space: CheckpointSpace | None = None
        self._due = 0.0

    def read(self, jobs: Sequence[Observation]) -> CheckpointSpace | None:
        """For the newest running job that trains, else for the next training; None if nothing is known."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + READ_SECONDS
            self._space = self._read(jobs)
        return self._space

    def _read(self, jobs: Sequence[Observation]) -> CheckpointSpace | None:
        for job in jobs:
            if job.status in ENDED or job.elsewhere is not None:
                continue
            with suppress(LabtopError, OSError):
                space = space_for(coming_trainings(job), job.spec.id)
                if space is not None:
                    return space
        with suppress(LabtopError, OSError):
            return space_for(next_trainings(self._settings()))
        return None
