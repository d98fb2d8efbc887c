"""Digests of the contents of models and other files, which identify them whatever their paths are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from core.errors import disk_error
from core.files import write_atomic

MAX_KNOWN = 2_000
"""Files whose digests are remembered."""


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file's content."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error


def model_digest(folder: Path) -> bytes:
    """SHA-256 of the names and contents of a model folder's files, without hidden ones."""
    return _combined({file: file_digest(file) for file in model_files(folder)})


def known_model_digest(folder: Path, memory: Path) -> bytes:
    """`model_digest`, with the digests of unchanged files from the file `memory`: reading 15 GB takes a minute.

    A file is unchanged if its path, device, inode, size and time of modification are the same.
    """
    known = _read(memory)
    digests, learned = {}, False
    for file in model_files(folder):
        stat = file.stat()
        key = f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}:{file.resolve()}"
        if key not in known:
            known[key] = file_digest(file).hex()
            learned = True
        digests[file] = bytes.fromhex(known[key])
    if learned:
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(memory, json.dumps(dict(list(known.items())[-MAX_KNOWN:])))
    return _combined(digests)


def model_files(folder: Path) -> list[Path]:
    """The files of a model folder by name, without hidden ones."""
    files = sorted(folder.iterdir()) if folder.is_dir() else ()
    return [file for file in files if file.is_file() and not file.name.startswith(".")]


def _combined(digests: dict[Path, bytes]) -> bytes:
    digest = hashlib.sha256()
    for file, own in digests.items():
        digest.update(file.name.encode())
        digest.update(own)
    return digest.digest()


def _read(memory: Path) -> dict[str, str]:
    """What the file remembers; nothing if it is missing or damaged."""
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
        return {key: value for key, value in known.items() if len(bytes.fromhex(value)) == hashlib.sha256().digest_size}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
