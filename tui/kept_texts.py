"""Texts that were not saved when the terminal went away or the program was ended: kept until their file is opened."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from core import paths
from core.files import write_atomic


def _place(file: Path) -> Path:
    name = hashlib.sha256(str(file.absolute()).encode(errors="surrogateescape")).hexdigest()[:24]
    return paths.current().unsaved_dir / name


def keep(file: Path, text: str) -> None:
    """Keep what a file's editor holds. Raises LabtopError."""
    write_atomic(_place(file), text, sync=True)


def take(file: Path) -> str | None:
    """What was kept of a file; it is kept no longer. None when nothing was."""
    place = _place(file)
    with suppress(OSError, UnicodeDecodeError):
        text = place.read_text(encoding="utf-8")
        place.unlink()
        return text
    return None
