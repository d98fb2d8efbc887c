"""What the tests of the workbench share: waiting inside an event loop, and reading the screen as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from textual._compositor import LayoutUpdate
from textual.app import App
from textual.strip import Strip

LIMIT_SECONDS = 60.0
"""Matters only when a test fails; a loaded machine may need long."""

SCREEN_LOOK_SECONDS = 0.05
"""Between two looks at the screen; each draws all of it."""


async def until(condition: Callable[[], object], what: str = "the condition", *, look_seconds: float = 0.02) -> None:
    """Let the workbench go on until something is true."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {LIMIT_SECONDS} s"
        await asyncio.sleep(look_seconds)


def strips_of(app: App[Any]) -> list[Strip]:
    """The lines on the screen, with what is behind a dialog, as Textual's own screenshot takes them."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, LayoutUpdate)
    return [Strip.join(line) for line in update.strips]


def screen_text(app: App[Any]) -> str:
    """The characters on the screen, line by line, each as long as the screen is wide."""
    return "\n".join(strip.text for strip in strips_of(app))


def _contains(screen: str, texts: Sequence[str]) -> bool:
    return all(text in screen for text in texts)


async def shows(app: App[Any], *texts: str) -> None:
    """Wait until all of these stand on the screen."""
    try:
        await until(
            lambda: _contains(screen_text(app), texts), f"{texts} on the screen", look_seconds=SCREEN_LOOK_SECONDS
        )
    except AssertionError as error:
        raise AssertionError(f"{error}; there stands\n{screen_text(app)}") from None
