"""The datasets on this machine, and their records as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.sdg.datasets.jsonl import read_lines

_DATASET = re.compile(
    r"(?:knowledge_train_msgs|skills_train_msgs|messages|train|test)_(?:.+_)?(\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d)\.jsonl"
)
"""InstructLab's names; older releases put the teacher's name before the time."""


@dataclass(frozen=True)
class Dataset:
    """One file of records."""

    path: Path
    created: str
    """When its run started, as in 2024-08-13T20:54:21."""
    size: int
    """Bytes."""
    rows: int


def find_datasets(folder: Path) -> list[Dataset]:
    """The datasets below a folder, the newest run first."""
    if not folder.is_dir():
        raise LabtopError(
            f"There is no folder {folder}.",
            hint="labtop data generate creates datasets; --dataset-dirs names another folder.",
        )
    found = []
    for path in folder.rglob("*.jsonl"):
        if (created := created_at(path)) and path.is_file():
            found.append(Dataset(path, created, path.stat().st_size, count_lines(path)))
    return sorted(sorted(found, key=lambda item: str(item.path)), key=lambda item: item.created, reverse=True)


def created_at(path: Path) -> str | None:
    """When the run of a dataset started, by the file's name; None if it is not a dataset."""
    match = _DATASET.fullmatch(path.name)
    if match is None:
        return None
    day, _, clock = match[1].partition("T")
    return f"{day}T{clock.replace('_', ':')}"


def count_lines(path: Path) -> int:
    """The lines of a file, without reading them as records. Raises LabtopError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
    except OSError as error:
        raise LabtopError(f"{path} cannot be read: {error.strerror}.") from error


def read_records(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The first records of a dataset."""
    return islice(read_lines(path), limit)


def turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    """The roles and texts of a record in any of the formats; other fields by their names."""
    messages = record.get("messages")
    if isinstance(messages, list):
        return [
            (str(message.get("role", "?")), str(message.get("content", "")))
            for message in messages
            if isinstance(message, dict)
        ]
    return [(name, value if isinstance(value, str) else repr(value)) for name, value in record.items()]
