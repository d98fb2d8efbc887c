"""A conversation that grows: its turns as lines, drawn at most ten times a second while a reply arrives."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.visual import Visual
from textual.widget import Widget

from widgets.chat.chat_turn import Remark, Reply, Turn
from widgets.chat.painted_lines import PaintedLines
from widgets.glyphs import Glyphs

REDRAW_SECONDS = 0.1
"""Interval at which a growing reply is drawn."""

REDRAW_SHARE = 0.1
"""Of the processor's time that drawing a growing reply may take: what costs more is drawn less often."""

MAX_TURNS = 100
"""Turns kept on the screen; the conversation itself keeps all."""

Some = TypeVar("Some", bound=Turn)


class ConversationView(PaintedLines, can_focus=True):
    """Draws only the visible lines. The end is followed until the user scrolls up, and again once it is reached."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"conversation--mark"}

    DEFAULT_CSS = """
    ConversationView {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .conversation--mark { color: $primary; text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move_turn(-1)", "Up", show=False, id="list.up", tooltip="Go to the turn before."),
        Binding("down,j", "move_turn(1)", "Down", show=False, id="list.down", tooltip="Go to the next turn."),
        Binding("end,G", "follow", "Follow", show=False, id="log.follow-end", tooltip="Go to the end and follow it."),
        Binding("home", "go_to_start", "Start", show=False, id="log.go-start", tooltip="Go to the first line."),
    ]

    class Moved(Message):
        """Another turn is marked, or the end is followed or not."""

        def __init__(self, view: ConversationView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> ConversationView:
            return self.view

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ConversationView.Moved) and message.view is self.view

    def __init__(self, glyphs: Glyphs, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(glyphs, id=id, classes=classes)
        self._empty = ""
        self._turns: list[Turn] = []
        self._ends: list[int] = []
        """The line after each turn."""
        self._marked: Turn | None = None
        self._waiting: dict[Reply, list[str]] = {}
        """Text that was received and is not drawn yet."""
        self._timer: Timer | None = None
        self._drawn_at = 0.0
        self._cost = 0.0
        """Seconds that the last drawing took."""
        self.follows = True

    # Turns.

    @property
    def turns(self) -> Sequence[Turn]:
        return self._turns

    @property
    def marked(self) -> Turn | None:
        """The turn that keys act on: the marked one, else none."""
        return self._marked if self._marked in self._turns else None

    def add_turn(self, turn: Some) -> Some:
        """Show a turn at the end."""
        self._turns.append(turn)
        del self._turns[: max(0, len(self._turns) - MAX_TURNS)]
        self.show_changes()
        return turn

    def remove_turn(self, turn: Turn) -> None:
        if turn in self._turns:
            self._turns.remove(turn)
            self.show_changes()

    def set_turns(self, turns: Sequence[Turn]) -> None:
        """Show these turns instead of all others, and follow the end."""
        self._turns = list(turns)[-MAX_TURNS:]
        self._waiting.clear()
        self._marked = None
        self.follows = True
        self.show_changes()

    def set_empty(self, text: str) -> None:
        """What is shown without turns."""
        if text != self._empty:
            self._empty = text
            if not self._turns:
                self.show_changes()

    def write(self, reply: Reply, text: str) -> None:
        """Add text to a reply. The first piece is drawn at once, later ones together."""
        self._waiting.setdefault(reply, []).append(text)
        if text and reply.is_empty:
            self.show_changes()
        elif self._timer is None:
            wait = max(REDRAW_SECONDS, self._cost / REDRAW_SHARE)
            passed = time.monotonic() - self._drawn_at
            if passed >= wait:
                self.show_changes()
            else:
                self._timer = self.set_timer(wait - passed, self.show_changes)

    def show_changes(self) -> None:
        """Draw all that has changed now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        started = time.thread_time()
        for reply, pieces in self._waiting.items():
            reply.append("".join(pieces))
        self._waiting.clear()
        self._lay_out()
        self._drawn_at = time.monotonic()
        self._cost = time.thread_time() - started

    # Layout: the lines of all turns, of which only those that changed are painted.

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        before, self._strips, self._ends = self._strips, [], []
        for turn in self._turns:
            self._strips += turn.lines(width, self._draw)
            self._ends.append(len(self._strips))
        if not self._turns and self._empty:
            self._strips = Remark(self._empty).lines(width, self._draw)
        height = self._rows
        if (len(before) > height) != (len(self._strips) > height) or not before:
            self.virtual_size = Size(width, len(self._strips))  # the scroll bar appears or disappears
            self.refresh()
        else:
            self.set_reactive(Widget.virtual_size, Size(width, len(self._strips)))
            if len(before) != len(self._strips):
                self._scroll_update(self.virtual_size)
            self._refresh_changed(before)
        if self.follows:
            self._go_to_end()

    def _refresh_changed(self, before: Sequence[Strip]) -> None:
        """Paint the visible lines from the first to the last one that has changed."""
        top = self.scroll_offset.y
        bottom = min(top + self._rows, max(len(before), len(self._strips)))
        changed = [number for number in range(top, bottom) if _line(before, number) != _line(self._strips, number)]
        if changed:
            self.refresh_lines(changed[0], changed[-1] - changed[0] + 1)

    def _draw(self, content: Content, width: int) -> list[Strip]:
        return Visual.to_strips(self, content, width, None, self.visual_style, apply_selection=False)

    @property
    def _rows(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def on_resize(self) -> None:
        self._lay_out()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        for turn in self._turns:
            turn.redraw()
        if self.is_attached:
            self.call_later(self._lay_out)

    # Moving.

    def action_move_turn(self, by: int) -> None:
        """Mark another turn; the first key marks the last one, and after the last one none is marked."""
        if not self._turns:
            return
        at = self._turns.index(self._marked) if self._marked in self._turns else len(self._turns)
        to = at + by
        if to >= len(self._turns):
            self._marked = None
            self.action_follow()
        else:
            self._marked = self._turns[max(0, to)]
            start = self._ends[max(0, to) - 1] if to > 0 else 0
            self.scroll_to_region(
                Region(0, start, 1, min(self._rows, self._ends[max(0, to)] - start)), animate=False, force=True
            )
        self.refresh()
        self.post_message(self.Moved(self))

    def unmark(self) -> None:
        if self._marked is not None:
            self._marked = None
            self.refresh()

    def action_follow(self) -> None:
        self.follows = True
        self._go_to_end()
        self.post_message(self.Moved(self))

    def action_go_to_start(self) -> None:
        self.scroll_to(0, 0, animate=False, force=True, immediate=True)

    def action_page_up(self) -> None:
        self.scroll_to(y=self.scroll_offset.y - self._rows, animate=False, force=True, immediate=True)

    def action_page_down(self) -> None:
        self.scroll_to(y=self.scroll_offset.y + self._rows, animate=False, force=True, immediate=True)

    def _go_to_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if old_value != new_value:
            follows = new_value >= self.max_scroll_y
            if follows != self.follows:
                self.follows = follows
                self.post_message(self.Moved(self))

    def is_marked(self, number: int) -> bool:
        """Whether a line is one of the marked turn, and not the blank one above it."""
        at = bisect_right(self._ends, number)
        first = self._ends[at - 1] if at else 0
        return self.has_focus and at < len(self._turns) and self._turns[at] is self._marked and number > first


def _line(strips: Sequence[Strip], number: int) -> Strip | None:
    return strips[number] if number < len(strips) else None
