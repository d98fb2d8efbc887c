"""A row of the list of conversations."""

from __future__ import annotations

import time
from pathlib import Path

from textual.content import Content

from core.chat.saved import SavedSession
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut


def session_row(session: SavedSession, glyphs: Glyphs, now: float, *, is_open: bool) -> Row:
    """The title, and when it was last changed; `now` in seconds since 1970. The open one has a mark."""
    when = date_text(session.modified, now)
    title = session.title or session.id
    text = f"{title}: {session.excerpt}" if session.excerpt and session.excerpt not in title else title

    def draw(width: int) -> Content:
        room = max(1, width - len(when) - 3)
        mark = glyphs.changed if is_open else " "
        return Content.assemble((mark, "$text-primary"), f"{cut(text, room, glyphs):<{room}} ", when, " ")

    return Row(session.file, (text, when, is_open), draw)


def file_of(key: object) -> Path | None:
    """The file of a row."""
    return key if isinstance(key, Path) else None


def date_text(then: float, now: float) -> str:
    """The time of today, else the day; both in seconds since 1970."""
    moment, today = time.localtime(then), time.localtime(now)
    if moment[:3] == today[:3]:
        return time.strftime("%H:%M", moment)
    return time.strftime("%b %d" if moment.tm_year == today.tm_year else "%Y", moment)
