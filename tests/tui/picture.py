"""Snapshots of the workbench: the characters on the screen, compared with those in a file of `pictures/`.

Text and not SVG, so that a difference is read as lines, and so that a new Textual that draws the same changes none.
With LABTOP_UPDATE_PICTURES set in the environment, the files are rewritten instead.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from textual.color import Color

from tests.tui.helpers import screen_text, shows, strips_of
from tui.app import Workbench

PICTURES = Path(__file__).parent / "pictures"

UPDATE = "LABTOP_UPDATE_PICTURES"

LIMIT_SECONDS = 60.0
"""Shorter than other tests', since many pictures may differ at a time."""

POLL_SECONDS = 0.04
"""Interval at which the screen is checked; each check draws all of it."""

SETTLED_CHECKS = 15
"""Number of equal checks in a row after which a screen is stable enough to store."""

WIDE = frozenset(
    {
        "chat",
        "chat-compare",
        "evaluate",
        "evaluate-questions",
        "form",
        "help",
        "home-empty",
        "home-finished",
        "home-running",
        "jobs-attached",
        "jobs-empty",
        "jobs-failed",
        "jobs-finished",
        "jobs-log",
        "jobs-resumed",
        "jobs-running",
        "models",
        "palette",
        "setup",
        "system-1-gpu",
        "system-8-gpus",
        "system-no-gpu",
        "taxonomy-documents",
        "taxonomy-draft",
        "taxonomy-git",
        "taxonomy-open-leaf",
        "taxonomy-three-columns",
        "taxonomy-tree",
        "train-finished",
        "train-overlay",
        "train-running",
    }
)
"""Snapshots that are also compared at 140x40; all are at 80x24. For others only the words are checked there."""

both_sizes = pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((140, 40), marks=pytest.mark.slow)], ids=["80x24", "140x40"]
)


async def looks_like(app: Workbench, name: str, *words: str, shown_as: Mapping[str, str] | None = None) -> None:
    """Wait until the screen equals the snapshot of this name and size, and contains the given words.

    Call it before a dialog is opened as well: the screen behind a dialog keeps its earlier layout.
    `shown_as` replaces what differs between runs, such as a port, by a text of the same length.
    """
    if app.size.width > 80 and name not in WIDE:
        await shows(app, *words)
        return
    file = PICTURES / f"{name}-{app.size.width}x{app.size.height}.txt"
    if os.environ.get(UPDATE):
        file.write_text(await _settled(app, words, shown_as or {}), encoding="utf-8")
    wanted = file.read_text(encoding="utf-8") if file.exists() else ""
    missing = [word for word in words if word not in wanted]
    assert not missing, f"{file.name} does not contain {missing}"
    deadline = time.monotonic() + LIMIT_SECONDS
    while (drawn := _drawn(app, shown_as or {})) != wanted:
        if time.monotonic() > deadline:
            difference = difflib.unified_diff(
                wanted.splitlines(), drawn.splitlines(), file.name, "the screen", lineterm=""
            )
            pytest.fail("\n".join(difference), pytrace=False)
        await asyncio.sleep(POLL_SECONDS)


def ground_of(app: Workbench, text: str) -> Color:
    """The background of the first place on the screen that shows a text."""
    for strip in strips_of(app):
        before, found, _ = strip.text.partition(text)
        if found:
            (segment, *_) = strip.crop(len(before), len(before) + 1)
            assert segment.style is not None
            assert segment.style.bgcolor is not None
            return Color.from_rich_color(segment.style.bgcolor)
    raise AssertionError(f"{text} is not on the screen")


def _drawn(app: Workbench, shown_as: Mapping[str, str]) -> str:
    drawn = "".join(f"{line.rstrip()}\n" for line in screen_text(app).split("\n"))
    for real, shown in shown_as.items():
        assert len(real) == len(shown), f"{real} and {shown} differ in length"
        drawn = drawn.replace(real, shown)
    return drawn


async def _settled(app: Workbench, words: tuple[str, ...], shown_as: Mapping[str, str]) -> str:
    """The screen, once it contains the words and no longer changes."""
    deadline = time.monotonic() + LIMIT_SECONDS
    before, checks = "", 0
    while checks < SETTLED_CHECKS:
        assert time.monotonic() < deadline, f"{words} did not come to rest on the screen; the screen shows\n{before}"
        await asyncio.sleep(POLL_SECONDS)
        drawn = _drawn(app, shown_as)
        checks = checks + 1 if drawn == before and all(word in drawn for word in words) else 0
        before = drawn
    return before
