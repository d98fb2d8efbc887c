"""What the files of a checkpoint were when they were written, by which one that was damaged later is found.

A training writes `checkpoint.json` last into a checkpoint and into a LoRA adapter. Its `files` has a record of every
other file. Other models have no such file, and nothing is known about theirs.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.files import read_regular

MARKER = "checkpoint.json"

MAX_MARKER_BYTES = 1 << 24

READ_BYTES = 1 << 24

FileRecord = tuple[int, int, int]
"""Size in bytes, CRC-32, and time of modification in nanoseconds."""


def checksum(file: Path) -> tuple[int, int]:
    """Size and CRC-32 of a file. Raises OSError."""
    size = value = 0
    with file.open("rb") as stream:
        while block := stream.read(READ_BYTES):
            size += len(block)
            value = zlib.crc32(block, value)
    return size, value


def record_files(folder: Path) -> dict[str, FileRecord]:
    """The records of the files that a folder has, by their paths in it."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): (*checksum(file), file.stat().st_mtime_ns) for file in files}


def recorded_files(folder: Path) -> Mapping[str, FileRecord] | None:
    """The records in a folder's marker; None without a valid marker."""
    try:
        files = json.loads(read_regular(folder / MARKER, MAX_MARKER_BYTES))["files"]
        return {name: (int(size), int(value), int(time)) for name, (size, value, time) in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def find_damage(folder: Path, *, contents: bool) -> str:
    """What is wrong with the first file that is not as it was written, as a clause; empty if nothing is.

    With `contents` a file that was modified since is read and its checksum compared. JSON that a person has edited is
    accepted while it is still JSON.
    """
    for name, record in (recorded_files(folder) or {}).items():
        if damage := _damage(folder / name, record, contents=contents):
            return f"{name} {damage}"
    return ""


def _damage(file: Path, record: FileRecord, *, contents: bool) -> str:
    size, value, time = record
    try:
        state = file.stat()
        if (state.st_size, state.st_mtime_ns) == (size, time):
            return ""
        if file.suffix == ".json":
            return "" if _is_json(file) else f"is no longer JSON, and has {state.st_size} bytes instead of {size}"
        if state.st_size != size:
            return f"has {state.st_size} bytes instead of {size}"
        return "has other contents than were written" if contents and checksum(file)[1] != value else ""
    except OSError as error:
        return "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return False
    return True


def check_written(folder: Path, *, contents: bool) -> None:
    """Raises LabtopError for a checkpoint or adapter with a file that is not as it was written."""
    if damage := find_damage(folder, contents=contents):
        raise LabtopError(
            f"{folder} is damaged: {damage}.",
            hint="Use another checkpoint (labtop model list --checkpoints), or start the same training again, which "
            f"backs this one up. If you changed the file yourself, delete {MARKER} in the folder.",
            code="damaged-checkpoint",
        )


def marker_text(record: Mapping[str, Any], folder: Path) -> str:
    """The text of a marker with `record`, for the files that are in the folder."""
    return json.dumps({**record, "files": record_files(folder)}, indent=1)
