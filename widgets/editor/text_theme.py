"""The theme of the editors, in addition to their style sheets."""

from __future__ import annotations

from rich.style import Style
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

NAME = "labtop"


class OwnColours(TextAreaTheme):
    """Keeps the text colours on the cursor's line, which Textual's own themes override."""

    def apply_css(self, text_area: TextArea) -> None:
        super().apply_css(text_area)
        if self.cursor_line_style is not None:
            self.cursor_line_style = Style(bgcolor=self.cursor_line_style.bgcolor)


def use_own_colours(text_area: TextArea) -> None:
    text_area.register_theme(OwnColours(NAME))
    text_area.theme = NAME
