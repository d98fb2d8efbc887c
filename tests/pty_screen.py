"""The characters that a program has drawn on a terminal, from the bytes it wrote."""

from __future__ import annotations

import codecs
import re

from rich.cells import cell_len

_TOKEN = re.compile(r"\x1b\[([<=>?]?)([\d;:]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()]?.|[^\x1b]")
_PARTIAL = re.compile(r"\x1b(?:\[[<=>?]?[\d;:]*[ -/]*|\][^\x07\x1b]*|[()])?$")
"""The beginning of a control sequence at the end of what was read."""


_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen:
    """Follows cursor moves, erasing and text; colours are ignored."""

    def __init__(self, columns: int, rows: int) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._column = self._row = 0
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Empty the screen, in a new size."""
        self.columns, self.rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]

    @property
    def text(self) -> str:
        return "\n".join("".join(line) for line in self._cells)

    def feed(self, data: bytes) -> None:
        text = self._rest + self._decoder.decode(data)
        partial = _PARTIAL.search(text)
        end = partial.start() if partial else len(text)
        self._rest = text[end:]
        for match in _TOKEN.finditer(text, 0, end):
            if match[3]:
                if not match[1]:
                    self._control(match[3], [int(part or 0) for part in re.split("[;:]", match[2])])
            elif match[0][0] != "\x1b":
                self._write(match[0])

    def _control(self, final: str, numbers: list[int]) -> None:
        if final in "Hf":
            row, column = [*numbers, 1][:2]
            self._row, self._column = max(1, row) - 1, max(1, column) - 1
        elif final == "J":
            self.resize(self.columns, self.rows)
        elif final == "K" and self._row < self.rows:
            self._cells[self._row][self._column :] = [" "] * (self.columns - self._column)

    def _write(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row, self._column = self._row + 1, 0
        elif character >= " ":
            width = cell_len(character)
            if width and self._row < self.rows and self._column + width <= self.columns:
                self._cells[self._row][self._column : self._column + width] = [character] + [""] * (width - 1)
            self._column += width


class Scrollback(Screen):
    """All text that a program wrote, what scrolled away or was overwritten included."""

    def __init__(self) -> None:
        super().__init__(1, 1)
        self._all = ""

    @property
    def text(self) -> str:
        return self._all

    def feed(self, data: bytes) -> None:
        self._all += _CONTROL.sub("", self._decoder.decode(data))
