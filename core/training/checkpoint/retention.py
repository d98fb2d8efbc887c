"""Removing old checkpoints while a training runs: what is kept, what is never removed, and how.

Kept are the newest ones and the best one. Never removed are those that a journal names, those that are served, and
folders with files that the training did not write.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from core.files import PARTIAL
from core.serving.registry import ServerRegistry
from core.training.arguments import JOURNAL_FILE
from core.training.checkpoint.choice import best_checkpoint
from core.training.checkpoint.export import ADAPTERS, HF_FORMAT, MARKER, Checkpoint, list_checkpoints
from core.training.checkpoint.state import FULL_STATE

REMOVED = ".removed"
"""The end of the hidden name that a checkpoint gets before its files are deleted."""


def remove_old_checkpoints(output: Path, keep: int) -> tuple[list[Checkpoint], dict[str, str]]:
    """Remove all but the newest `keep` checkpoints and the best one.

    Returns the removed ones, and by the name of those that had to stay the reason, as the rest of a sentence.
    """
    removed, stay = [], {}
    served = served_models()
    journal = _journal_of(output)
    for checkpoint in superfluous(list_checkpoints(output), keep):
        if reason := why_kept(checkpoint.path, served, journal):
            stay[checkpoint.path.name] = reason
            continue
        hidden = checkpoint.path.with_name(f".{checkpoint.path.name}{REMOVED}")
        checkpoint.path.rename(hidden)  # from here on it is no checkpoint
        shutil.rmtree(hidden, ignore_errors=True)
        removed.append(checkpoint)
    return removed, stay


def superfluous(checkpoints: Sequence[Checkpoint], keep: int) -> list[Checkpoint]:
    """All but the newest `keep` and the best, oldest first."""
    best = best_checkpoint(checkpoints)
    ordered = sorted(checkpoints, key=lambda checkpoint: checkpoint.samples)
    return [each for each in ordered[:-keep] if each is not best]


def why_kept(path: Path, served: Iterable[Path], journal: str) -> str:
    """Why a checkpoint is never removed, as the rest of a sentence; empty if it may be."""
    if path.resolve() in served:
        return "it is being served"
    # The folder may have been moved since the journal was written: only the end of the path is compared.
    if re.search(rf"{re.escape('/'.join(path.parts[-4:]))}(?!\d)", journal):
        return "the journal of the training in phases names it"
    written = _written_files(path)
    if written is None or not {str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir()} <= written:
        return "it has files that the training did not write"
    return ""


def served_models() -> set[Path]:
    """The folders of the models that labtop serves on this machine."""
    return {Path(record.model).resolve() for record in ServerRegistry().read()}


def delete_leftovers(output: Path) -> None:
    """Delete what a killed training had begun to write or to remove."""
    for pattern in (f".*_[0-9]*{REMOVED}", f".*_[0-9]*{PARTIAL}"):
        for name in (HF_FORMAT, ADAPTERS, FULL_STATE):
            for hidden in (output / name).glob(pattern):
                shutil.rmtree(hidden, ignore_errors=True)


def _written_files(path: Path) -> set[str] | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        return set(json.loads((path / MARKER).read_text())["files"])
    return None


def _journal_of(output: Path) -> str:
    """The text of the journal whose phase writes here; empty without one."""
    with suppress(OSError, UnicodeDecodeError):
        return (output.parents[1] / JOURNAL_FILE).read_text(encoding="utf-8")
    return ""
