"""Rows that have passed their pipeline, on disk until the datasets are written.

A row is stored as its place in the plan and the columns added by replies; the rest is in the row that it started as.
The file has no name, so nothing is left of it however the process ends.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, overload

from core.errors import disk_error
from core.sdg.engine.rows import Row

Place = tuple[int, ...]
"""In the plan: the row's number, then for each prompt block its sample and its item."""


class FinishedRows:
    """The finished rows of a run's tasks, separated by the tasks' numbers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        except OSError as error:
            raise disk_error(error, f"storing rows in {folder}") from error
        self._end = 0
        self._offsets: dict[int, array[int]] = {}

    def add(self, task: int, place: Place, made: Row) -> None:
        """Store a row as the columns that replies added."""
        line = json.dumps([place, made], ensure_ascii=False).encode() + b"\n"
        try:
            self._file.write(line)
        except OSError as error:
            raise disk_error(error, f"storing rows in {self._folder}") from error
        self._offsets.setdefault(task, array("Q")).append(self._end)
        self._end += len(line)

    def rows(self, task: int, start: Sequence[Row]) -> StoredRows:
        """The rows of a task in plan order, read from disk on access."""
        places = [(tuple(self.read(offset)[0]), offset) for offset in self._offsets.get(task, ())]
        return StoredRows(self, start, array("Q", (offset for _, offset in sorted(places))))

    def read(self, offset: int) -> tuple[list[int], Row]:
        try:
            self._file.seek(offset)  # writes what is buffered
            place, made = json.loads(self._file.readline())
        except OSError as error:
            raise disk_error(error, f"reading rows in {self._folder}") from error
        return place, made

    def close(self) -> None:
        with suppress(OSError):  # on a full disk, what is buffered cannot be written, and it is not needed
            self._file.close()


class StoredRows(Sequence[Row]):
    """Some finished rows of one task, in plan order."""

    def __init__(self, stored: FinishedRows, start: Sequence[Row], offsets: array[int]) -> None:
        self._stored = stored
        self._start = start
        self._offsets = offsets

    def where(self, keeps: Callable[[Row], bool]) -> StoredRows:
        """The rows that a predicate keeps; it is called once for each, in order."""
        offsets = array("Q", (offset for offset in self._offsets if keeps(self._row(offset))))
        return StoredRows(self._stored, self._start, offsets)

    def _row(self, offset: int) -> Row:
        place, made = self._stored.read(offset)
        return {**self._start[place[0]], **made}

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Row]:
        return (self._row(offset) for offset in self._offsets)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return StoredRows(self._stored, self._start, self._offsets[index])
        return self._row(self._offsets[index])
