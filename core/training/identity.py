"""Digests of the files that a training starts from, to compare trainings."""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.errors import disk_error


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error


def model_digest(folder: Path) -> bytes:
    """SHA-256 of the names and contents of a model folder's files, without hidden ones."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.is_file() and not file.name.startswith("."):
            digest.update(file.name.encode())
            digest.update(file_digest(file))
    return digest.digest()
