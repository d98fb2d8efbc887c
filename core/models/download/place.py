"""Where a download is stored until it is complete, and how it replaces the older version."""

from __future__ import annotations

import ctypes
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError, disk_error
from core.figures import size
from core.files import back_up, sync_folder
from core.models.download.record import read_record

UNFINISHED = ".downloads"
"""Folder below the models folder."""

SPARE = 100_000_000
"""Bytes that must remain free on the disk."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Place:
    """The folders of one download."""

    target: Path
    """The model."""
    unfinished: Path
    """Everything until the model is complete; a resumed download continues here."""

    @classmethod
    def of(cls, models_dir: Path, name: str) -> Place:
        return cls(models_dir / name, models_dir / UNFINISHED / name.replace("/", "--"))

    @property
    def files(self) -> Path:
        """The model's files."""
        return self.unfinished / "files"

    @property
    def layout(self) -> Path:
        """The blobs of an OCI registry."""
        return self.unfinished / "oci"


def bytes_below(folder: Path) -> int:
    """Bytes of all files below a folder; a file with several names counts once."""
    found: dict[int, int] = {}
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                state = os.stat(os.path.join(path, name))  # noqa: PTH116, PTH118 - called twice a second
            except OSError:  # renamed meanwhile
                continue
            found[state.st_ino] = state.st_size
    return sum(found.values())


def require_space(folder: Path, needed: int) -> None:
    """Raise LabtopError if a folder's disk has less than `needed` bytes free, and a reserve."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed + SPARE:
        raise LabtopError(
            f"The download needs {size(needed)}, and {size(free)} are free on the disk of {folder}.",
            hint="Free some space, or use another disk with --model-dir.",
            code="disk-full",
            job_command="resume",
        )


def put_in_place(place: Place) -> Path | None:
    """Make the complete files the model, in one step; an older version stays until then.

    A folder that labtop did not download is kept as a backup, whose path is returned. Raises LabtopError.
    """
    kept = None
    try:
        _sync(place.files)
        place.target.parent.mkdir(parents=True, exist_ok=True)
        if place.target.exists() and read_record(place.target) is None:
            kept = back_up(place.target)
        if place.target.exists():
            _exchange(place.files, place.target)
        else:
            place.files.rename(place.target)
        sync_folder(place.target.parent)
    except OSError as error:
        raise disk_error(error, f"putting the model into {place.target}") from error
    shutil.rmtree(place.unfinished, ignore_errors=True)
    return kept


def _sync(folder: Path) -> None:
    for path, _, names in os.walk(folder):
        for name in names:
            with Path(path, name).open("rb") as stream:
                os.fsync(stream.fileno())
        sync_folder(Path(path))


def _exchange(new: Path, old: Path) -> None:
    """Swap two folders in one step; where the file system cannot, in two renames."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is not None and not rename(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE):
        return
    aside = new.with_name("older")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
