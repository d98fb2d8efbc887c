"""The base class of all dialogs."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import on
from textual.events import ScreenResume
from textual.screen import ModalScreen

from tui.fast_screens import FastScreen
from tui.screens.shared.shapes import shape_classes
from widgets.glyphs import Glyphs

Answer = TypeVar("Answer")


class Dialog(FastScreen[Answer], ModalScreen[Answer]):
    """Opens with the styles of its size, computed once."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = False
    """Whether showing another pane may close it: nothing that was typed in it would be lost."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs
        self.set_class(glyphs.ascii_only, "-ascii")
        self.update_classes(shape_classes(self.app), update=False)

    @on(ScreenResume)
    def _keep_styles(self, event: ScreenResume) -> None:
        event.refresh_styles = False
