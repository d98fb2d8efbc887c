"""How far the tokenising of a dataset is, in a sentence every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.figures import duration

FIRST_SECONDS = 2.0
"""When the first sentence is due: most datasets are done by then."""

GROWTH = 2.0
"""The pause before each further sentence is so many times longer, so that a log of a long run stays short."""

MAX_SECONDS = 30.0
"""The longest pause."""


class TokenisingProgress:
    """Counts samples and says how many are done, and how much time is left."""

    def __init__(self, total: int, note: Callable[[str], object]) -> None:
        self._total = total
        self._note = note
        self._done = 0
        self._began = time.monotonic()
        self._pause = FIRST_SECONDS
        self._due = self._began + self._pause

    def advance(self, samples: int) -> None:
        """Count tokenised samples."""
        self._done += samples
        now = time.monotonic()
        if now < self._due or not self._done:
            return
        left = (now - self._began) / self._done * max(0, self._total - self._done)
        self._note(f"Tokenised {self._done:,} of {self._total:,} samples, {duration(left)} left.")
        self._pause = min(MAX_SECONDS, self._pause * GROWTH)
        self._due = now + self._pause
