"""What a form returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.commands.request import JobRequest


@dataclass(frozen=True)
class Filled:
    """A form that was sent."""

    request: JobRequest | None
    """The job to start; None for the chat, which is no job."""
    options: Any = None
    """The options of the chat."""
    notes: tuple[str, ...] = ()
    """What the user should know about the options."""
