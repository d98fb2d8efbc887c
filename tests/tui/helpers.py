"""Helpers of the workbench's tests: waiting inside an event loop, and reading the screen as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from textual._compositor import LayoutUpdate
from textual.app import App
from textual.strip import Strip

from tests.waiting import LIMIT_SECONDS

NOW = 1_790_000_000.0
"""The time of tests with pictures, in seconds since 1970: 14:13 in UTC."""

SCREEN_POLL_SECONDS = 0.05
"""Interval at which the screen is checked; each check draws all of it."""


async def until(condition: Callable[[], object], what: str = "the condition", *, poll_seconds: float = 0.02) -> None:
    """Let the workbench run until a condition is true."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {LIMIT_SECONDS} s"
        await asyncio.sleep(poll_seconds)


def strips_of(app: App[Any]) -> list[Strip]:
    """The lines on the screen, including the screen behind a dialog, as Textual's own screenshot takes them."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [Strip.join(line) for line in update.strips]


def screen_text(app: App[Any]) -> str:
    """The characters on the screen, line by line, each as long as the screen is wide."""
    return "\n".join(strip.text for strip in strips_of(app))


def _contains(screen: str, texts: Sequence[str]) -> bool:
    return all(text in screen for text in texts)


async def shows(app: App[Any], *texts: str) -> None:
    """Wait until the screen contains all of these texts."""
    try:
        await until(
            lambda: _contains(screen_text(app), texts), f"{texts} on the screen", poll_seconds=SCREEN_POLL_SECONDS
        )
    except AssertionError as error:
        raise AssertionError(f"{error}; the screen shows\n{screen_text(app)}") from None
