"""Titled frames around the parts of a pane; the style sheet of the workbench draws class `frame`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Self

from textual.content import Content
from textual.geometry import Region
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
    changed = {
        name: content if text else None
        for name, text in (("border_title", title), ("border_subtitle", figures))
        if getattr(widget, name) != ((content := _content(text)).markup if text else None)
    }
    for name, new_text in changed.items():
        if isinstance(widget, Framed):
            with widget.changing_frame(upper=name == "border_title"):
                setattr(widget, name, new_text)
        else:
            setattr(widget, name, new_text)


def _content(text: str | Content) -> Content:
    return Content(text) if isinstance(text, str) else text


class Framed(Widget):
    """Paints only the upper or lower line again when the text in that line of its frame changes.

    It follows the other bases of a class, since Textual takes the style sheet of the first.
    """

    _changed_line: Literal["upper", "lower", ""] = ""

    @contextmanager
    def changing_frame(self, *, upper: bool) -> Iterator[None]:
        """While only the text in the upper or lower line of the frame is set."""
        self._changed_line = "upper" if upper else "lower"
        try:
            yield
        finally:
            self._changed_line = ""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if self._changed_line and not regions and not layout:
            (left, top), (width, height) = self.content_offset, self.outer_size
            regions = (Region(-left, (0 if self._changed_line == "upper" else height - 1) - top, width, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
