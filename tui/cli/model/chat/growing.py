"""An answer in a frame, as Markdown, while it grows.

Finished blocks are printed once and scroll away like other output. Only the unfinished block is drawn again, at most
ten times a second, and of it only the lines that fit on the screen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import ClassVar

from markdown_it import MarkdownIt
from rich.cells import chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.segment import Segment
from rich.text import Text

from tui.cli.echo import EchoSwitch

FRAMES_PER_SECOND = 10
"""Enough to read along, few enough for a slow connection."""

MAX_SHARE = 0.1
"""Of the time is spent on drawing: a block that takes long to draw is drawn less often."""

FRAME_LINES = 4
"""Lines of the terminal that a growing answer does not use: its frame, a blank line, and the cursor's."""

_PARSER = MarkdownIt("commonmark").enable("table").disable("inline")
"""Finds the blocks only, in a hundredth of the time."""

MAX_CHARACTERS = 100_000
MAX_LINES = 4000
"""A block, or a part of an answer that arrives at once, is Markdown up to this size: drawing it takes about a second.
From there on the answer is shown as plain text, a hundred times as fast."""

MAX_DRAWN = 20_000
"""Characters of an unfinished block that are drawn, from its end."""


class _LeftHeading(Heading):
    """A heading at the left, like all other text."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class AnswerMarkdown(Markdown):
    """Markdown without links that a terminal could open: an answer is untrusted."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {**Markdown.elements, "heading_open": _LeftHeading}

    def __init__(self, text: str) -> None:
        super().__init__(text, hyperlinks=False)


