"""The signs that stand beside words, and their plain ASCII twins for terminals and fonts that have no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """One set of signs, each one cell wide."""

    ascii_only: bool
    status: Mapping[str, str]
    """Of jobs and stages, by status word."""
    bar_full: str
    bar_empty: str
    ellipsis: str
    error: str
    warning: str
    folder_open: str
    folder_closed: str
    knowledge: str
    skill: str
    file: str
    changed: str
    """For text that is not saved."""
    left: str
    """For the rule at the left of a quoted block."""


UNICODE = Glyphs(
    ascii_only=False,
    status={
        "waiting": "·",
        "queued": "○",
        "running": "▶",
        "stalled": "!",
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
    file=".",
    changed="*",
    left="|",
)

STATUS_STYLES: Mapping[str, str] = {
    "waiting": "$foreground-muted",
    "queued": "$foreground-muted",
    "running": "$text-primary",
    "stalled": "$text-warning",
    "succeeded": "$text-success",
    "failed": "$text-error",
    "cancelled": "$text-warning",
    "lost": "$text-error",
}
"""Colours only support the word; none stands alone."""
