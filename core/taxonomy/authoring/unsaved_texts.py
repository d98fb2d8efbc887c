"""Stores texts that were unsaved when the terminal or the program ended, until their file is opened again."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core import paths
from core.files import write_atomic


class UnsavedText(NamedTuple):
    """The editor's text, and the file's content when it was last read or saved."""

    text: str
    saved: str


def _place(file: Path) -> Path:
    name = hashlib.sha256(str(file.absolute()).encode(errors="surrogateescape")).hexdigest()[:24]
    return paths.current().unsaved_dir / f"{name}.json"


def keep(file: Path, unsaved: UnsavedText) -> None:
    """Store the unsaved text of a file. Raises LabtopError."""
    write_atomic(_place(file), json.dumps(unsaved._asdict()), sync=True)


def take(file: Path) -> UnsavedText | None:
    """The stored text of a file, which is then deleted; None if there is none."""
    place = _place(file)
    with suppress(OSError, ValueError, TypeError):
        unsaved = UnsavedText(**json.loads(place.read_text(encoding="utf-8")))
        place.unlink()
        return unsaved
    return None
