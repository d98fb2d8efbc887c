"""Titled frames."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from widgets.shell.frames import set_frame


def test_frame_shows_texts_without_markup() -> None:
    widget = Static()
    set_frame(widget, "jobs [bold]", "2 [running]")
    assert widget.has_class("frame")
    assert widget._border_title == Content("jobs [bold]")
    assert widget._border_subtitle == Content("2 [running]")
    set_frame(widget, "jobs")
    assert widget.border_subtitle is None
