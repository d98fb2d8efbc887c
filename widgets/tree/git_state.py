"""A symbol, a word and a colour for each git state of a leaf."""

from __future__ import annotations

from collections.abc import Mapping

SIGNS: Mapping[str, str] = {"untracked": "?", "modified": "M", "staged": "+", "deleted": "D", "conflicted": "!"}
"""Git's own letters; an unchanged leaf has none."""

WORDS: Mapping[str, str] = {
    "untracked": "new to git",
    "modified": "modified",
    "staged": "staged",
    "deleted": "deleted",
    "conflicted": "in conflict",
    "clean": "committed",
}

STYLES: Mapping[str, str] = {
    "untracked": "$text-accent",
    "modified": "$text-warning",
    "staged": "$text-success",
    "deleted": "$text-error",
    "conflicted": "$text-error",
    "clean": "$foreground-muted",
}
