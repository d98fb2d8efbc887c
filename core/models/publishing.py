"""Writing a model's folder so that a killed write never looks like a model: aside, synced, renamed when whole.

Runs in a worker process: safetensors is imported to know its errors.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from core.errors import disk_error
from core.files import sync_folder


@contextmanager
def published(final: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `final`, durably, when the block ends well and is removed otherwise.

    `final` must not exist. Raises LabtopError when the disk is full or the folder may not be written.
    """
    temporary = final.with_name(f".{final.name}.partial")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        mode = 0o666 & temporary.stat().st_mode
        for file in temporary.iterdir():
            file.chmod(mode)  # safetensors makes its files private
            _sync(file)
        sync_folder(temporary)
        temporary.rename(final)
        sync_folder(final.parent)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        cause = as_os_error(error)
        if cause is None:
            raise
        raise disk_error(cause, f"writing {final}") from error


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_os_error(error: BaseException) -> OSError | None:
    """The operating system's error behind an error; safetensors gives its number only in the message."""
    if isinstance(error, OSError):
        return error
    number = re.search(r"os error (\d+)", str(error)) if isinstance(error, SafetensorError) else None
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else None
