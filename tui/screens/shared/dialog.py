"""The base class of all dialogs."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual._context import visible_screen_stack
from textual.color import Color
from textual.events import ScreenResume
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import _RenderCache

from tui.fast_screens import FastScreen
from tui.screens.shared.shapes import shape_classes
from widgets.glyphs import Glyphs

Answer = TypeVar("Answer")


@lru_cache(maxsize=4096)
def _tinted(style: Style | None, color: Color) -> Style | None:
    """A style under a translucent colour."""
    return next(iter(BackgroundScreen.process_segments([Segment(" ", style)], color))).style


def _tinted_line(line: Strip, color: Color) -> Strip:
    return Strip([Segment(text, _tinted(style, color), control) for text, style, control in line], line.cell_length)


class Dialog(FastScreen[Answer], ModalScreen[Answer]):
    """Opens with the styles of its size, computed once."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = False
    """Whether showing another pane may close it: nothing that was typed in it would be lost."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self.set_class(glyphs.ascii_only, "-ascii")
        self.update_classes(shape_classes(self.app), update=False)

    def _render_content(self) -> None:
        """Draw the screen below in darker colours, as Textual does, but compute each colour only once: a third less."""
        below, color = visible_screen_stack.get(), self.styles.background
        if not below or below[-1] is self or not 0 < color.a < 1:
            super()._render_content()
            return
        lines = below.pop()._compositor.render_strips(self.size)
        self._render_cache = _RenderCache(self.size, [_tinted_line(line, color) for line in lines])
        self._dirty_regions.clear()

    @on(ScreenResume)
    def _keep_styles(self, event: ScreenResume) -> None:
        event.refresh_styles = False
