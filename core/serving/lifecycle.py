"""Starting a server by its plan as our child, waiting until it is ready, and stopping it with all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import LabtopError, disk_error
from core.jobs.processes import child_environment, end_processes, session_members, tree, wait_gone
from core.jobs.tail import last_lines
from core.serving.argv import embedded_plan
from core.serving.client import list_models
from core.serving.health.ends import end_error
from core.serving.health.gpu_memory import MemoryBefore, read_devices
from core.serving.listening import bind
from core.serving.log import open_own_log
from core.serving.plan import ReadyUrl, ServerPlan
from core.serving.readiness import (
    Attempt,
    PortTakenError,
    Readiness,
    ignore_attempt,
    is_taken,
    port_taken,
)
from core.serving.registry import Purpose, ServerRecord, ServerRegistry

READY_SECONDS = 600.0
"""The longest time for loading: a large model from a cold disk."""

LOG_POLL_SECONDS = 0.02
HTTP_POLL_SECONDS = 0.1
"""Longer, since each request over HTTP also reads the server's processes."""

SHORT_GRACE_SECONDS = 3.0
"""For a server that has nothing to finish: it is not ready yet, or it has stopped answering."""

REPORT_SECONDS = 0.25
"""Between two reports of a starting server."""

PORT_ATTEMPTS = 5
"""Ports to try: another program may take each between our choice and the start."""


class Server:
    """A running server. As a context manager it is stopped at the end of the block."""

    def __init__(self, process: subprocess.Popen[bytes], plan: ServerPlan, log_file: Path, log_start: int) -> None:
        self._process = process
        self._log_start = log_start
        self._memory = MemoryBefore.of(read_devices() if plan.backend == "vllm" else (), plan.devices)
        self._stopped = False
        self.plan = plan
        self.base_url = ""
        """Including `/v1`, as OpenAI's clients expect; empty until it is ready."""
        self.log_file = log_file
        self.memory_note: str | None = None
        """After `stop`: what of the GPUs' memory is still in use, as a sentence."""
        self.registry = ServerRegistry()
        self.record: ServerRecord | None = None
        """Its entry in the registry of running servers."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float | None = None) -> int | None:
        """The exit status once the server has ended; None when it is still running after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def check(self) -> None:
        """Raise LabtopError when the server has ended."""
        status = self._process.poll()
        if status is not None:
            raise self.end_error(status)

    def end_error(self, status: int | None) -> LabtopError:
        """The error for a server that ended by itself, with its log's last lines; None if it stopped answering."""
        lines = last_lines(self.log_file, self._log_start)
        return end_error(self.plan, status, lines, self.log_file, was_ready=bool(self.base_url))

    def stop(self, *, hung: bool = False) -> None:
        """Stop the server and its processes by its plan, and wait until the GPUs' memory is free.

        Of a server that has ended by itself, the processes that it left are ended. One that is not ready yet, or that
        is `hung`, is not given its whole grace period.
        """
        if self._stopped:
            return
        self._stopped = True
        processes = tree(self.pid)
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(self.plan.stop.number)
            grace = self.plan.stop.grace_seconds
            if hung or not self.base_url:
                grace = min(grace, SHORT_GRACE_SECONDS)
            end_processes(wait_gone(processes, grace), grace_seconds=0)
            self._process.wait()
        end_processes(session_members(self.pid), grace_seconds=0)
        self.memory_note = self._memory.await_free({process.pid for process in processes} | {self.pid})
        if self.record is not None:
            self.registry.remove(self.record)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_server(
    model_path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    log_file: Path,
    served_name: str | None = None,
    threads: int | None = None,
    context_tokens: int | None = None,
    ready_seconds: float = READY_SECONDS,
    purpose: Purpose = "serve",
) -> Server:
    """Serve a model folder or `builtin:extractive` with the embedded server, on a free port if none is given."""
    plan = embedded_plan(
        model_path,
        host=host,
        port=port or 0,
        served_name=served_name,
        threads=threads,
        context_tokens=context_tokens,
    )
    return start(plan, log_file=log_file, ready_seconds=ready_seconds, purpose=purpose)


