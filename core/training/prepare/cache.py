"""Tokenised samples in numpy files, written once and mapped into memory by every rank and every resumed run."""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import shutil
import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, overload

import numpy as np
from numpy.lib import format as numpy_format

from core.errors import disk_error, lock_error
from core.training.masking import Sample

FORMAT = 1
"""Part of the key: a change of the files' layout or of the masking makes older entries unused."""

META_FILE = "meta.json"
TOKENS, LOSS_MASK, OFFSETS, LOSS_TOKENS = "tokens.npy", "loss_mask.npy", "offsets.npy", "loss_tokens.npy"
TYPES: dict[str, np.dtype[Any]] = {
    TOKENS: np.dtype("<i4"),
    LOSS_MASK: np.dtype("u1"),
    OFFSETS: np.dtype("<i8"),
    LOSS_TOKENS: np.dtype("<i4"),
}

KEPT_ENTRIES = 6
"""The most recently used entries that are kept; an entry of a million samples of 300 tokens has 1.5 GB."""

RELEASE_AFTER = 500
"""Samples that are read before the mapped pages are released: each read maps some 100 KB of the files."""

CHECK_BYTES = 1 << 20
"""Bytes of a file that are checked at a time."""


@dataclass
class Preparation:
    """What is known about a dataset apart from its samples."""

    dropped: dict[str, int] = field(default_factory=dict)
    """Reason → samples."""
    examples: dict[str, str] = field(default_factory=dict)
    """Reason → the first such sample, as "line 3 of train.jsonl"."""
    largest_token: int = 0
    """The largest token id."""


class CachedSamples(Sequence[Sample]):
    """The samples of an entry, read from its mapped files when they are needed."""

    def __init__(self, folder: Path) -> None:
        """Map the files of a complete entry. Raises OSError or ValueError for one that cannot be read."""
        files = {name: _MappedFile(folder / name, kind) for name, kind in TYPES.items()}
        self._large = (files[TOKENS], files[LOSS_MASK])
        self._tokens, self._loss_mask = files[TOKENS].values, files[LOSS_MASK].values
        self._offsets = np.array(files[OFFSETS].values)
        self._read = 0
        self.loss_tokens: np.ndarray[Any, np.dtype[np.int32]] = np.array(files[LOSS_TOKENS].values)
        """[samples]: the loss tokens of each sample."""
        self.lengths: np.ndarray[Any, np.dtype[np.int64]] = np.diff(self._offsets)
        """[samples]: the tokens of each sample."""
        if len(self.lengths) != len(self.loss_tokens) or self._offsets[-1] != len(self._tokens):
            raise ValueError("the files do not belong together")

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        start, end = self._offsets[position], self._offsets[position + 1]
        self._read += 1
        if self._read % RELEASE_AFTER == 0:
            for file in self._large:
                file.release()
        ids = array("i")
        ids.frombytes(self._tokens[start:end].tobytes())
        return Sample(ids, self._loss_mask[start:end].tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class EntryWriter:
    """Writes samples one after the other into the files of an entry; only their positions are kept in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = {name: _NumpyFile(folder / name, kind) for name, kind in TYPES.items()}
        self._position = 0
        self.preparation = Preparation()
        self._files[OFFSETS].write(array("q", [0]).tobytes())

    def add(self, samples: Sequence[Sample]) -> None:
        if not samples:
            return
        self._files[TOKENS].write(b"".join(sample.ids.tobytes() for sample in samples))
        self._files[LOSS_MASK].write(b"".join(sample.loss_mask for sample in samples))
        offsets = array("q")
        for sample in samples:
            self._position += len(sample)
            offsets.append(self._position)
        self._files[OFFSETS].write(offsets.tobytes())
        self._files[LOSS_TOKENS].write(array("i", [sample.num_loss_tokens for sample in samples]).tobytes())
        largest = max(max(sample.ids) for sample in samples)
        self.preparation.largest_token = max(self.preparation.largest_token, largest)

    def drop(self, reason: str, place: str) -> None:
        """Count a sample that is left out."""
        known = self.preparation
        known.dropped[reason] = known.dropped.get(reason, 0) + 1
        known.examples.setdefault(reason, place[:1].lower() + place[1:])

    def close(self, *, complete: bool = True) -> None:
        """Finish the files; a `complete` entry gets its checksums, without which it is not read."""
        for file in self._files.values():
            file.close()
        if complete:
            checksums = {name: _checksum(self._folder / name) for name in TYPES}
            record = {"format": FORMAT, "checksums": checksums, **vars(self.preparation)}
            (self._folder / META_FILE).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")


class _NumpyFile:
    """A one-dimensional array in numpy's format whose length is known only at the end."""

    def __init__(self, path: Path, kind: np.dtype[Any]) -> None:
        self._kind = kind
        self._stream: BinaryIO = path.open("wb")
        self._write_header(0)
        self._beginning = self._stream.tell()

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def close(self) -> None:
        try:
            length = (self._stream.seek(0, os.SEEK_END) - self._beginning) // self._kind.itemsize
            self._stream.seek(0)
            self._write_header(length)  # numpy leaves room for the digits of any length
        finally:
            self._stream.close()

    def _write_header(self, length: int) -> None:
        header = {"descr": numpy_format.dtype_to_descr(self._kind), "fortran_order": False, "shape": (length,)}
        numpy_format.write_array_header_1_0(self._stream, header)


def open_entry(folder: Path) -> tuple[CachedSamples, Preparation] | None:
    """An entry that is complete and undamaged, else None."""
    try:
        record = json.loads((folder / META_FILE).read_bytes())
        checksums = record["checksums"]
        if any(_checksum(folder / name) != checksums[name] for name in TYPES):
            return None
        known = Preparation(dict(record["dropped"]), dict(record["examples"]), int(record["largest_token"]))
        samples = CachedSamples(folder)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with suppress(OSError):
        os.utime(folder)
    return samples, known


class _MappedFile:
    """A one-dimensional array in numpy's format, mapped into memory."""

    def __init__(self, path: Path, kind: np.dtype[Any]) -> None:
        """Raises OSError or ValueError for a file of another format or type."""
        with path.open("rb") as stream:
            numpy_format.read_magic(stream)
            shape, _, found = numpy_format.read_array_header_1_0(stream)
            beginning = stream.tell()
            self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        if found != kind or len(shape) != 1:
            raise ValueError(f"{path} has another type")
        self.values: np.ndarray[Any, Any] = np.frombuffer(self._map, kind, shape[0], beginning)

    def release(self) -> None:
        """Take the pages out of this process's memory; they stay in the system's cache."""
        self._map.madvise(mmap.MADV_DONTNEED)


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as stream:
        while block := stream.read(CHECK_BYTES):
            value = zlib.crc32(block, value)
    return value


@contextmanager
def waiting_lock(folder: Path, key: str) -> Iterator[bool]:
    """Lock the entry `key` for one process, and wait for another one that holds it; yields whether it waited.

    The kernel releases the lock when a process ends. Raises LabtopError where the folder cannot be locked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise disk_error(error, f"locking {folder}") from error
    try:
        waited = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise lock_error(error, folder, "Choose a folder on another disk") from error
        yield waited
    finally:
        os.close(descriptor)


def remove_unused(folder: Path, in_use: str) -> None:
    """Remove all entries but the last used ones; those that a process prepares or opens right now are left alone."""
    with suppress(OSError):
        entries = [each for each in folder.iterdir() if (each / META_FILE).is_file() and each.name != in_use]
        entries.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in entries[KEPT_ENTRIES - 1 :]:
            descriptor = os.open(folder / f"{entry.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(entry, ignore_errors=True)
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
