"""Markdown that grows at its end: only the last block is parsed and wrapped again."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from widgets.chat.markdown_pieces import MUTED, Block, Piece, RulePiece, Signs, TablePiece, TextPiece, read_blocks

MAX_TAIL = 8_192
"""Characters of a block that are parsed again when it grows. A longer block is divided, so that neither an endless
line nor a long list makes each drawing slower than the one before."""

MAX_FENCE = 80
"""Characters of the opening line of a code block that is continued when the block is divided."""

MIN_CELL = 4
"""Columns of the narrowest cell of a table."""

Draw = Callable[[Content, int], list[Strip]]
"""Wraps a text to a width in columns and draws it."""


class GrowingMarkdown:
    """A document as lines for a width."""

    def __init__(self, signs: Signs, indent: int = 0) -> None:
        """`indent` is the number of empty columns at the left of each line."""
        self._signs = signs
        self._indent = Strip([Segment(" " * indent)]) if indent else None
        self._closed: list[Block] = []
        """The blocks that more text cannot change."""
        self._closed_strips: list[Strip] = []
        self._drawn_blocks = 0
        self._width = 0
        self._tail = ""

    def append(self, text: str) -> None:
        self._tail += text

    def redraw(self) -> None:
        """Draw everything again, for example with other colours."""
        self._width = 0

    def strips(self, width: int, draw: Draw) -> list[Strip]:
        """All lines; `width` is that of the text in columns."""
        if width != self._width:
            self._width, self._drawn_blocks, self._closed_strips = width, 0, []
        last = self._close_blocks()
        for block in self._closed[self._drawn_blocks :]:
            self._closed_strips += self._block(block, width, draw, spaced=bool(self._closed_strips))
        self._drawn_blocks = len(self._closed)
        if last is None:
            return self._closed_strips
        return [*self._closed_strips, *self._block(last, width, draw, spaced=bool(self._closed_strips))]

    def _close_blocks(self) -> Block | None:
        """Close all blocks before the last one, and return that, if there is one."""
        while True:
            blocks = read_blocks(self._tail[:MAX_TAIL], self._signs)
            rest = self._tail[MAX_TAIL:]
            if len(blocks) > 1 and blocks[-1].start:
                self._closed += blocks[:-1]
                lines = self._tail[:MAX_TAIL].split("\n")
                self._tail = "\n".join(lines[blocks[-1].start :]) + rest
            elif rest:
                at = self._tail.rfind("\n", MAX_TAIL // 2, MAX_TAIL) + 1 or MAX_TAIL
                self._closed += read_blocks(self._tail[:at], self._signs)
                fence = blocks[0].fence if blocks else ""
                self._tail = (fence if len(fence) <= MAX_FENCE else "") + self._tail[at:]
            else:
                return blocks[0] if blocks else None

    def _block(self, block: Block, width: int, draw: Draw, *, spaced: bool) -> list[Strip]:
        strips = [Strip([])] if spaced else []
        for piece in block.pieces:
            if piece.blank_before:
                strips += draw(Content(piece.rest.rstrip()), width) or [Strip([])]
            strips += _piece(piece, width, draw)
        return strips if self._indent is None else [Strip.join([self._indent, strip]) for strip in strips]


def _piece(piece: Piece, width: int, draw: Draw) -> list[Strip]:
    if isinstance(piece, RulePiece):
        return draw(Content.styled(piece.rest + "-" * max(1, width - len(piece.rest)), MUTED), width)
    room = max(1, width - len(piece.rest))
    lines = _table(piece, room, draw) if isinstance(piece, TablePiece) else draw(piece.content, room)
    lines = lines or [Strip([])]
    if not piece.rest and not (isinstance(piece, TextPiece) and piece.first):
        return lines
    first = piece.first if isinstance(piece, TextPiece) else piece.rest
    (head,), (hanging,) = draw(Content(first), max(1, len(first))), draw(Content(piece.rest), max(1, len(piece.rest)))
    return [Strip.join([head if number == 0 else hanging, line]) for number, line in enumerate(lines)]


def _table(table: TablePiece, width: int, draw: Draw) -> list[Strip]:
    """The rows, with their cells wrapped if all together are wider than the room."""
    columns = max(map(len, table.rows), default=0)
    if not columns:
        return []
    widths = [max([1, *(row[at].cell_length for row in table.rows if at < len(row))]) for at in range(columns)]
    room = max(columns * MIN_CELL, width - 2 * (columns - 1))
    while sum(widths) > room and max(widths) > MIN_CELL:
        widest = widths.index(max(widths))
        others = sorted(widths)[-2] if columns > 1 else 0
        widths[widest] = max(MIN_CELL, min(widths[widest] - 1, max(others, widths[widest] - (sum(widths) - room))))
    lines: list[Strip] = []
    for number, row in enumerate(table.rows):
        cells = [draw(cell.stylize_before("bold") if number == 0 else cell, widths[at]) for at, cell in enumerate(row)]
        for line in range(max(map(len, cells), default=0)):
            parts = [
                (cell[line] if line < len(cell) else Strip([])).adjust_cell_length(widths[at])
                for at, cell in enumerate(cells)
            ]
            lines.append(Strip.join([part for each in parts for part in (each, Strip([Segment("  ")]))][:-1]))
        if number == 0:
            rule = "  ".join("-" * each for each in widths)
            lines += draw(Content.styled(rule, MUTED), max(1, len(rule)))
    return lines
