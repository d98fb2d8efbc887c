"""The line at the top: the panes with their keys, and the number of running jobs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.glyphs import Glyphs


class PaneTabs(Widget):
    """Shows which pane is open; a click on another one opens it."""

    DEFAULT_CSS = """
    PaneTabs { height: 1; dock: top; background: $panel; color: $foreground-muted; padding: 0 1; text-wrap: nowrap;
        link-color: $foreground-muted; link-style: none; link-background: $panel;
        link-color-hover: $foreground; link-style-hover: underline; link-background-hover: $panel;
    }
    """

    running = reactive(0)
    """Number of running jobs."""

    def __init__(self, tabs: Sequence[tuple[str, str, str]], current: str, glyphs: Glyphs) -> None:
        """`tabs` holds key, title and name of each pane."""
        super().__init__()
        self._tabs = tuple(tabs)
        self._current = current
        self._glyphs = glyphs

    def render(self) -> Content:
        parts: list[Content] = [Content.styled("labtop ", "bold $text-primary")]
        for key, title, name in self._tabs:
            if name == self._current:
                parts.append(Content.styled(f" {key} {title} ", "bold $background on $primary"))
            else:
                parts.append(Content.from_markup(f" [@click=app.show_pane('{name}')]{key} {title}[/] "))
        line = Content("").join(parts)
        if not self.running:
            return line
        jobs = "job" if self.running == 1 else "jobs"
        status = f"{self._glyphs.status['running']} {self.running} {jobs} running"
        gap = self.size.width - line.cell_length - len(status)
        return Content.assemble(line, " " * max(1, gap), (status, "$text-primary"))
