"""Work in other processes without a job that anyone sees: its folder is removed at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.jobs.context import JobContext
from core.jobs.folder import JobStore
from core.jobs.spec import Kind, new_spec
from core.jobs.writer import EventWriter


@contextmanager
def temporary_job(kind: Kind) -> Iterator[JobContext]:
    """A job's context whose folder exists inside the block; what its workers print is not shown.

    For main threads only, as all workers.
    """
    with TemporaryDirectory(prefix="labtop-") as root:
        folder = JobStore(Path(root)).create(new_spec(kind, "", {}, title=kind))
        context = JobContext(folder, EventWriter(folder))
        with _output_to(folder.log):
            try:
                yield context
            finally:
                context.end_workers()


@contextmanager
def _output_to(file: Path) -> Iterator[None]:
    """Have this process's output, which workers inherit, written to a file."""
    _flush()
    kept = [os.dup(stream) for stream in (1, 2)]
    log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.dup2(log, 1)
        os.dup2(log, 2)
        yield
    finally:
        _flush()
        for number, stream in enumerate(kept, 1):
            os.dup2(stream, number)
            os.close(stream)
        os.close(log)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
