"""Writing so that a crash at any moment leaves either the old or the new, and locking folders."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import LabtopError, disk_error, lock_error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, text: str, *, sync: bool = False, private: bool = False) -> None:
    """Replace `path` by a file that holds `text`, in one step. With `sync` it is on the disk when this returns.

    A file that is there keeps its mode; of a new `private` one others can read nothing.
    Raises LabtopError when the disk is full or the folder may not be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        given = 0o666 if mode is None and not private else 0o600
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, given)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                if sync:
                    os.fsync(stream.fileno())
            if mode is not None:
                new.chmod(mode)
            new.replace(path)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise
        if sync:
            sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, f"writing {path}") from error


class LineAppender:
    """Appends lines to a file that nobody else writes. Safe to use from threads.

    A line that was cut short, by a full disk or a signal, does not spoil the next: readers see a bad line between two
    good ones. It is not cut off again, since a reader may have taken its beginning already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        self._cut_short = False

    def append(self, line: str) -> None:
        """Append a line of JSON. What is no Unicode (of a file's name, say) is written as JSON escapes it."""
        rest = f"{line}\n".encode("utf-8", "backslashreplace")
        with self._lock:
            rest = b"\n" + rest if self._cut_short else rest
            self._cut_short = True
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError as error:
                raise disk_error(error, f"writing {self._path}") from error
            self._cut_short = False

    def sync(self) -> None:
        """Have it all on the disk when this returns."""
        os.fsync(self._descriptor)


@contextmanager
def locked_folder(folder: Path, purpose: str) -> Iterator[None]:
    """Hold a folder for one writer; a second one gets a LabtopError that says who works there.

    The lock is the kernel's and ends with the process, however that ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
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
            ) from None
        except OSError as error:
            raise lock_error(error, folder, "Choose a folder on another disk") from error
        yield
    finally:
        os.close(descriptor)
