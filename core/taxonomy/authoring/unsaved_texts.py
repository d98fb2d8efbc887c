"""Texts that were not saved when the terminal went away or the program was ended: kept until their file is opened."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core import paths
from core.files import write_atomic


class Kept(NamedTuple):
    """What an editor held, and what its file held when it was read or saved last."""

    text: str
    saved: str


def _place(file: Path) -> Path:
    name = hashlib.sha256(str(file.absolute()).encode(errors="surrogateescape")).hexdigest()[:24]
    return paths.current().unsaved_dir / f"{name}.json"


def keep(file: Path, kept: Kept) -> None:
    """Keep what a file's editor holds. Raises LabtopError."""
    write_atomic(_place(file), json.dumps(kept._asdict()), sync=True)


def take(file: Path) -> Kept | None:
    """What was kept of a file; it is kept no longer. None when nothing was."""
    place = _place(file)
    with suppress(OSError, ValueError, TypeError):
        kept = Kept(**json.loads(place.read_text(encoding="utf-8")))
        place.unlink()
        return kept
    return None