def start_on_free_port(
    plan_for: Callable[[int], ServerPlan],
    *,
    host: str = "127.0.0.1",
    log_file: Path,
    ready_seconds: float = READY_SECONDS,
    purpose: Purpose = "serve",
    on_attempt: Callable[[Attempt], object] = ignore_attempt,
) -> Server:
    """Start a server that needs a given port, on a free one; on another one if that is taken before the server listens.

    The port stays bound until the server is ready, so that the kernel does not assign it to another program.
    """
    attempts = 0
    while True:
        attempts += 1
        with bind(host, 0) as reserved:
            try:
                plan = plan_for(reserved.getsockname()[1])
                return _start(plan, log_file, ready_seconds, purpose, on_attempt)
            except PortTakenError:
                if attempts == PORT_ATTEMPTS:
                    raise


def start(
    plan: ServerPlan,
    *,
    log_file: Path,
    ready_seconds: float = READY_SECONDS,
    purpose: Purpose = "serve",
    on_attempt: Callable[[Attempt], object] = ignore_attempt,
) -> Server:
    """Run a plan and append its output to a log, or to NAME-2 if another server writes that one.

    Returns when clients can connect. The registry lists the server until it ends.

    The server dies with the calling thread (the kernel's parent-death signal is per thread), so call it from a
    long-lived one: the main thread of a job or a command.
    Raises the server's own LabtopError when it cannot serve, PortTakenError when its port was taken.
    """
    if plan.port:
        bind(plan.host, plan.port).close()  # reports who uses the port before anything is loaded
    return _start(plan, log_file, ready_seconds, purpose, on_attempt)


def _start(
    plan: ServerPlan, log_file: Path, ready_seconds: float, purpose: Purpose, on_attempt: Callable[[Attempt], object]
) -> Server:
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, log_file = open_own_log(log_file)
        with os.fdopen(descriptor, "ab", buffering=0) as log:
            log_start = log.seek(0, os.SEEK_END)
            process = subprocess.Popen(
                [sys.executable, "-m", "core.serving.guard" if plan.guarded else "core.serving.tied", *plan.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(plan.env),
                start_new_session=True,  # a Ctrl+C in the terminal is for the supervisor of the server
            )
    except OSError as error:
        raise disk_error(error, f"starting a server with its log in {log_file}") from error
    server = Server(process, plan, log_file, log_start)
    readiness = Readiness(plan, log_file, log_start)
    try:
        server.record = server.registry.add(server.pid, plan, log_file, purpose)
        server.base_url = _await_ready(server, readiness, ready_seconds, on_attempt)
        if server.record is not None:
            names = readiness.models or _served(server.base_url, plan.api_key)
            server.record = server.registry.set_ready(server.record, server.base_url, names)
    except BaseException:
        server.stop()
        raise
    return server


def _await_ready(server: Server, readiness: Readiness, seconds: float, on_attempt: Callable[[Attempt], object]) -> str:
    started = time.monotonic()
    plan = server.plan
    pause = HTTP_POLL_SECONDS if isinstance(plan.ready, ReadyUrl) else LOG_POLL_SECONDS
    reported = -1.0
    while True:
        ended = server.wait(pause)  # before reading, so that its last lines are not missed
        url = readiness.url(server.pid)
        if ended is not None:
            raise port_taken(plan) if is_taken(plan) else server.end_error(ended)
        if url is not None:
            return url
        waited = time.monotonic() - started
        if waited > seconds:
            raise LabtopError(
                f"The server for {plan.what} was not ready after {seconds:.0f} seconds.",
                hint=f"Its log may say why: {server.log_file}",
                code="server-not-ready",
            )
        if waited - reported >= REPORT_SECONDS:
            reported = waited
            on_attempt(readiness.attempt(waited, seconds))


def _served(url: str, api_key: str | None) -> list[str]:
    """The names of the models that a server offers; none if it does not say."""
    with suppress(LabtopError):
        return list_models(url, api_key)
    return []
