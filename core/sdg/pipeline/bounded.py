"""Limits for a user's template: time, memory and length of the text."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

MAX_CHARACTERS = 2_000_000
"""Of a prompt; no model's context is longer."""

MAX_BYTES = 2**28
"""Memory that a template may allocate while it renders a prompt."""

MAX_SECONDS = 5.0
"""For one prompt, which usually takes a fraction of a millisecond."""

_STATM = Path("/proc/self/statm")


class TooCostlyError(ValueError):
    """A template that takes too much time, memory or text."""


@contextmanager
def bounded() -> Iterator[None]:
    """Limit the time and the memory of what runs inside. Time is limited in the main thread only."""
    timed = threading.current_thread() is threading.main_thread()
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    limit = used + MAX_BYTES if before[0] == resource.RLIM_INFINITY else min(before[0], used + MAX_BYTES)
    handler = signal.signal(signal.SIGALRM, _too_long) if timed else None
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
        yield
    except MemoryError as error:
        raise TooCostlyError(f"it takes more than {MAX_BYTES // 2**20} MB of memory") from error
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TooCostlyError(f"it takes more than {MAX_SECONDS:g} seconds")


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
