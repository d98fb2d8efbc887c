"""Progress of fetching, on stderr: in place on a terminal, as occasional lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SPARSE_SECONDS = 10.0
"""Seconds between two lines of progress where they cannot be written in place."""


class Fetching:
    """Shows what is being fetched. On a terminal the clock advances even while a server sends nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._last = 0.0

    def __enter__(self) -> Fetching:
        return self

    def __exit__(self, *details: object) -> None:
        self.pause()

    def begin(self, sentence: str) -> None:
        """Announce what is fetched, or waited for, next."""
        if self._quiet:
            return
        self.pause()
        click.secho(f"{sentence} …", dim=True, err=True)
        self._last = time.monotonic()
        if self._live:
            self._progress = _new_progress()
            self._task = self._progress.add_task("")
            self._progress.start()

    def update(self, words: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=words)
        elif not self._quiet and time.monotonic() - self._last >= SPARSE_SECONDS:
            self._last = time.monotonic()
            click.secho(f"  {words}", dim=True, err=True)

    def pause(self) -> None:
        """Remove the progress line, so that something else can be printed."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _new_progress() -> Progress:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn("line"), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4)
