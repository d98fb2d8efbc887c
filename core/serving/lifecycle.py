"""A server's life: started as our child, waited for until it answers, and ended with all of its processes."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from core.errors import LabtopError, disk_error
from core.jobs.processes import child_environment, end_tree
from core.serving.argv import READY, embedded_argv
from core.serving.names import BUILTIN_TEACHER

READY_SECONDS = 600.0
"""How long loading may take: a large model from a cold disk."""

STOP_SECONDS = 10.0
"""What a server gets to end by itself."""

POLL_SECONDS = 0.02

LAST_BYTES = 4000
"""How much of the end of a dead server's log is looked at for the reason."""


class Server:
    """A running server. As a context manager it ends with the block."""

    def __init__(self, process: subprocess.Popen[bytes], base_url: str, log_file: Path) -> None:
        self._process = process
        self.base_url = base_url
        """With the `/v1` that OpenAI's clients want."""
        self.log_file = log_file

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float | None = None) -> int | None:
        """The exit status once the server has ended; None when it still runs after so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """End the server and all that it started. Stopping one that has ended does nothing."""
        if self._process.poll() is None:
            end_tree(self._process.pid, grace_seconds)
            self._process.wait()

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
    ready_seconds: float = READY_SECONDS,
) -> Server:
    """Serve a model folder or `builtin:extractive` with the embedded server, on a free port if none is given.

    Returns when clients can connect. The server dies with the thread that called this (the kernel ties a parent's
    death to the thread), so call it from one that lives on: a job's or a command's main thread.
    Raises LabtopError with the server's own words when it cannot serve.
    """
    model = str(model_path)
    if model != BUILTIN_TEACHER:
        model = str(Path(model).expanduser().absolute())
    argv = embedded_argv(model, host=host, port=port or 0, served_name=served_name, threads=threads)
    return launch(argv, what=model, log_file=log_file, ready_seconds=ready_seconds)


def launch(argv: Sequence[str], *, what: str, log_file: Path, ready_seconds: float) -> Server:
    """Run a server's command line, its output appended to a log, and wait for the line that says it is ready."""
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            start = log.tell()
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(),
                start_new_session=True,  # a Ctrl+C in the terminal is for whoever supervises the server
            )
    except OSError as error:
        raise disk_error(error, f"starting a server with its log in {log_file}") from error
    server = Server(process, "", log_file)
    try:
        server.base_url = _await_ready(server, start, what, ready_seconds)
    except BaseException:
        server.stop()
        raise
    return server


def _await_ready(server: Server, start: int, what: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while True:
        ended = server.wait(POLL_SECONDS)  # before reading, so that its last words are not missed
        url = ready_url(_read(server.log_file, start))
        if ended is not None:
            raise _death(what, ended, _read(server.log_file, start), server.log_file)
        if url is not None:
            return url
        if time.monotonic() > deadline:
            raise LabtopError(
                f"The server for {what} was not ready after {seconds:.0f} seconds.",
                hint=f"Its log may say why: {server.log_file}",
            )


def _read(log_file: Path, start: int) -> str:
    with log_file.open("rb") as stream:
        end = stream.seek(0, 2)
        stream.seek(max(start, end - LAST_BYTES))
        return stream.read().decode(errors="replace")


def ready_url(log: str) -> str | None:
    """The base URL in a log that says the server is ready; a half-written line does not count."""
    for line in log.splitlines(keepends=True):
        if line.startswith(READY) and line.endswith("\n"):
            return line[len(READY) :].split()[0]
    return None


def _death(what: str, status: int, log: str, log_file: Path) -> LabtopError:
    """Why a server ended before it was ready: its own sentence and hint if it told them."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    told = {name: text for line in lines for name, colon, text in [line.partition(": ")] if colon}
    if "Error" in told:
        return LabtopError(told["Error"], hint=told.get("Hint"))
    how = f"signal {-status}" if status < 0 else f"status {status}"
    memory = " The kernel does this when memory runs out." if status == -9 else ""
    last = f" Its last words: {lines[-1]}" if lines else ""
    return LabtopError(
        f"The server for {what} ended with {how} before it was ready.{memory}{last}",
        hint=f"Its log has more: {log_file}",
    )
