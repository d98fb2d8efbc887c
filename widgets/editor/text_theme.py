"""How the editors are drawn, beyond what their style sheets say."""

from __future__ import annotations

from rich.style import Style
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

NAME = "labtop"


class OwnColours(TextAreaTheme):
    """On the cursor's line, too, letters keep their colours; Textual's own themes give them one."""

    def apply_css(self, text_area: TextArea) -> None:
        super().apply_css(text_area)
        if self.cursor_line_style is not None:
            self.cursor_line_style = Style(bgcolor=self.cursor_line_style.bgcolor)


def use_own_colours(text_area: TextArea) -> None:
    text_area.register_theme(OwnColours(NAME))
    text_area.theme = NAME
