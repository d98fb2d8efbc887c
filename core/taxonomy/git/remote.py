"""Running git commands that use the network: they report progress, can be stopped, and end with this process."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LabtopError
from core.jobs.processes import end_tree
from core.taxonomy.git import guard
from core.taxonomy.git.process import GitFailed, start_git, too_long

PROGRESS_SECONDS = 0.2
"""Minimum between two progress reports; git prints more than a person can read."""

POLL_SECONDS = 0.1
"""Between two checks whether to stop."""

MAX_ERRORS = 200_000
"""Bytes of git's output that are kept; a server can make it print without end."""

_PROGRESS = re.compile(
    r"(?:remote: )?(?P<what>(?:Counting|Compressing|Receiving|Resolving) (?:objects|deltas)): +(?P<share>\d+%)[^,]*"
    r"(?:, (?P<size>[\d.]+ \w+)(?: \| (?P<rate>[\d.]+ \w+/s))?)?"
)


class FetchStopped(LabtopError):  # noqa: N818 - not a failure
    """A network request was stopped on request."""

    def __init__(self) -> None:
        super().__init__("Fetching was stopped.", hint="The part that was received is not used.")


def run_remote_git(
    repository: Path,
    *arguments: str,
    seconds: float,
    how_far: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> bytes:
    """The output of a git command that uses the network, run in a repository.

    Git and all that it starts end with this process, even if that is killed. `how_far` gets git's progress in words,
    such as "receiving objects 45%, 12.00 MiB at 3.00 MiB/s". Raises FetchStopped soon after `stop` says so, GitFailed
    when git ends with a status other than 0, LabtopError when it takes too long or there is no git.
    """
    with _started(repository, arguments) as process:
        output, errors = _read(process, time.monotonic() + seconds, _Progress(how_far), stop)
        if output is None:
            raise too_long(arguments, seconds)
    if process.returncode != 0:
        lines = re.split(r"[\r\n]+", errors.decode(errors="replace"))
        raise GitFailed("\n".join(line for line in lines if not _PROGRESS.match(line)))
    return output


@contextmanager
def _started(repository: Path, arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """Git running; it and all its children have ended when the block has."""
    guarded = (sys.executable, "-I", "-S", guard.__file__)
    theirs, ours = os.pipe()
    try:
        try:
            process = start_git(repository, arguments, before=guarded, stdin=theirs)
        finally:
            os.close(theirs)
        with process:
            try:
                yield process
                process.wait()
            except BaseException:
                end_tree(process.pid, 0)
                raise
    finally:
        os.close(ours)


def _read(
    process: subprocess.Popen[bytes], deadline: float, progress: _Progress, stop: Callable[[], bool]
) -> tuple[bytes | None, bytes]:
    """Git's standard output and standard error; no output when the time is up."""
    assert process.stdout and process.stderr
    output, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, output)
        selector.register(process.stderr, selectors.EVENT_READ, errors)
        while selector.get_map():
            if stop():
                raise FetchStopped
            if time.monotonic() > deadline:
                return None, b""
            ready = selector.select(POLL_SECONDS)
            for key, _ in ready:
                data = os.read(key.fd, 65_536)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.data is errors:
                    del errors[:-MAX_ERRORS]
                    progress.read(data)
            if not ready and process.poll() is not None:  # a daemon that it started may hold its output open
                break
    return bytes(output), bytes(errors)


class _Progress:
    """Finds progress in git's output, and reports it at intervals."""

    def __init__(self, how_far: Callable[[str], None]) -> None:
        self._how_far = how_far
        self._rest = ""
        self._last = -PROGRESS_SECONDS

    def read(self, data: bytes) -> None:
        *lines, self._rest = re.split(r"[\r\n]+", self._rest[-1_000:] + data.decode(errors="replace"))
        found = [match for line in lines if (match := _PROGRESS.match(line))]
        if found and time.monotonic() - self._last >= PROGRESS_SECONDS:
            self._last = time.monotonic()
            self._how_far(_words(found[-1]))


def _words(progress: re.Match[str]) -> str:
    size = f", {progress['size']}" if progress["size"] else ""
    rate = f" at {progress['rate']}" if progress["rate"] else ""
    return f"{progress['what'].lower()} {progress['share']}{size}{rate}"
