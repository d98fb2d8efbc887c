"""Values from files that may be damaged: what is missing or has the wrong type is None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.events import HUGE
from core.overview.model import Figure


def part(data: Any, *names: str) -> Any:
    """The value below these names, one inside the other; None where one is missing."""
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def text(data: Any, *names: str) -> str | None:
    value = part(data, *names)
    return value if isinstance(value, str) and value else None


def number(data: Any, *names: str) -> float | None:
    value = part(data, *names)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < HUGE
    return value if usable else None


def rows(data: Any, *names: str) -> list[Mapping[str, Any]]:
    """The objects in a list."""
    value = part(data, *names)
    is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return [row for row in value if isinstance(row, Mapping)] if is_list else []


def figure(data: Any, *, questions: str = "questions") -> Figure | None:
    """A score with its standard error."""
    score = number(data, "score")
    if score is None:
        return None
    asked = number(data, questions)
    return Figure(score, number(data, "stderr"), None if asked is None else int(asked))
