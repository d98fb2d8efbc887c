"""What runs where: a small file for each server that labtop started on this machine.

A server's file is written when its process starts, completed when it is ready, and removed when it has ended. One that
a killed process left is recognised by its process id and start time, and removed by the next reader.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from core import paths
from core.errors import LabtopError
from core.files import write_atomic
from core.jobs.folder import JobFolder
from core.jobs.processes import JOB_VARIABLE, start_ticks, was_started_by
from core.jobs.spec import as_quantity, boot_id
from core.models.names import spelling
from core.printable import printable
from core.serving.names import last_part
from core.serving.plan import ServerPlan

Purpose = Literal["serve", "chat", "job"]
"""What a server was started for: to be used by anyone, by one chat, or by the job that is its parent."""

MAX_RECORD_BYTES = 2**20
"""A longer file is not a record."""


@dataclass(frozen=True)
class ServerRecord:
    """A server that labtop started, at one moment."""

    pid: int
    ticks: int
    """The start of the process; see `core.jobs.processes.start_ticks`."""
    host: str
    boot_id: str
    started: float
    """Seconds since 1970."""
    purpose: Purpose
    model: str
    """The folder, or builtin:extractive."""
    backend: str
    devices: tuple[str, ...]
    """The GPUs that it was given, as in CUDA_VISIBLE_DEVICES; empty if it was given none in particular."""
    job: str | None
    """The id of the job that started it."""
    parent: int
    """The process that started it, and ends it."""
    parent_ticks: int
    log: str
    url: str | None = None
    """Its base URL, once it is ready."""
    names: tuple[str, ...] = ()
    """The model's names for clients, once it is ready."""
    adapters: tuple[str, ...] = ()
    """The folders of the LoRA adapters that it serves besides the model."""

    @property
    def name(self) -> str:
        """The model in one word, for messages."""
        return self.names[0] if self.names else last_part(self.model) or self.model

    @property
    def port(self) -> int | None:
        return None if self.url is None else urlsplit(self.url).port

    @property
    def owner(self) -> str:
        """What started it, for messages: `job serve-k3f9x`, or `process 123`."""
        return f"process {self.parent}" if self.job is None else f"job {self.job}"

    def runs(self) -> bool:
        """Whether its process still runs."""
        return start_ticks(self.pid) == self.ticks

    def is_ours(self) -> bool:
        """Whether labtop started its process, so that it may be ended; a file can say anything."""
        return was_started_by(self.pid, self.parent)

    def to_data(self) -> dict[str, Any]:
        """The record of `model serve --list --json`, without what only this machine's processes need."""
        return {
            "model": self.model,
            "names": list(self.names),
            "url": self.url,
            "status": "loading" if self.url is None else "ready",
            "backend": self.backend,
            "devices": list(self.devices),
            "purpose": self.purpose,
            "job": self.job,
            "pid": self.pid,
            "started": self.started,
            "log": self.log,
        }


