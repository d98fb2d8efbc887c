"""Limits for templates that are rendered in several threads."""

from __future__ import annotations

import resource
import threading
from contextlib import ExitStack

import pytest

from core.sdg.pipeline.bounded import MAX_BYTES, TooCostlyError, bounded


def test_memory_limit_ends_with_the_last_of_overlapping_templates() -> None:
    """Threads that render at once enter and leave in any order; a limit that stayed would starve child processes."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    seen: list[tuple[int, int]] = []

    def overlap() -> None:
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(bounded())
            second.enter_context(bounded())
            first.close()
            seen.append(resource.getrlimit(resource.RLIMIT_AS))
            second.close()
            seen.append(resource.getrlimit(resource.RLIMIT_AS))

    try:
        thread = threading.Thread(target=overlap)
        thread.start()
        thread.join()
        assert seen[0] != before, "the second template is still rendered"
        assert seen[1] == before
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_memory_is_limited_again_after_an_overlap() -> None:
    for _ in range(2):
        with pytest.raises(TooCostlyError, match="256 MB"), bounded():
            bytearray(2 * MAX_BYTES)
