"""Running git where it goes to the network: it tells how far it is, may be stopped, and is gone when we are."""

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

TOLD_SECONDS = 0.2
"""The least between two words of progress; git says more than a person reads."""

POLL_SECONDS = 0.1
"""Between two looks at whether to stop."""

MAX_ERRORS = 200_000
"""Bytes that are kept of what git says; a server can make it talk for as long as it likes."""

_PROGRESS = re.compile(
    r"(?:remote: )?(?P<what>(?:Counting|Compressing|Receiving|Resolving) (?:objects|deltas)): +(?P<share>\d+%)[^,]*"
    r"(?:, (?P<size>[\d.]+ \w+)(?: \| (?P<rate>[\d.]+ \w+/s))?)?"
)


class FetchStopped(LabtopError):  # noqa: N818 - a fact, asked for
    """Whoever asked for something from the network wants it no more."""

    def __init__(self) -> None:
        super().__init__("Fetching was stopped.", hint="Nothing of the part that came is used.")


def run_remote_git(
    repository: Path,
    *arguments: str,
    seconds: float,
    how_far: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> bytes:
    """What a git command prints that goes to the network, run in a repository.

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
    """Git at work; it has ended when the block has, and what it started, too."""
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
    """All that git prints and says; nothing printed when the time is up."""
    assert process.stdout and process.stderr
    printed, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, printed)
        selector.register(process.stderr, selectors.EVENT_READ, said)
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
                elif key.data is said:
                    del said[:-MAX_ERRORS]
                    progress.heard(data)
            if not ready and process.poll() is not None:  # a daemon that it started may hold its output open
                break
    return bytes(printed), bytes(said)


class _Progress:
    """Picks progress out of what git says, and passes on as much of it as a person reads."""

    def __init__(self, how_far: Callable[[str], None]) -> None:
        self._how_far = how_far
        self._rest = ""
        self._last = -TOLD_SECONDS

    def heard(self, data: bytes) -> None:
        *lines, self._rest = re.split(r"[\r\n]+", self._rest[-1_000:] + data.decode(errors="replace"))
        found = [match for line in lines if (match := _PROGRESS.match(line))]
        if found and time.monotonic() - self._last >= TOLD_SECONDS:
            self._last = time.monotonic()
            self._how_far(_words(found[-1]))


def _words(progress: re.Match[str]) -> str:
    size = f", {progress['size']}" if progress["size"] else ""
    rate = f" at {progress['rate']}" if progress["rate"] else ""
    return f"{progress['what'].lower()} {progress['share']}{size}{rate}"
