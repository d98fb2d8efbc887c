"""The newest generated data on disk, which training uses by default."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.sdg.datasets.catalogue import created_at

SUBJECTS = ("knowledge_train_msgs_", "skills_train_msgs_")


@dataclass(frozen=True)
class DatasetFacts:
    """Data that is ready to be trained on."""

    written: float
    """Seconds since 1970."""
    samples: int


class DatasetReader:
    """Counts the samples of the newest run, once."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, int, int], int] = {}

    def read(self, folder: Path) -> DatasetFacts | None:
        """The newest run in a folder of datasets, or in a folder of one run below it."""
        named = [(created, path) for path in _files(folder) if (created := created_at(path))]
        newest = max((created for created, _ in named), default=None)
        counts, written = [], 0.0
        for created, path in named:
            if created == newest:
                try:
                    state = path.stat()
                    key = (str(path), state.st_mtime_ns, state.st_size)
                    if key not in self._counted:
                        self._counted[key] = _lines(path)
                except OSError:
                    continue
                counts.append(self._counted[key])
                written = max(written, state.st_mtime)
        return DatasetFacts(written, sum(counts)) if counts else None


def _files(folder: Path) -> Iterator[Path]:
    """The files of training data, at most one folder down."""
    for place in (folder, *_folders(folder)):
        try:
            with os.scandir(place) as entries:
                names = [entry.name for entry in entries if entry.name.startswith(SUBJECTS)]
        except OSError:
            continue
        yield from (place / name for name in names)


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
