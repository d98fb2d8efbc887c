"""Reports that a job has ended, also when another window is in front: message, bell and terminal title."""

from __future__ import annotations

import os

from textual.app import App

from core.jobs.ended import ending_of, newly_ended, title_of
from core.jobs.observe import Observation
from core.terminal import has_title
from tui.context import Context

SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
"""Put the window's title on the terminal's stack, and take it from there (xterm's window manipulation)."""

SHOWN_SECONDS = 8.0
"""How long the message about a job is shown."""


class JobEnds(App[object], inherit_bindings=False):
    """Compares the jobs with those before, each time they have changed."""

    context: Context
    _jobs_before: tuple[Observation, ...] = ()
    _title_shown: str | None = None

    def watch_ends(self) -> None:
        """Start; jobs that have ended before are not reported."""
        self._jobs_before = self.context.jobs
        self.context.jobs_changed.subscribe(self, self._report_ends)
        self._show_title()

    def _report_ends(self, jobs: tuple[Observation, ...]) -> None:
        ended = newly_ended(self._jobs_before, jobs)
        self._jobs_before = jobs
        self._show_title()
        endings = [ending_of(job) for job in ended]
        for number, ending in enumerate(endings):
            # Each message replaces the one before it, so the last one holds all that ended together.
            earlier = "".join(f"{other.title}.\n" for other in endings[:number])
            text = f"{earlier}{ending.message}"
            self.notify(text, title=ending.title, severity=ending.severity, timeout=SHOWN_SECONDS, markup=False)
        if ended and self.context.bell:
            self.bell()

    def _show_title(self) -> None:
        title = title_of(self.context.running)
        if title != self._title_shown and has_title(os.environ):
            first = SAVE_TITLE if self._title_shown is None else ""
            self._title_shown = title
            self._write(f"{first}\x1b]2;{title}\x07")

    @property
    def title_changed(self) -> bool:
        """Whether the terminal's own title has to be restored at the end."""
        return self._title_shown is not None

    def _write(self, sequence: str) -> None:
        # Textual has no public way to write a sequence in order with its own output.
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
