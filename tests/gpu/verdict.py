"""What a figure says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Measured values."""

    good: bool | None
    """Whether they are as expected; None where that cannot be said."""
    values: dict[str, Any]

    @property
    def verdict(self) -> str:
        return "measured" if self.good is None else "good" if self.good else "bad"


class SkippedError(Exception):
    """A figure that this machine cannot measure, with the reason."""
