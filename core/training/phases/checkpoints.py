"""The checkpoints in a training's output folder, of labtop and of other tools."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.events import Reporter
from core.files import back_up, locked_folder
from core.training.checkpoint.marker import back_up_if_damaged
from core.training.phases.journal import JOURNAL_FILE

CHECKPOINT_NAME = re.compile(r"(?:samples|checkpoint)_(\d+)")


def find_checkpoints(folder: Path) -> list[Path]:
    """The model folders of a training output, `samples_<n>` or other tools' `checkpoint_<n>`, ordered by number."""
    found = []
    for parent in (folder / "hf_format", folder):
        for path in parent.iterdir() if parent.is_dir() else ():
            number = checkpoint_number(path)
            if number is not None and (path / "config.json").is_file():
                found.append((number, path))
    return [path for _, path in sorted(found)]


def undamaged(checkpoints: Sequence[Path], reporter: Reporter) -> list[Path]:
    """The checkpoints whose files are as they were written; others are backed up, and that is reported."""
    return [path for path in checkpoints if not back_up_if_damaged(path, reporter)]


def checkpoint_number(path: Path) -> int | None:
    """The number in a checkpoint's name: the samples that it was trained on; None for any other name."""
    match = CHECKPOINT_NAME.fullmatch(path.name)
    return int(match[1]) if match else None


def start_over(base: Path) -> None:
    """Back up an earlier training in a base folder, so that the next one starts from the beginning."""
    with locked_folder(base, "backing up a training"):
        for name in (JOURNAL_FILE, "phase1", "phase2"):
            back_up(base / name)
