"""The symbols of the workbench, and ASCII replacements for terminals and fonts without them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """One set of symbols, each one cell wide."""

    ascii_only: bool
    status: Mapping[str, str]
    """Symbols of jobs and stages, by status."""
    bar_full: str
    bar_empty: str
    ellipsis: str
    error: str
    warning: str
    folder_open: str
    folder_closed: str
    knowledge: str
    skill: str
    foundational: str
    file: str
    changed: str
    """Marks unsaved text."""
    left: str
    """The rule at the left of a quoted block."""


UNICODE = Glyphs(
    ascii_only=False,
    status={
        "waiting": "·",
        "queued": "○",
        "running": "▶",
        "stalled": "!",
        "stopping": "■",
        "succeeded": "✓",
        "failed": "✗",
        "cancelled": "■",
        "lost": "?",
    },
    bar_full="━",
    bar_empty="╌",
    ellipsis="…",
    error="✗",
    warning="▲",
    folder_open="▾",
    folder_closed="▸",
    knowledge="◆",
    skill="◇",
    foundational="◈",
    file="·",
    changed="●",
    left="│",
)

ASCII = Glyphs(
    ascii_only=True,
    status={
        "waiting": ".",
        "queued": "o",
        "running": ">",
        "stalled": "!",
        "stopping": "#",
        "succeeded": "+",
        "failed": "x",
        "cancelled": "#",
        "lost": "?",
    },
    bar_full="=",
    bar_empty="-",
    ellipsis="~",
    error="E",
    warning="W",
    folder_open="-",
    folder_closed="+",
    knowledge="K",
    skill="S",
    foundational="F",
    file=".",
    changed="*",
    left="|",
)

STATUS_STYLES: Mapping[str, str] = {
    "waiting": "$foreground-muted",
    "queued": "$foreground-muted",
    "running": "$text-primary",
    "stalled": "$text-warning",
    "stopping": "$text-warning",
    "succeeded": "$text-success",
    "failed": "$text-error",
    "cancelled": "$text-warning",
    "lost": "$text-error",
}
"""Colours only support the word and never carry meaning alone."""
