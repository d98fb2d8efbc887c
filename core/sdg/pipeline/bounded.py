"""Limits for a user's template: time, memory and length of the text."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

MAX_CHARACTERS = 2_000_000
"""Of a prompt; no model's context is longer."""

MAX_BYTES = 2**28
"""Memory that a template may allocate while it renders a prompt."""

MAX_SECONDS = 5.0
"""For one prompt, which usually takes a fraction of a millisecond."""

AGAIN_SECONDS = 0.1
"""Between two interruptions."""

_STATM = Path("/proc/self/statm")


class TooCostlyError(ValueError):
    """A template that takes too much time, memory or text."""


@contextmanager
def bounded() -> Iterator[None]:
    """Limit the time and the memory of what runs inside. Time is limited in the main thread only."""
    _memory.enter()
    try:
        with _timed() if threading.current_thread() is threading.main_thread() else nullcontext():
            yield
    except MemoryError as error:
        raise TooCostlyError(f"it takes more than {MAX_BYTES // 2**20} MB of memory") from error
    finally:
        _memory.leave()


class _MemoryLimit:
    """The limit of the whole process, kept from the first thread that enters to the last one that leaves.

    Child processes inherit it, so it must not stay: some libraries try forever to allocate what it refuses.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

    def enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = resource.getrlimit(resource.RLIMIT_AS)
            soft, hard = self._before
            used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
            limit = used + MAX_BYTES if soft == resource.RLIM_INFINITY else min(soft, used + MAX_BYTES)
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                resource.setrlimit(resource.RLIMIT_AS, self._before)


_memory = _MemoryLimit()


@contextmanager
def _timed() -> Iterator[None]:
    """Interrupt what runs inside after MAX_SECONDS, and again if it continues: Jinja catches errors of constants."""
    running = True
    error = TooCostlyError(f"it takes more than {MAX_SECONDS:g} seconds")
    interrupted = False

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if running:
            interrupted = True
            raise error

    handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            running = False
        if interrupted:
            raise error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def joined(pieces: Iterable[str]) -> str:
    """The pieces as one text. Raises TooCostlyError if it is too long."""
    text: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_CHARACTERS:
            raise TooCostlyError(f"it is longer than {MAX_CHARACTERS:,} characters")
        text.append(piece)
    return "".join(text)
