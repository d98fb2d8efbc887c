"""What the tests of the workbench share: waiting inside an event loop, and reading the screen as text."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from html import unescape

from textual.app import App

from tui.app import Workbench

LIMIT_SECONDS = 15.0


async def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Let the workbench go on until something is true."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {LIMIT_SECONDS} s"
        await asyncio.sleep(0.02)


def screen_text(app: App[object]) -> str:
    """The characters on the screen, line by line."""
    svg = app.export_screenshot()
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        rows.setdefault(float(y), []).append((float(x), unescape(text).replace("\xa0", " ")))
    lines = []
    for _, parts in sorted(rows.items()):
        line = ""
        for x, text in sorted(parts):
            line = line.ljust(round(x / 12.2)) + text
        lines.append(line)
    return "\n".join(lines)


async def shows(app: Workbench, *texts: str) -> None:
    """Wait until all of these stand on the screen."""
    try:
        await until(lambda: all(text in screen_text(app) for text in texts), f"{texts} on the screen")
    except AssertionError as error:
        raise AssertionError(f"{error}; there stands\n{screen_text(app)}") from None
