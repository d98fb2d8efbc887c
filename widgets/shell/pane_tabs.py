"""The line at the top: the panes with their keys, running jobs, how busy the machine is, and a clock."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region
from textual.reactive import var
from textual.widget import Widget

from core.system.pulse import Pulse
from widgets.glyphs import Glyphs
from widgets.shell.header_text import NAME, Header, Span, Tab, TabText, header

PADDING = 1


class TabLine(Widget):
    """Shows which pane is open; a click on another one opens it."""

    def __init__(self) -> None:
        super().__init__()
        self._name_shown = True
        self._shown: Sequence[TabText] = ()
        self._current = ""

    def show(self, shown: Header, current: str) -> None:
        """Draw these panes, if they are not on the screen yet."""
        before = self._name_shown, self._shown, self._current
        self._name_shown, self._shown, self._current = shown.show_name, shown.tabs, current
        if before != (shown.show_name, shown.tabs, current):
            self.refresh()

    def render(self) -> Content:
        parts = [Content.styled(NAME if self._name_shown else "", "bold $text-primary")]
        column = parts[0].cell_length
        for tab in self._shown:
            open_now = tab.name == self._current
            start = tab.start - open_now
            parts += [Content(" " * (start - column)), _tab(tab, open_now=open_now)]
            column = start + len(tab.text) + 2 * open_now
        return Content("").join(parts)


class StatusLine(Widget):
    """Jobs, machine and clock. A widget of its own, since Textual draws a line again from the start of a widget."""

    def __init__(self) -> None:
        super().__init__()
        self._spans: Sequence[Span] = ()

    def show(self, spans: Sequence[Span]) -> None:
        """Draw only what changed: this happens every few seconds in each workbench that is open."""
        before, self._spans = self._spans, spans
        widths = [len(text) for text, _ in spans]
        if widths != [len(text) for text, _ in before]:
            self.styles.width = sum(widths)
            self.refresh()
            return
        column = 0
        for span, old, width in zip(spans, before, widths, strict=True):
            if span != old:
                self.refresh(Region(column, 0, width, 1))
            column += width

    def render(self) -> Content:
        return Content.assemble(*self._spans)


class PaneTabs(Horizontal):
    """Both parts, laid out for the width of the screen."""

    DEFAULT_CSS = f"""
    PaneTabs {{
        height: 1;
        dock: top;
        background: $panel;
        color: $foreground-muted;
        padding: 0 {PADDING};
        StatusLine {{ height: 1; text-wrap: nowrap; }}
        TabLine {{
            width: 1fr;
            height: 1;
            text-wrap: nowrap;
            link-color: $foreground-muted;
            link-style: none;
            link-background: $panel;
            link-color-hover: $foreground;
            link-style-hover: underline;
            link-background-hover: $panel;
        }}
    }}
    """

    current = var("")
    """Name of the open pane."""

    running = var(0)
    """Number of running jobs."""

    pulse = var(Pulse())
    """How busy the machine is."""

    def __init__(self, tabs: Sequence[Tab], current: str, glyphs: Glyphs) -> None:
        super().__init__()
        self._tabs = tuple(tabs)
        self._glyphs = glyphs
        self._line, self._status = TabLine(), StatusLine()
        self.set_reactive(PaneTabs.current, current)

    def compose(self) -> ComposeResult:
        self._show()
        yield self._line
        yield self._status

    def on_resize(self) -> None:
        self._show()

    def watch_current(self) -> None:
        self._show()

    def watch_running(self) -> None:
        self._show()

    def watch_pulse(self) -> None:
        self._show()

    def _show(self) -> None:
        width = self.app.size.width - 2 * PADDING
        shown = header(self._tabs, self.current, self.running, self.pulse, width, self._glyphs)
        self._line.show(shown, self.current)
        self._status.show(shown.status)


def _tab(tab: TabText, *, open_now: bool) -> Content:
    if open_now:
        return Content.styled(f" {tab.text} ", "$background on $primary")
    return Content.from_markup(f"[@click=app.show_pane('{tab.name}')]{tab.text}[/]")
