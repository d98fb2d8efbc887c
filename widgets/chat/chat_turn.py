"""The turns of a conversation as lines: question, reply with its figures, and remarks."""

from __future__ import annotations

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from core.figures import counted, duration, size
from core.printable import printable, printable_lines
from widgets.chat.growing_markdown import Draw, GrowingMarkdown
from widgets.chat.markdown_pieces import MUTED, Signs
from widgets.glyphs import Glyphs

INDENT = 2
"""Columns at the left of every turn, in which the chosen one is marked."""

MAX_SHOWN = 100_000
"""Characters of a turn that are drawn; the conversation keeps all. A server may send one endless line."""


class Turn:
    """What is shown of one turn. Its lines are drawn again only after a change."""

    def __init__(self) -> None:
        self._drawn: tuple[int, list[Strip]] | None = None
        self.key: int | None = None
        """Its number in the conversation; None for what is not part of it."""

    @property
    def text(self) -> str:
        """The text to copy."""
        raise NotImplementedError

    def lines(self, width: int, draw: Draw) -> list[Strip]:
        """All lines, indented; `width` is in columns."""
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = width, [Strip([]), *self._body(max(1, width - 2 * INDENT), draw)]
        return self._drawn[1]

    def changed(self) -> None:
        """Draw the turn again when its lines are next asked for."""
        self._drawn = None

    def redraw(self) -> None:
        """The same, also what depends on the theme."""
        self.changed()

    def _body(self, width: int, draw: Draw) -> list[Strip]:
        """The indented lines; `width` is that of their text."""
        raise NotImplementedError


class Question(Turn):
    """The user's question, as typed."""

    def __init__(self, text: str, note: str = "") -> None:
        """`note` is a line below it, such as the number of its alternatives."""
        super().__init__()
        self._text = text
        self._note = note

    @property
    def text(self) -> str:
        return self._text

    def _body(self, width: int, draw: Draw) -> list[Strip]:
        shown = printable_lines(self._text[:MAX_SHOWN]).rstrip("\n")
        lines = draw(Content.styled(shown, "bold $text-primary"), width)
        lines += _omitted(len(self._text), width, draw)
        return _indented(lines + (draw(Content.styled(self._note, MUTED), width) if self._note else []))


class Remark(Turn):
    """A message of the workbench between the turns."""

    def __init__(self, text: str, *, is_error: bool = False) -> None:
        super().__init__()
        self._text = text
        self._is_error = is_error

    @property
    def text(self) -> str:
        return self._text

    def _body(self, width: int, draw: Draw) -> list[Strip]:
        style = "$text-error" if self._is_error else MUTED
        return _indented(draw(Content.styled(printable_lines(self._text), style), width))


class Reply(Turn):
    """The model's reply, as it arrives. Links in it are plain text, so nothing a model writes can be opened."""

    def __init__(self, glyphs: Glyphs, text: str = "", model: str = "") -> None:
        super().__init__()
        signs = Signs(("*", "-"), ">") if glyphs.ascii_only else Signs()
        self._markdown = GrowingMarkdown(signs, INDENT)
        self._pieces: list[str] = []
        self._length = 0
        self._model = model
        self._figures = ""
        self.append(text)

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def is_empty(self) -> bool:
        """Whether no text has arrived yet."""
        return not self._length

    def append(self, text: str) -> None:
        """Add text at the end."""
        room = MAX_SHOWN - self._length
        if room > 0:
            self._markdown.append(printable_lines(text[:room]))
        self._pieces.append(text)
        self._length += len(text)
        self.changed()

    def show_note(self, text: str) -> bool:
        """Set the line below the reply; return whether it has changed."""
        if text == self._figures:
            return False
        self._figures = text
        self.changed()
        return True

    def redraw(self) -> None:
        self._markdown.redraw()
        super().redraw()

    def _body(self, width: int, draw: Draw) -> list[Strip]:
        last = _omitted(self._length, width, draw)
        if figures := ", ".join(part for part in (printable(self._model), self._figures) if part):
            last += draw(Content.styled(figures, MUTED), width)
        return [*self._markdown.strips(width, draw), *_indented(last)]


def _indented(lines: list[Strip]) -> list[Strip]:
    indent = Strip([Segment(" " * INDENT)])
    return [Strip.join([indent, line]) for line in lines]


def _omitted(length: int, width: int, draw: Draw) -> list[Strip]:
    """A line that says how much of a long turn is not shown."""
    if length <= MAX_SHOWN:
        return []
    return draw(Content.styled(f"({size(length - MAX_SHOWN)} more, not shown; y copies all)", "$text-warning"), width)


def figures_text(seconds: float, tokens: int, rate: float | None, ended: str = "") -> str:
    """The line below a reply."""
    parts = [f"{seconds:.1f} s" if seconds < 60 else duration(seconds)]
    if tokens:
        parts.append(counted(tokens, "token"))
    if rate is not None:
        parts.append(f"{rate:.0f} tokens/s" if rate >= 10 else f"{rate:.1f} tokens/s")
    if ended:
        parts.append(ended)
    return ", ".join(parts)
