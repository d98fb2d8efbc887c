"""Files of JSON lines: written atomically, read record by record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.files import atomic_file


def write_lines(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write the records to `path` atomically and sync it; returns their number."""
    count = 0
    with atomic_file(path, sync=True, single_writer=True) as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file. Raises LabtopError that names a line without a record."""
    return (record for _, record in numbered_lines(path))


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a file with their line numbers."""
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
        raise LabtopError(
            f"{where}: this is not a JSON record.", hint="It must be a file of JSON lines, one record each."
        )
    return record
