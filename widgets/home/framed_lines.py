"""A framed block of lines that is drawn for its size, and only when what it shows changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from textual.content import Content

from widgets.shell.frames import Framed, set_frame
from widgets.shell.text_line import TextLine

Shown = TypeVar("Shown", bound=Hashable)

Draw = Callable[[Shown, int, int], Sequence[Content]]
"""The lines of what is shown, for a width and a height."""


class FramedLines(TextLine, Framed, Generic[Shown]):
    """Shows nothing before the first `show`."""

    def __init__(self, title: str, draw: Draw[Shown], *, id: str) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)
        self._draw = draw
        self._title = title
        self._data: Shown | None = None
        set_frame(self, title)

    def show(self, data: Shown, title: str = "", figures: str = "") -> None:
        """Show other data; equal data costs nothing."""
        set_frame(self, title or self._title, figures)
        if data != self._data:
            self._data = data
            self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        if self._data is not None and self.size.width:
            self.update(Content("\n").join(self._draw(self._data, self.size.width, self.size.height)))