class ServerRegistry:
    """The servers that labtop started on this machine, for this user."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.current().state_dir / "servers"

    def add(self, pid: int, plan: ServerPlan, log: Path, purpose: Purpose) -> ServerRecord | None:
        """Record a server that was just started; None if it has ended already."""
        ticks = start_ticks(pid)
        if ticks is None:
            return None
        job = _own_job()
        record = ServerRecord(
            pid=pid,
            ticks=ticks,
            host=socket.gethostname(),
            boot_id=boot_id(),
            started=time.time(),
            purpose="job" if job is not None and job.spec.kind != "serve" else purpose,
            model=plan.what,
            backend=plan.backend,
            devices=plan.devices,
            job=None if job is None else job.id,
            parent=os.getpid(),
            parent_ticks=start_ticks(os.getpid()) or 0,
            log=str(log),
            adapters=plan.adapters,
        )
        self._write(record)
        return record

    def set_ready(self, record: ServerRecord, url: str, names: Sequence[str]) -> ServerRecord:
        """Record where a server answers, and under which names."""
        record = replace(record, url=url, names=tuple(names))
        self._write(record)
        return record

    def remove(self, record: ServerRecord) -> None:
        """Forget a server that has ended."""
        with suppress(OSError):
            self.file(record).unlink()

    def read(self) -> list[ServerRecord]:
        """The servers that run, the newest first. Files of servers that have ended are removed."""
        found = []
        try:
            files = sorted(self.root.glob("*.json"))
        except OSError:
            return []
        for file in files:
            record = _decode(file)
            if record is None:
                continue
            if record.boot_id == boot_id() and record.runs():
                found.append(record)
            elif record.host == socket.gethostname():  # another host on a shared home folder removes its own
                self.remove(record)
        return sorted(found, key=lambda record: (record.started, record.pid), reverse=True)

    def _write(self, record: ServerRecord) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LabtopError(
                f"{self.root}, the folder of running servers, cannot be created: {error.strerror}."
            ) from error
        write_atomic(self.file(record), json.dumps(asdict(record)), private=True)

    def file(self, record: ServerRecord) -> Path:
        """Where a record is stored."""
        return self.root / f"{record.pid}-{record.ticks}.json"


def _own_job() -> JobFolder | None:
    """The job that this process belongs to."""
    folder = os.environ.get(JOB_VARIABLE)
    return JobFolder(Path(folder)) if folder else None


def _decode(file: Path) -> ServerRecord | None:
    """The record in a file; None if it is not one."""
    if not file.is_file():  # opening a named pipe would wait for its writer
        return None
    try:
        with file.open("rb") as stream:
            data = json.loads(stream.read(MAX_RECORD_BYTES))
        known = {name: data[name] for name in ServerRecord.__dataclass_fields__ if name in data}
        known |= {name: printable(value) for name, value in known.items() if isinstance(value, str)}
        known |= {name: tuple(map(printable, known.get(name, ()))) for name in ("devices", "names", "adapters")}
        record = ServerRecord(**known)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    texts = (record.host, record.boot_id, record.model, record.backend, record.log, record.url or "", record.job or "")
    numbers = (record.pid, record.ticks, record.parent, record.parent_ticks)
    valid = (
        all(isinstance(text, str) for text in texts)
        and all(type(number) is int for number in numbers)
        and as_quantity(record.started) is not None
        and record.purpose in get_args(Purpose)
        and (record.url is None or _is_url(record.url))
        and file.name == f"{record.pid}-{record.ticks}.json"
    )
    return record if valid else None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port is not None
    except ValueError:
        return False


def matching(servers: Iterable[ServerRecord], text: str) -> list[ServerRecord]:
    """The servers that a user means: by port, process, URL, job, served name, model folder, or a model's name."""
    servers = list(servers)
    tests = (
        lambda server: text == str(server.port),
        lambda server: text == str(server.pid),
        lambda server: server.url is not None and _address(text) == _address(server.url),
        lambda server: text == server.job,
        lambda server: text in (server.model, *server.names),
        lambda server: (
            "/" not in text and spelling(text) in {spelling(last_part(name)) for name in (server.model, *server.names)}
        ),
    )
    for test in tests:
        if found := [server for server in servers if test(server)]:
            return found
    return []


def _address(url: str) -> tuple[str | None, int | None]:
    """Host and port, so that /v1 and other routes make no difference."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
        return (host, parts.port)
    except ValueError:
        return (url, None)


def find_server(model: str, servers: Iterable[ServerRecord]) -> ServerRecord | None:
    """The newest server that is ready and serves a model to anyone; `model` is its folder or a name.

    A folder must match exactly, since checkpoints of two trainings have the same names.
    """
    ready = [server for server in servers if server.url is not None and server.purpose == "serve"]
    if "/" in model:
        return next((server for server in ready if model in (server.model, *server.names)), None)
    return next(iter(matching(ready, model)), None)


def hint_with_served(hint: str | None, servers: Iterable[ServerRecord]) -> str | None:
    """The hint of an error about a model's name, after the models that anyone can use here."""
    served = describe(server for server in servers if server.purpose == "serve" and server.url is not None)
    return " ".join(filter(None, (f"labtop serves {served}." if served else "", hint))) or None


def describe(servers: Iterable[ServerRecord]) -> str:
    """What runs, for an error's message: `granite-7b at http://127.0.0.1:8000/v1, …`."""
    shown = [f"{server.name} at {server.url}" if server.url else f"{server.name} (loading)" for server in servers]
    return ", ".join(shown)
