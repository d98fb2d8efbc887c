"""A log that is followed, scrolled and searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from widgets.glyphs import Glyphs
from widgets.logs.log_lines import LogLine, LogLines
from widgets.shell.frames import Framed

PART = "log-view--"
LEVELS = ("step", "info", "stage", "good", "warning", "error")

LINES_KEPT = 5000


class LogView(ScrollView, Framed, can_focus=True):
    """Draws only the visible lines, so that its cost does not depend on their number.

    The end is followed until the user scrolls up, and again once the end is reached.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}{name}" for name in (*LEVELS, "empty", "match", "current")}

    DEFAULT_CSS = """
    LogView {
        height: 1fr;
        overflow: auto;
        scrollbar-size: 0 1;
        .log-view--step { color: $foreground-muted; }
        .log-view--info { color: $foreground; }
        .log-view--stage { color: $text-primary; }
        .log-view--good { color: $text-success; }
        .log-view--warning { color: $text-warning; }
        .log-view--error { color: $text-error; text-style: bold; }
        .log-view--empty { color: $foreground-muted; }
        .log-view--match { text-style: underline bold; }
        .log-view--current { text-style: reverse bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "find", "Find", id="log.find-text", tooltip="Find a text in the log."),
        Binding("n", "step_match(1)", "Next", id="log.next-match", tooltip="Go to the next match."),
        Binding("N", "step_match(-1)", "Previous", show=False, id="log.previous-match", tooltip="The match before."),
        Binding("end,G", "follow", "Follow", show=False, id="log.follow-end", tooltip="Go to the end and follow it."),
        Binding("home", "go_to_start", "Start", show=False, id="log.go-start", tooltip="Go to the first line."),
    ]

    class Changed(Message):
        """Whether the end is followed, the position, or the search has changed."""

        def __init__(self, log: LogView) -> None:
            super().__init__()
            self.log = log

        @property
        def control(self) -> LogView:
            return self.log

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LogView.Changed) and message.log is self.log

    class FindRequested(Message):
        """The user wants to enter a text to find."""

        def __init__(self, log: LogView) -> None:
            super().__init__()
            self.log = log

    def __init__(self, glyphs: Glyphs, empty: str, *, id: str, limit: int = LINES_KEPT) -> None:  # noqa: A002
        super().__init__(id=id, classes="frame")
        self._glyphs = glyphs
        self._empty = empty
        self._log = LogLines(limit)
        self._width = 0
        self._plain = Style()
        self.follows = True

    @property
    def state_text(self) -> str:
        """The search, whether the end is followed, and the position, in words."""
        count = len(self._log.lines)
        bottom = min(count, self.scroll_offset.y + self._rows)
        follows = "following" if self.follows else f"line {bottom:,} of {count:,}, end follows"
        return ", ".join(part for part in (self._log.found, follows) if part)

    @property
    def has_search(self) -> bool:
        return bool(self._log.query)

    def add(self, lines: Sequence[LogLine]) -> None:
        """Append lines. If the end is not followed, the lines shown stay where they are."""
        if not lines:
            return
        dropped = self._log.add(lines)
        self._width = max(self._width, *(len(line.text) for line in lines))
        self.virtual_size = Size(self._width, len(self._log.lines))
        if self.follows:
            self._go_to_end()
        elif dropped:
            self.scroll_to(y=max(0, self.scroll_offset.y - dropped), animate=False, force=True, immediate=True)
        self.refresh()
        self.post_message(self.Changed(self))

    def set_lines(self, lines: Sequence[LogLine]) -> None:
        """Show these lines instead of all others; the search remains."""
        query = self._log.query
        self._log.clear()
        self._width = 0
        self.virtual_size = Size(0, 0)
        self.add(lines)
        if query:
            self._log.search(query, 0)
        self.refresh()

    def reset(self) -> None:
        """Show nothing, and follow the end."""
        self._log.query = ""
        self.follows = True
        self.set_lines(())
        self.scroll_to(0, 0, animate=False, force=True, immediate=True)
        self.post_message(self.Changed(self))

    def set_empty(self, text: str) -> None:
        """What is shown without lines."""
        if text != self._empty:
            self._empty = text
            self.refresh()

    def find(self, query: str) -> None:
        """Find a text, from the first visible line on; an empty one ends the search."""
        self._show_match(self._log.search(query, self._log.dropped + self.scroll_offset.y))

    def action_find(self) -> None:
        self.post_message(self.FindRequested(self))

    def action_step_match(self, by: int) -> None:
        self._show_match(self._log.step(by))

    def action_follow(self) -> None:
        self.follows = True
        self._go_to_end()
        self.post_message(self.Changed(self))

    def action_go_to_start(self) -> None:
        self.scroll_to(0, 0, animate=False, force=True, immediate=True)

    # Textual's own actions scroll after the next refresh, so that of two quick keys one would be lost.

    def action_scroll_up(self) -> None:
        self._scroll_by(-1)

    def action_scroll_down(self) -> None:
        self._scroll_by(1)

    def action_page_up(self) -> None:
        self._scroll_by(-self._rows)

    def action_page_down(self) -> None:
        self._scroll_by(self._rows)

    def _scroll_by(self, rows: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True, immediate=True)

    @property
    def _rows(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide next and previous without a search."""
        return self.has_search if action == "step_match" else True

    def _show_match(self, number: int | None) -> None:
        if number is not None:
            row = number - self._log.dropped
            height = self._rows
            if not self.scroll_offset.y <= row < self.scroll_offset.y + height:
                self.scroll_to(y=max(0, row - height // 2), animate=False, force=True, immediate=True)
        self.refresh()
        self.post_message(self.Changed(self))

    def _go_to_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        follows = new_value >= self.max_scroll_y
        if old_value != new_value:
            self.follows = follows
            self.post_message(self.Changed(self))

    def on_resize(self) -> None:
        if self.follows:
            self._go_to_end()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.text for line in self._log.lines)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._plain = self.rich_style  # the same for all lines, and costly to compute
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        left, top = self.scroll_offset
        number = top + y
        if not self._log.lines:
            text = self._empty if y == 0 else ""
            style = self.get_component_rich_style(f"{PART}empty")
            return Strip([Segment(text, style)]).adjust_cell_length(width, self._plain)
        if number >= len(self._log.lines):
            return Strip.blank(width, self._plain)
        line = self._log.lines[number]
        style = self.get_component_rich_style(f"{PART}{line.level}") if line.level else self._plain
        text = line.text.replace("±", "+-") if self._glyphs.ascii_only else line.text
        strip = Strip(self._segments(text, number, style))
        if strip.cell_length > left + width:  # a sign that the line continues
            shown = strip.crop(left, left + width - 1)
            strip = Strip([*shown, Segment(self._glyphs.ellipsis, style)])
        else:
            strip = strip.crop_extend(left, left + width, self._plain)
        return strip.apply_offsets(left, number)

    def _segments(self, text: str, number: int, style: Style) -> list[Segment]:
        """The line with its matches, or else its selected part, marked."""
        selected = self.text_selection.get_span(number) if self.text_selection is not None else None
        if selected is not None:
            start, end = selected[0], len(text) if selected[1] == -1 else selected[1]
            mark = self.screen.get_component_rich_style("screen--selection")
            return [Segment(text[:start], style), Segment(text[start:end], style + mark), Segment(text[end:], style)]
        query = self._log.query
        if not query:
            return [Segment(text, style)]
        is_current = number + self._log.dropped == self._log.current
        mark = self.get_component_rich_style(f"{PART}{'current' if is_current else 'match'}", partial=True)
        segments: list[Segment] = []
        lowered, reached = text.lower(), 0
        while len(lowered) == len(text) and (found := lowered.find(query, reached)) >= 0:
            end = found + len(query)
            segments += [Segment(text[reached:found], style), Segment(text[found:end], style + mark)]
            reached = end
        return [*segments, Segment(text[reached:], style)]
