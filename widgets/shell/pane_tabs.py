"""The line at the top: the panes with their keys, running jobs, how busy the machine is, and a clock."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive, var
from textual.widget import Widget

from core.system.pulse import Pulse
from widgets.glyphs import Glyphs
from widgets.shell.header_text import NAME, Header, Span, Tab, TabText, header


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

    current = reactive("")
    """The name of the highlighted tab."""

    pulse = var(Pulse())
    """How busy the machine is."""

    def __init__(self, tabs: Sequence[Tab], current: str, glyphs: Glyphs) -> None:
        super().__init__()
        self._tabs = tuple(tabs)
        self.set_reactive(PaneTabs.current, current)
        self._glyphs = glyphs
        self._drawn: Sequence[Span] = ()
        """The status on the screen."""

    def watch_pulse(self) -> None:
        """Draw only what changed: this happens every few seconds in each workbench that is open."""
        status = self._header().status
        if len(status) != len(self._drawn):
            self.refresh()
            return
        changed = [new != old for new, old in zip(status, self._drawn, strict=True)]
        column = self.size.width - sum(len(text) for text, _ in status)
        for (text, _), differs in zip(status, changed, strict=True):
            if differs:
                self.refresh(Region(column, 0, len(text), 1))
            column += len(text)

    def render(self) -> Content:
        shown = self._header()
        self._drawn = shown.status
        parts = [Content.styled(NAME if shown.show_name else "", "bold $text-primary")]
        column = parts[0].cell_length
        for tab in shown.tabs:
            open_now = tab.name == self.current
            start = tab.start - open_now
            parts += [Content(" " * (start - column)), self._tab(tab, open_now=open_now)]
            column = start + len(tab.text) + 2 * open_now
        gap = self.size.width - column - shown.status_width
        return Content.assemble(Content("").join(parts), " " * max(0, gap), *shown.status)

    def _header(self) -> Header:
        return header(self._tabs, self.current, self.running, self.pulse, self.size.width, self._glyphs)

    def _tab(self, tab: TabText, *, open_now: bool) -> Content:
        if open_now:
            return Content.styled(f" {tab.text} ", "$background on $primary")
        return Content.from_markup(f"[@click=app.show_pane('{tab.name}')]{tab.text}[/]")
