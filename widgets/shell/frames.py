"""Titled frames around the parts of a pane; the style sheet of the workbench draws class `frame`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

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
    if isinstance(widget, Framed):
        with widget.changing_frame():
            _set_texts(widget, changed)
    else:
        _set_texts(widget, changed)


def _content(text: str | Content) -> Content:
    return Content(text) if isinstance(text, str) else text


def _set_texts(widget: Widget, texts: Mapping[str, Content | None]) -> None:
    for name, text in texts.items():
        setattr(widget, name, text)


class Framed(Widget):
    """Paints only the upper and lower line again when the texts in its frame change, not what is between them.

    It follows the other bases of a class, since Textual takes the style sheet of the first.
    """

    _frame_changes = False

    @contextmanager
    def changing_frame(self) -> Iterator[None]:
        """While only the texts in the frame are set."""
        self._frame_changes = True
        try:
            yield
        finally:
            self._frame_changes = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if self._frame_changes and not regions and not layout:
            (left, top), (width, height) = self.content_offset, self.outer_size
            regions = (Region(-left, -top, width, 1), Region(-left, height - 1 - top, width, 1))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
