"""Still pictures of the workbench: the characters on the screen, compared with those in a file of `pictures/`.

Text and not SVG, so that a difference is read as lines, and so that a new Textual that draws the same changes none.
With LABTOP_UPDATE_PICTURES set in the environment the files are written anew instead.
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

from tests.tui.helpers import LIMIT_SECONDS, screen_text, shows, strips_of
from tui.app import Workbench

PICTURES = Path(__file__).parent / "pictures"

UPDATE = "LABTOP_UPDATE_PICTURES"

LOOK_SECONDS = 0.04
"""Between two looks; each draws the whole screen."""

SETTLED_LOOKS = 15
"""Equal looks in a row after which a screen that is to be stored counts as at rest."""

WIDE = frozenset(
    {
        "chat",
        "help",
        "jobs-attached",
        "jobs-finished",
        "jobs-running",
        "palette",
        "system",
        "taxonomy-documents",
        "taxonomy-draft",
        "taxonomy-git",
        "taxonomy-open-leaf",
        "taxonomy-tree",
    }
)
"""Those that are compared at 140x40, too; all are at 80x24. Of others only the words are looked for there."""

both_sizes = pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((140, 40), marks=pytest.mark.slow)], ids=["80x24", "140x40"]
)


async def looks_like(app: Workbench, name: str, *words: str, shown_as: Mapping[str, str] | None = None) -> None:
    """Wait until the screen is the picture of this name for the screen's size, and holds the words that matter.

    Do so before a dialog is opened: what stands behind one is as it was laid out before.
    `shown_as` gives what differs from run to run, such as a port, a text of the same length for the picture.
    """
    if app.size.width > 80 and name not in WIDE:
        await shows(app, *words)
        return
    file = PICTURES / f"{name}-{app.size.width}x{app.size.height}.txt"
    if os.environ.get(UPDATE):
        file.write_text(await _settled(app, words, shown_as or {}), encoding="utf-8")
    wanted = file.read_text(encoding="utf-8") if file.exists() else ""
    missing = [word for word in words if word not in wanted]
    assert not missing, f"{file.name} does not hold {missing}"
    deadline = time.monotonic() + LIMIT_SECONDS
    while (drawn := _drawn(app, shown_as or {})) != wanted:
        if time.monotonic() > deadline:
            told = difflib.unified_diff(wanted.splitlines(), drawn.splitlines(), file.name, "the screen", lineterm="")
            pytest.fail("\n".join(told), pytrace=False)
        await asyncio.sleep(LOOK_SECONDS)


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
        assert len(real) == len(shown), f"{real} and {shown} take different room"
        drawn = drawn.replace(real, shown)
    return drawn


async def _settled(app: Workbench, words: tuple[str, ...], shown_as: Mapping[str, str]) -> str:
    """The screen once it holds the words and no longer changes."""
    deadline = time.monotonic() + LIMIT_SECONDS
    before, looks = "", 0
    while looks < SETTLED_LOOKS:
        assert time.monotonic() < deadline, f"{words} did not come to rest on the screen; there stands\n{before}"
        await asyncio.sleep(LOOK_SECONDS)
        drawn = _drawn(app, shown_as)
        looks = looks + 1 if drawn == before and all(word in drawn for word in words) else 0
        before = drawn
    return before
