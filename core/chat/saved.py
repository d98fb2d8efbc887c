"""The conversations saved in a folder, by their first question."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.printable import printable

MAX_BYTES = 4_000_000
"""Larger files are not read for a title."""


@dataclass(frozen=True)
class SavedSession:
    """One conversation."""

    file: Path
    title: str
    """The first question on one line; empty if nothing was asked."""
    modified: float
    """Seconds since 1970."""


def list_sessions(folder: Path, limit: int = 500) -> tuple[SavedSession, ...]:
    """The newest conversations, the newest first; files that hold none are left out."""
    dated: list[tuple[float, Path]] = []
    try:
        files = list(folder.glob("*.json"))
    except OSError:
        return ()
    for file in files:
        with suppress(OSError):  # removed meanwhile, or a link to nothing
            state = file.stat()
            if state.st_size <= MAX_BYTES and stat.S_ISREG(state.st_mode):  # reading a pipe would never end
                dated.append((state.st_mtime, file))
    dated.sort(reverse=True)
    found: list[SavedSession] = []
    for modified, file in dated:
        title = _title(file) if len(found) < limit else None
        if title is not None:
            found.append(SavedSession(file, title, modified))
    return tuple(found)


def _title(file: Path) -> str | None:
    """The first question, or None if the file holds no conversation."""
    try:
        turns = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return None
    asked = next((turn.get("content") for turn in turns if turn.get("role") == "user"), "")
    return printable(" ".join(asked.split())) if isinstance(asked, str) else None
