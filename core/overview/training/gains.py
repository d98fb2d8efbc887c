"""What a training gained and lost against the model that it began with, from its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.overview.values import number, rows, text


@dataclass(frozen=True)
class Gain:
    """The scores of both models on one benchmark."""

    benchmark: str
    base: float
    tuned: float
    difference: float
    stderr: float | None = None
    """Of the difference."""
    verdict: str = ""
    """`gained`, `lost`, or that they are alike."""

    @property
    def is_share(self) -> bool:
        """Whether the scores are shares of questions."""
        return 0 <= self.base <= 1 and 0 <= self.tuned <= 1


def gains(result: Mapping[str, Any] | None) -> tuple[Gain, ...]:
    """One for each benchmark; empty if the models were not compared."""
    found = []
    for row in rows(result, "comparison"):
        base, tuned, difference = (number(row, name) for name in ("base", "tuned", "difference"))
        name = text(row, "benchmark")
        if name is not None and base is not None and tuned is not None and difference is not None:
            found.append(Gain(name, base, tuned, difference, number(row, "stderr"), text(row, "verdict") or ""))
    return tuple(found)
