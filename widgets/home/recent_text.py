"""Recent events as lines of text."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.text_width import cut

if TYPE_CHECKING:
    from core.overview.recent import Happened, What

SIGNS: Mapping[What, str] = {"committed": "succeeded", "started": "running", "resumed": "running"}
"""The status whose symbol an event has, unless it has its own."""


def recent_lines(events: Sequence[Happened], now: float, width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each event: its time today or its day, what happened, and to what."""
    lines = []
    for event in events:
        status = SIGNS.get(event.what, event.what)
        head = f"{_moment(event.when, now)}  "
        what = f"{glyphs.status[status]} {event.what} "
        room = max(8, width - len(head) - len(what))
        lines.append(
            Content.assemble((head, "$foreground-muted"), (what, STATUS_STYLES[status]), cut(event.text, room, glyphs))
        )
    return lines


def _moment(when: float, now: float) -> str:
    """The time of an event of today, else its day."""
    moment, today = time.localtime(when), time.localtime(now)
    same_day = moment[:3] == today[:3]
    return time.strftime("%H:%M" if same_day else "%d %b", moment).ljust(6)
