"""Titled frames around the parts of a pane; the style sheet of the workbench draws class `frame`."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


def set_frame(widget: Widget, title: str, figures: str = "") -> None:
    """Draw a frame around a widget, with a title in its upper line and key figures in its lower one.

    Texts are shown as they are, without markup; setting the same ones again costs nothing.
    """
    if not widget.has_class("frame"):
        widget.add_class("frame")
    for name, text in (("border_title", title), ("border_subtitle", figures)):
        markup = Content(text).markup if text else None
        if getattr(widget, name) != markup:
            setattr(widget, name, Content(text) if text else None)
