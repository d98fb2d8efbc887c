"""Starting a server by its plan as our child, waiting until it is ready, and stopping it with all its processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import LabtopError, disk_error
from core.jobs.processes import child_environment, end_processes, tree, wait_gone
from core.serving.announcement import find_failure
from core.serving.argv import embedded_plan
from core.serving.client import list_models
from core.serving.listening import bind
from core.serving.plan import ReadyUrl, ServerPlan
from core.serving.readiness import PortTakenError, Readiness, is_taken, port_taken
from core.serving.registry import Purpose, ServerRecord, ServerRegistry

READY_SECONDS = 600.0
"""The longest time for loading: a large model from a cold disk."""

LOG_POLL_SECONDS = 0.02
HTTP_POLL_SECONDS = 0.1
"""Longer, since each request over HTTP also reads the server's processes."""

PORT_ATTEMPTS = 5
"""Ports to try: another program may take each between our choice and the start."""


class Server:
    """A running server. As a context manager it is stopped at the end of the block."""

    def __init__(self, process: subprocess.Popen[bytes], base_url: str, log_file: Path, plan: ServerPlan) -> None:
        self._process = process
        self._what = plan.what
        self._stop = plan.stop
        self.base_url = base_url
        """Including `/v1`, as OpenAI's clients expect."""
        self.log_file = log_file
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
            raise LabtopError(
                f"The server for {self._what} ended with {_describe(status)} while it was in use.{_memory(status)}",
                hint=f"Its log may say why: {self.log_file}",
                code="server-died",
                job_command="resume",
            )

    def stop(self) -> None:
        """Stop the server and its processes by its plan. Does nothing when it has ended."""
        if self._process.poll() is None:
            processes = tree(self.pid)
            with suppress(ProcessLookupError):
                self._process.send_signal(self._stop.number)
            end_processes(wait_gone(processes, self._stop.grace_seconds), grace_seconds=0)
            self._process.wait()
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
                return _start(plan, log_file, ready_seconds, purpose)
            except PortTakenError:
                if attempts == PORT_ATTEMPTS:
                    raise


def start(
    plan: ServerPlan, *, log_file: Path, ready_seconds: float = READY_SECONDS, purpose: Purpose = "serve"
) -> Server:
    """Run a plan and append its output to a log. Returns when clients can connect. The registry lists it until it ends.

    The server dies with the calling thread (the kernel's parent-death signal is per thread), so call it from a
    long-lived one: the main thread of a job or a command.
    Raises the server's own LabtopError when it cannot serve, PortTakenError when its port was taken.
    """
    if plan.port:
        bind(plan.host, plan.port).close()  # reports who uses the port before anything is loaded
    return _start(plan, log_file, ready_seconds, purpose)


def _start(plan: ServerPlan, log_file: Path, ready_seconds: float, purpose: Purpose) -> Server:
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            readiness = Readiness(plan, log_file, log.tell())
            process = subprocess.Popen(
                [sys.executable, "-m", "core.serving.tied", *plan.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(plan.env),
                start_new_session=True,  # a Ctrl+C in the terminal is for the supervisor of the server
            )
    except OSError as error:
        raise disk_error(error, f"starting a server with its log in {log_file}") from error
    server = Server(process, "", log_file, plan)
    try:
        server.record = server.registry.add(server.pid, plan, log_file, purpose)
        server.base_url = _await_ready(server, plan, readiness, ready_seconds)
        if server.record is not None:
            names = readiness.models or _served(server.base_url, plan.api_key)
            server.record = server.registry.set_ready(server.record, server.base_url, names)
    except BaseException:
        server.stop()
        raise
    return server


def _await_ready(server: Server, plan: ServerPlan, readiness: Readiness, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    pause = HTTP_POLL_SECONDS if isinstance(plan.ready, ReadyUrl) else LOG_POLL_SECONDS
    while True:
        ended = server.wait(pause)  # before reading, so that its last lines are not missed
        url = readiness.url(server.pid)
        if ended is not None:
            raise _early_end(plan, ended, readiness, server.log_file)
        if url is not None:
            return url
        if time.monotonic() > deadline:
            raise LabtopError(
                f"The server for {plan.what} was not ready after {seconds:.0f} seconds.",
                hint=f"Its log may say why: {server.log_file}",
                code="server-not-ready",
            )


def _served(url: str, api_key: str | None) -> list[str]:
    """The names of the models that a server offers; none if it does not say."""
    with suppress(LabtopError):
        return list_models(url, api_key)
    return []


def _early_end(plan: ServerPlan, status: int, readiness: Readiness, log_file: Path) -> LabtopError:
    """The error of a server that ended before it was ready: its own one if it wrote it."""
    lines = readiness.last_lines()
    failure = find_failure(lines)
    if failure is not None:
        return failure
    if is_taken(plan):
        return port_taken(plan)
    last = f" Its last line: {lines[-1]}" if lines else ""
    return LabtopError(
        f"The server for {plan.what} ended with {_describe(status)} before it was ready.{_memory(status)}{last}",
        hint=f"Its log may say more: {log_file}",
        code="server-died",
    )


def _describe(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _memory(status: int) -> str:
    return " The kernel does this when memory runs out." if status == -signal.SIGKILL else ""
