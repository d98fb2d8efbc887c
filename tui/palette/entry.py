"""One line of the palette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """What it is called, and what it does."""

    name: str
    """With a namespace, such as `jobs: Stop` or `leaf: knowledge/animals/cats`."""
    help: str
    run: Callable[[], Awaitable[object] | object]
    key: str = ""
    """The key that does the same, as it is displayed."""
    available: bool = True
    """Whether it would do something now."""
