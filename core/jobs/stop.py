"""Requests to stop: files in a job's `control/`, which the runner and the workers check for."""

from __future__ import annotations

import time
from pathlib import Path

CANCEL = "cancel"
CANCEL_NOW = "cancel-now"

CHECK_SECONDS = 0.1
"""Between two checks of the disk, however often a worker asks: a step of a small model takes less."""


class StopRequest:
    """Whether a job was asked to stop; a request is never withdrawn."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self._made = False
        self._next_check = 0.0

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self._made and now >= self._next_check:
            self._next_check = now + CHECK_SECONDS
            self._made = (self._control / CANCEL).exists() or (self._control / CANCEL_NOW).exists()
        return self._made
