"""Writing files and folders so that a crash leaves either the old or the new one, and locking folders."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from core.errors import LabtopError, disk_error, lock_error

PARTIAL = ".partial"
"""The end of the hidden name of a folder that is being written; a killed process leaves it behind."""


def sync_folder(folder: Path) -> None:
    """Make the directory entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, text: str, *, sync: bool = False, private: bool = False) -> None:
    """Replace `path` by a file that holds `text`, in one step; see `atomic_file`."""
    with atomic_file(path, sync=sync, private=private) as stream:
        stream.write(text)


def write_linked(path: Path, text: str) -> None:
    """Like `write_atomic`, but a symbolic link stays one, and the file that it leads to is replaced."""
    write_atomic(Path(os.path.realpath(path)), text)


def open_regular(path: Path) -> BinaryIO:
    """A stream to read a file. Raises OSError for a pipe, socket or device, too, which could block a reader forever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return stream


def read_regular(path: Path, limit: int | None = None) -> bytes:
    """The content of a file; see `open_regular`. Raises OSError for one of more than `limit` bytes, too."""
    with open_regular(path) as stream:
        if limit is not None and os.fstat(stream.fileno()).st_size > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return stream.read()


@contextmanager
def atomic_file(
    path: Path, *, sync: bool = False, private: bool = False, single_writer: bool = False
) -> Iterator[TextIO]:
    """A stream to write to, whose text replaces `path` in one step when the block succeeds and is discarded otherwise.

    With `sync` it is on the disk when this returns. An existing file keeps its mode; a new `private` one is readable
    by its owner only. Where a lock ensures a `single_writer`, the temporary file has a fixed name, so that a killed
    attempt leaves at most one behind. Raises LabtopError when the disk is full or the folder is not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        partial = path.with_name(f".{path.name}.{'partial' if single_writer else secrets.token_hex(4)}")
        creation_mode = 0o666 if mode is None and not private else 0o600
        new_or_truncated = os.O_TRUNC if single_writer else os.O_EXCL
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | new_or_truncated, creation_mode)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                yield stream
                stream.flush()
                if sync:
                    os.fsync(stream.fileno())
            if mode is not None:
                partial.chmod(mode)
            partial.replace(path)
        except BaseException:
            with suppress(OSError):
                partial.unlink()
            raise
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, f"writing {path}") from error


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `path`, durably, when the block succeeds and is removed otherwise.

    `path` must not exist, and the caller must be its only writer. Its files become readable to everyone who may read
    the folder. Raises LabtopError when the disk is full or the folder is not writable.
    """
    partial = path.with_name(f".{path.name}{PARTIAL}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        readable = 0o444 & partial.stat().st_mode
        for folder, _, names in os.walk(partial):
            for name in names:
                _sync_file(Path(folder, name), readable)
            sync_folder(Path(folder))
        partial.rename(path)
        sync_folder(path.parent)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        cause = _operating_system_error(error)
        if cause is None:
            raise
        raise disk_error(cause, f"writing {path}") from error


def _sync_file(file: Path, readable: int) -> None:
    """Make a file durable, and readable to others: safetensors creates its files for their owner only."""
    if file.is_symlink():
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode | readable != mode:
        file.chmod(mode | readable)
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _operating_system_error(error: BaseException) -> OSError | None:
    """The operating system's error that an error is or reports; libraries in Rust give its number in their message."""
    if isinstance(error, OSError):
        return error
    if isinstance(error, LabtopError):
        return None
    number = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else None


def back_up(path: Path) -> Path | None:
    """Rename a file or a non-empty folder to `<name>.earlier-<k>`, so that nothing is overwritten.

    Returns its new path; None when there is nothing to keep.
    """
    try:
        if not path.exists() or (path.is_dir() and not any(path.iterdir())):
            return None
        number = 1
        while os.path.lexists(target := path.with_name(f"{path.name}.earlier-{number}")):
            number += 1
        path.rename(target)
    except OSError as error:
        raise disk_error(error, f"backing up {path}") from error
    return target


class LineAppender:
    """Appends lines to a file that no other process writes. Safe to use from threads.

    A line truncated by a full disk or a signal does not affect the next one: readers see one invalid line. It is not
    removed, since a reader may have read its beginning already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        self._truncated = False

    def append(self, line: str) -> None:
        """Append a line of JSON. Unpaired surrogates (in file names, for example) are written as JSON escapes."""
        rest = f"{line}\n".encode("utf-8", "backslashreplace")
        with self._lock:
            rest = b"\n" + rest if self._truncated else rest
            self._truncated = True
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError as error:
                raise disk_error(error, f"writing {self._path}") from error
            self._truncated = False

    def sync(self) -> None:
        """Make all lines durable."""
        os.fsync(self._descriptor)


@contextmanager
def locked_folder(folder: Path, purpose: str, name: str = ".lock") -> Iterator[None]:
    """Lock a folder for one writer of a kind; a second one gets a LabtopError that names the first.

    The kernel releases the lock when the process ends for any reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise disk_error(error, f"locking {folder}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{purpose}, process {os.getpid()}".encode(), 0)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
            raise LabtopError(
                f"{folder} is in use: {holder}.",
                hint="Wait for it or choose another folder; `labtop process list` shows what is running.",
                code="folder-in-use",
            ) from None
        except OSError as error:
            raise lock_error(error, folder, "Choose a folder on another disk") from error
        yield
    finally:
        os.close(descriptor)
