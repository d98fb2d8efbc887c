"""Scroll bars drawn by background colour only, for terminals without block characters."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class PlainScrollBarRender(ScrollBarRender):
    """A bar that starts and ends at whole cells."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def use_plain_scroll_bars(plain: bool) -> None:
    """Choose the renderer for the whole process, the only way Textual offers."""
    ScrollBar.renderer = PlainScrollBarRender if plain else ScrollBarRender