class _Lines:
    """Rendered lines."""

    def __init__(self, lines: Iterable[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        for line in self._lines:
            yield from line
            yield Segment.line()


class GrowingAnswer:
    """Draws one answer. Call `add` with its text, `draw` when `wait` is 0, and `finish` at the end."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._added: list[str] = []
        """Text that is not drawn yet; joined later, since there may be a million pieces."""
        self._tail = ""
        """The text of the unfinished block."""
        self._plain = False
        """Whether the rest is shown as plain text."""
        self._printed = False
        """Whether a block was printed, and so the top of the frame."""
        self._live = Live(console=console, transient=True, auto_refresh=False)
        self._echo = EchoSwitch()
        self._next = 0.0
        """When the next drawing may be, on the clock of `time.monotonic`."""

    def start(self) -> None:
        """Show an empty answer."""
        self._echo.off()
        self._live.start()
        self.wait_for("")

    def wait_for(self, what: str) -> None:
        """Show what is waited for, before the first text."""
        self._refresh([[Segment(f"{'...' if self._ascii else '…'} {what}".rstrip())]])

    def add(self, text: str) -> None:
        """The answer continues."""
        self._added.append(text)

    def wait(self) -> float | None:
        """Seconds until the next drawing; None if there is nothing to draw."""
        return max(0.0, self._next - time.monotonic()) if self._added else None

    def draw(self) -> None:
        """Print finished blocks, and draw the unfinished one."""
        started = time.monotonic()
        self._take_added()
        self._print_finished()
        height = max(1, self._console.height - FRAME_LINES)
        lines = self._render(_last_lines(self._tail, height))[-height:]
        if not lines and not self._printed:  # a heading's mark, for example: the first word must not wait
            return
        self._refresh(lines)
        ended = time.monotonic()
        self._next = started + max(1 / FRAMES_PER_SECOND, (ended - started) / MAX_SHARE)

    def finish(self, figures: Sequence[str]) -> None:
        """Print the rest, and close the frame with as many of the figures as fit. Without text nothing remains."""
        self._take_added()
        self._plain = self._plain or _is_long(self._tail)
        self._live.stop()
        self._echo.restore()
        if self._tail.strip() or self._printed:
            lines = self._framed(self._render(self._tail)) if self._tail.strip() else []
            self._console.print(_Lines([*self._top(), *lines, self._bottom(figures)]), end="")

    def note(self, text: str) -> None:
        """Print a remark above the answer."""
        self._console.print(Text(text, style="dim"))

    def _take_added(self) -> None:
        self._tail += "".join(self._added)
        self._added.clear()

    def _print_finished(self) -> None:
        """Print all blocks but the last one, which may still grow."""
        self._plain = self._plain or _is_long(self._tail)
        if self._plain:
            done, newline, self._tail = self._tail.rpartition("\n")
            if not newline:
                return
        else:
            starts = _block_starts(self._tail)
            if len(starts) < 2:
                return
            lines = self._tail.split("\n")
            done, self._tail = "\n".join(lines[: starts[-1]]), "\n".join(lines[starts[-1] :])
        framed = self._framed(self._render(done))
        self._console.print(_Lines([*self._top(), *framed]), end="")
        self._printed = True

    def _refresh(self, lines: list[list[Segment]]) -> None:
        content = [*self._top(), *self._framed(lines), self._bottom(())]
        self._live.update(_Lines(content), refresh=True)

    def _render(self, text: str) -> list[list[Segment]]:
        """The lines of Markdown, with an empty line between its blocks; or of plain text."""
        if self._plain:
            return _plain_lines(text, self._width - 4)
        options = self._console.options.update(width=self._width - 4)
        source = text.split("\n")
        starts = _block_starts(text)
        rendered: list[list[Segment]] = []
        for start, end in pairwise([*starts, len(source)]):
            block = "\n".join(source[start:end])
            lines = self._console.render_lines(AnswerMarkdown(block), options, pad=False)
            while lines and _is_blank(lines[0]):
                del lines[0]
            while lines and _is_blank(lines[-1]):
                del lines[-1]
            rendered += [[], *lines] if rendered and lines else lines
        return rendered

    def _framed(self, lines: list[list[Segment]]) -> list[list[Segment]]:
        """Lines between the frame's sides; after earlier blocks an empty one comes first."""
        side, width = "|" if self._ascii else "│", self._width - 4
        lines = [[], *lines] if self._printed and lines and not self._plain else lines
        return [[Segment(f"{side} "), *Segment.adjust_line_length(line, width), Segment(f" {side}")] for line in lines]

    def _top(self) -> list[list[Segment]]:
        if self._printed:
            return []
        left, line, right = ("+", "-", "+") if self._ascii else ("╭", "─", "╮")
        title = Text(self._title)
        title.truncate(max(1, self._width - 6), overflow="ellipsis")
        rest = self._width - 5 - title.cell_len
        return [[Segment(f"{left}{line} {title.plain} {line * rest}{right}")]]

    def _bottom(self, figures: Sequence[str]) -> list[Segment]:
        left, line, right = ("+", "-", "+") if self._ascii else ("╰", "─", "╯")
        fitting = [count for count in range(len(figures) + 1) if len(" · ".join(figures[:count])) <= self._width - 6]
        text = Text(f" {' · '.join(figures[: fitting[-1]])} " if fitting[-1] else "")
        return [Segment(f"{left}{line * (self._width - 3 - text.cell_len)}{text.plain}{line}{right}")]

    @property
    def _width(self) -> int:
        return max(20, self._console.width)

    @property
    def _ascii(self) -> bool:
        return not self._console.encoding.startswith("utf")


def _block_starts(text: str) -> list[int]:
    """The lines at which the blocks of Markdown begin."""
    tokens = _PARSER.parse(text)
    return [token.map[0] for token in tokens if token.level == 0 and token.map and token.nesting >= 0]


def _is_long(text: str) -> bool:
    return len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES


def _plain_lines(text: str, width: int) -> list[list[Segment]]:
    """Lines that are broken at the width, whatever their words."""
    lines: list[list[Segment]] = []
    for line in text.expandtabs().split("\n"):
        parts = [line[i : i + width] for i in range(0, len(line), width)] if line.isascii() else chop_cells(line, width)
        lines += [[Segment(part)] for part in parts or [""]]
    return lines


def _is_blank(line: list[Segment]) -> bool:
    return not any(segment.text.strip() for segment in line)


def _last_lines(text: str, count: int) -> str:
    """The last lines of a growing block, so that drawing it costs the same however long it is."""
    lines = text[-MAX_DRAWN:].split("\n")
    if len(lines) <= 2 * count:
        return text[-MAX_DRAWN:]
    fence = text[:3]
    start = [text.partition("\n")[0]] if fence in ("```", "~~~") else []
    return "\n".join([*start, *lines[-2 * count :]])
