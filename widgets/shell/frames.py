"""Titled frames around the parts of a pane; the style sheet of the workbench draws class `frame`."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

FRAME_TEXT_MARGIN = 4
"""Columns of a frame's line that are no text."""


def frame_room(widget: Widget) -> int:
    """The columns for a title or for figures; before the first layout, which sets them again, any number."""
    return widget.size.width - FRAME_TEXT_MARGIN if widget.size.width else 1_000


def set_frame(widget: Widget, title: str | Content, figures: str | Content = "") -> None:
    """Draw a frame around a widget, with a title in its upper line and key figures in its lower one.

    Texts are shown as they are, without markup; setting the same ones again costs nothing.
    """
    if not widget.has_class("frame"):
        widget.add_class("frame", update=widget.is_attached)  # mounting computes the styles anyway
    for name, text in (("border_title", title), ("border_subtitle", figures)):
        content = Content(text) if isinstance(text, str) else text
        if getattr(widget, name) != (content.markup if text else None):
            setattr(widget, name, content if text else None)
