"""Removing old checkpoints while a training runs: what is kept, what is never removed, and how.

Kept are the newest ones and the best one. Never removed are those that a journal or the settings name, those that are
served or linked to, and folders with files that the training did not write. An adapter goes with its checkpoint.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import paths
from core.files import PARTIAL
from core.models.contents import MARKER, recorded_files
from core.serving.registry import ServerRegistry
from core.training.arguments import JOURNAL_FILE
from core.training.checkpoint.choice import best_checkpoint
from core.training.checkpoint.marker import ADAPTERS, HF_FORMAT, Checkpoint, adapter_path, list_checkpoints
from core.training.checkpoint.state import FULL_STATE

REMOVED = ".removed"
"""The end of the hidden name that a checkpoint gets before its files are deleted."""


def remove_old_checkpoints(output: Path, keep: int) -> tuple[list[Checkpoint], dict[str, str]]:
    """Remove all but the newest `keep` checkpoints and the best one, each with its adapter.

    Returns the removed ones, and by the name of what had to stay the reason, as the rest of a sentence.
    """
    removed, stay = [], {}
    named = Named.by_user(output)
    for checkpoint in superfluous(list_checkpoints(output), keep):
        if reason := named.why_kept(checkpoint.path):
            stay[f"checkpoint {checkpoint.path.name}"] = reason
            continue
        adapter = adapter_path(checkpoint.path)  # it goes first: a checkpoint that a kill leaves is removed next time
        if adapter.is_dir() and (reason := named.why_kept(adapter)):
            stay[f"adapter {adapter.name}"] = reason
        elif adapter.is_dir():
            _remove(adapter)
        _remove(checkpoint.path)
        removed.append(checkpoint)
    return removed, stay


def _remove(folder: Path) -> None:
    hidden = folder.with_name(f".{folder.name}{REMOVED}")
    folder.rename(hidden)  # from here on it is no checkpoint
    shutil.rmtree(hidden, ignore_errors=True)


def superfluous(checkpoints: Sequence[Checkpoint], keep: int) -> list[Checkpoint]:
    """All but the newest `keep` and the best, oldest first."""
    best = best_checkpoint(checkpoints)
    ordered = sorted(checkpoints, key=lambda checkpoint: checkpoint.samples)
    return [each for each in ordered[:-keep] if each is not best]


@dataclass(frozen=True)
class Named:
    """What says which checkpoints and adapters somebody uses."""

    served: frozenset[Path]
    """The folders of the models and adapters that labtop serves on this machine."""
    linked: frozenset[Path]
    """What the links in the models folder lead to."""
    journal: str
    """The text of the journal whose phase writes here; empty without one."""
    settings: str
    """The text of the settings file; empty without one."""

    @classmethod
    def by_user(cls, output: Path) -> Named:
        """What is so now, for the checkpoints in an output folder."""
        roots = paths.current()
        served = {Path(each) for record in ServerRegistry().read() for each in (record.model, *record.adapters)}
        linked = {each for each in roots.models_dir.glob("*") if each.is_symlink()}
        return cls(
            frozenset(each.resolve() for each in served),
            frozenset(each.resolve() for each in linked),
            _text(output.parents[1] / JOURNAL_FILE),
            _text(roots.config_file),
        )

    def why_kept(self, path: Path) -> str:
        """Why a checkpoint or adapter is never removed, as the rest of a sentence; empty if it may be."""
        if path.resolve() in self.served:
            return "it is being served"
        if path.resolve() in self.linked:
            return "a link in the models folder leads to it"
        # The folder may have been moved since they were written: only the end of the path is compared.
        end = re.compile(rf"{re.escape('/'.join(path.parts[-4:]))}(?!\d)")
        if end.search(self.journal):
            return "the journal of the training in phases names it"
        if end.search(self.settings):
            return "the settings file names it"
        written = recorded_files(path)
        found = {str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir()}
        if written is None or not found <= {*written, MARKER}:
            return "it has files that the training did not write"
        return ""


def delete_leftovers(output: Path) -> None:
    """Delete what a killed training had begun to write or to remove."""
    for pattern in (f".*_[0-9]*{REMOVED}", f".*_[0-9]*{PARTIAL}"):
        for name in (HF_FORMAT, ADAPTERS, FULL_STATE):
            for hidden in (output / name).glob(pattern):
                shutil.rmtree(hidden, ignore_errors=True)


def _text(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")
    return ""
