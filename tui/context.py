"""What every pane receives: paths, glyphs, the chat endpoint, and the state of all jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.signal import Signal

from core.jobs.folder import JobStore
from core.jobs.observe import Observation
from core.system.pulse import Pulse, clock_only
from core.system.sampler import MachineSampler
from core.taxonomy.rules.options import AdviceOptions
from widgets.glyphs import Glyphs

if TYPE_CHECKING:
    from core.overview.model import Overview
    from core.overview.read import OverviewReader


@dataclass
class Context:
    glyphs: Glyphs
    store: JobStore
    taxonomy_path: Path
    taxonomy_base: str
    """The branch or commit that changed leaves are compared with."""
    settings_file: Path
    lint: AdviceOptions
    """Options of the rules beyond the schema."""
    base_url: str
    """The chat endpoint's URL including its version, such as http://127.0.0.1:8000/v1."""
    model: str | None
    """The model to chat with; None for the first that the endpoint lists."""
    tabs: Sequence[tuple[str, str, str]]
    """Key, title and name of each pane."""
    jobs_changed: Signal[tuple[Observation, ...]]
    """Published when any job has changed, and each second while one runs."""
    pulse_changed: Signal[Pulse]
    """Published every few seconds."""
    bell: bool = True
    """Whether the terminal's bell rings when a job ends."""
    jobs: tuple[Observation, ...] = ()
    """All jobs, newest first."""
    pulse: Pulse = field(default_factory=clock_only)
    """How busy the machine is."""

    machine: MachineSampler = field(default_factory=MachineSampler)
    """Reads the machine for the panes that show it."""

    temperature: float | None = None
    """Of replies in the chat; None for the server's default."""
    max_tokens: int | None = None
    """The longest reply in the chat; None for the server's limit."""
    seed: int | None = None
    """Of replies in the chat; None for none."""
    chat_context: str = "default"
    """The context of new conversations: a name, or a text."""

    def use_chat_settings(self, chat: Mapping[str, Any]) -> None:
        """Take the settings of new conversations from the section `chat`."""
        self.temperature, self.max_tokens = chat["temperature"], chat["max_tokens"]
        self.seed, self.chat_context = chat["seed"], chat["context"]

    @cached_property
    def overview(self) -> OverviewReader:
        """The state of the method's steps; all panes share what it has read."""
        from core.overview.read import OverviewReader  # what it needs is imported when it is first used

        return OverviewReader(self.store)

    def read_overview(self) -> Overview:
        """The overview as it is now. Call it in a thread."""
        from core.overview.read import Sources

        return self.overview.read(Sources(self.taxonomy_path, self.taxonomy_base, self.lint), self.jobs)

    @property
    def running(self) -> int:
        return sum(job.status in ("queued", "running", "stalled") for job in self.jobs)
