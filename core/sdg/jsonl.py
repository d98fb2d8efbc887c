"""Files of JSON lines: written whole or not at all, read record by record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Replace `path` by the records, synced to the disk; returns how many they were."""
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as stream:
            for record in records:
                stream.write(json.dumps(record, ensure_ascii=False) + "\n")
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise disk_error(error, f"writing {path}") from error
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file. Raises LabtopError that names the line which is none."""
    return (record for _, record in numbered_lines(path))


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The same, with the numbers of their lines."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, _record(line, f"{path}, line {number}")
    except OSError as error:
        raise LabtopError(f"{path} cannot be read: {error.strerror}.") from error


def _record(line: bytes, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise LabtopError(f"{where}: this is no JSON record.", hint="It must be a file of JSON lines, one record each.")
    return record
