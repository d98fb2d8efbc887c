"""What every pane is given: where things lie, which signs to draw, and what is known of the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.signal import Signal

from core.jobs.folder import JobStore
from core.jobs.observe import Observation
from core.taxonomy.rules.options import AdviceOptions
from widgets.glyphs import Glyphs


@dataclass
class Context:
    glyphs: Glyphs
    store: JobStore
    taxonomy_path: Path
    taxonomy_base: str
    """The branch or commit that changed leaves are told from."""
    lint: AdviceOptions
    """What the rules beyond the schema look for."""
    base_url: str
    """Of the endpoint to chat with, up to and including its version, as http://127.0.0.1:8000/v1."""
    model: str | None
    """To chat with; None for the first that the endpoint lists."""
    tabs: Sequence[tuple[str, str, str]]
    """Key, title and name of each pane."""
    jobs_changed: Signal[tuple[Observation, ...]]
    """Told when any job is not as it was, and each second while one runs."""
    jobs: tuple[Observation, ...] = ()
    """All of them, newest first."""

    @property
    def running(self) -> int:
        return sum(job.status in ("queued", "running", "stalled") for job in self.jobs)
