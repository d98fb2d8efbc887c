"""A job's folder, and the store of all jobs.

spec.json       immutable                 worker-<n>[-<rank>].jsonl   reports of workers, merged by the runner
status.json     replaced atomically       *.log                       raw output, also of servers; each capped
events.jsonl    only the runner writes    lock, control/              liveness; requests
reserve         space for the last event of a job whose disk is full
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from core import paths
from core.errors import LabtopError, disk_error, lock_error
from core.files import read_regular, sync_folder, write_atomic
from core.jobs.spec import JobSpec, decode

RESERVE_BYTES = 64 * 1024
"""Reserved on the disk while a job runs; freed so that a job on a full disk can still report its end."""


@dataclass(frozen=True)
class JobFolder:
    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def log(self) -> Path:
        return self.path / "output.log"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def control(self) -> Path:
        return self.path / "control"

    @property
    def reserve(self) -> Path:
        return self.path / "reserve"

    @cached_property
    def spec(self) -> JobSpec:
        try:
            spec = decode(read_regular(self.path / "spec.json").decode())
        except (OSError, ValueError) as error:
            raise LabtopError(f"Job {self.id} has no readable spec.json.") from error
        return replace(spec, id=self.id)  # the id in a copied folder is that of another job

    def read_status(self) -> dict[str, Any]:
        """The status that the runner wrote last; empty when it cannot be read."""
        try:
            record = json.loads(read_regular(self.path / "status.json"))
        except (OSError, ValueError, RecursionError):
            return {}
        return record if isinstance(record, dict) else {}

    def write_status(self, record: dict[str, Any], *, sync: bool = False) -> None:
        """Replace the status. Raises LabtopError when the disk is full or the folder was removed."""
        if not self.path.exists():  # writing would create it again, with an unknown job
            raise LabtopError(f"The folder of job {self.id} was removed while it ran.")
        write_atomic(self.path / "status.json", json.dumps(record), sync=sync)

    def is_alive(self) -> bool:
        """Whether the job's lock is held. The kernel releases it when the last holder ends."""
        try:
            descriptor = os.open(self.lock, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # never waits for a pipe
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks: no job can have been started on it
            return False
        finally:
            os.close(descriptor)
        return False

    def take_lock(self) -> int:
        """Lock a new job and return the descriptor. Waits only for a process that checks the lock at this moment.

        Raises LabtopError when the file system has no locks.
        """
        return _locked(self.lock)


def _locked(path: Path) -> int:
    """A descriptor whose file is locked until it is closed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        os.close(descriptor)
        raise lock_error(error, path.parent, "Set LABTOP_HOME to a folder on a local disk") from error
    return descriptor


class JobStore:
    """All jobs of this user, newest first."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.current().jobs_dir

    def create(self, spec: JobSpec) -> JobFolder:
        """Create the folder of a new job. Raises LabtopError when the disk is full."""
        folder = JobFolder(self.root / spec.id)
        spec = replace(spec, number=1 + max((job.spec.number for job in self.list()), default=0))
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.path.mkdir(mode=0o700)  # fails if the id is taken; that job must not be touched
            try:
                folder.control.mkdir()
                folder.reserve.write_bytes(os.urandom(RESERVE_BYTES))  # not zeros, which file systems may compress
                write_atomic(folder.path / "spec.json", spec.encode(), sync=True)
                sync_folder(self.root)
            except BaseException:
                shutil.rmtree(folder.path, ignore_errors=True)
                raise
        except OSError as error:
            raise disk_error(error, f"creating the job's folder {folder.path}") from error
        return folder

    @contextmanager
    def resuming(self) -> Iterator[None]:
        """A lock from the check whether a job can be resumed to the start of the new one. Raises LabtopError."""
        descriptor = _locked(self.root.with_name("resuming.lock"))
        try:
            yield
        finally:
            os.close(descriptor)

    def list(self) -> list[JobFolder]:
        """Every readable job, newest first."""
        try:
            # Our ids are plain; another name could contain terminal control characters.
            named = [entry for entry in self.root.iterdir() if entry.name.isprintable()]
            entries = [JobFolder(entry) for entry in named if (entry / "spec.json").exists()]
        except OSError:
            return []
        readable = []
        for folder in entries:
            try:
                readable.append((folder.spec.number, folder.spec.created, folder.id, folder))
            except LabtopError:
                continue
        return [folder for _, _, _, folder in sorted(readable, reverse=True)]

    def find(self, name: str) -> JobFolder:
        """The job with this id, or the only one whose id starts with it; `latest` is the newest."""
        jobs = self.list()
        if name == "latest" and jobs:
            return jobs[0]
        exact = [job for job in jobs if job.id == name]
        matching = exact or [job for job in jobs if job.id.startswith(name) and name]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise LabtopError(
                f"{name} is ambiguous: {', '.join(job.id for job in matching[:5])}.",
                hint="Type more of the id.",
            )
        raise LabtopError(f"There is no job {name}.", hint="`labtop process list` shows all of them.")
