"""Collects garbage while no key is pressed: a full collection blocks the screen for 50 ms, and 15 ms after `freeze`."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

QUIET_SECONDS = 2.0
"""Without a key for this time, nobody notices a collection."""

FULL_AFTER = 10
"""Collections of young objects after which Python would start a full one."""

THRESHOLDS = (700, 10, 200)
"""Python's own, but for the last: full collections happen in quiet moments, unless there is none for long."""


@contextmanager
def no_collection() -> Iterator[None]:
    """Leave garbage for later while something is built: of 20 ms that this takes, 2 to 4 were spent on collections."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def collect_in_quiet_moments(quiet_seconds: Callable[[], float], screens: Callable[[], int]) -> None:
    """Take over from Python when to collect everything.

    `screens` is how many were built: what a new one has added stays, so it is left out of later collections. While a
    dialog is open, which will be garbage, `screens` is 0.
    """
    gc.set_threshold(*THRESHOLDS)
    kept = 0
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        if quiet_seconds() < QUIET_SECONDS:
            continue
        if screens() > kept:
            kept = screens()
            gc.collect()
            gc.freeze()
        elif gc.get_count()[2] >= FULL_AFTER:
            gc.collect()
