"""Full garbage collections wait for a quiet moment."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from tests.tui.helpers import until
from tui import garbage


class Ring:
    """Garbage that only a collection removes."""

    def __init__(self) -> None:
        self.itself = self


async def test_garbage_of_a_new_screen_is_collected_once_no_key_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "QUIET_SECONDS", 0.001)
    thresholds, quiet, looks = gc.get_threshold(), 0.0, 0

    def quiet_seconds() -> float:
        nonlocal looks
        looks += 1
        return quiet

    gc.disable()
    gone = weakref.ref(Ring())
    task = asyncio.create_task(garbage.collect_in_quiet_moments(quiet_seconds, lambda: 1))
    try:
        await until(lambda: looks > 5)
        assert gone() is not None
        quiet = 1.0
        await until(lambda: gone() is None)
        assert gc.get_freeze_count() > 0
    finally:
        task.cancel()
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        gc.enable()
