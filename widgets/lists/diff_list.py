"""A scrollable diff with wrapped lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from widgets.lists.row_list import Row, RowList

LINE_STYLES = {"+": "$text-success", "-": "$text-error", "@": "$text-primary", "d": "bold", "\\": "$foreground-muted"}
"""Styles by a line's first character, which has the same meaning without colour."""

NARROWEST = 20
"""The narrowest width for wrapping."""


class DiffList(RowList):
    """Shows the lines of a unified diff; a long line continues below, indented by one."""

    DEFAULT_CSS = "DiffList { background: $surface; scrollbar-gutter: stable; }"

    _diff: Sequence[str] = ()

    def show(self, diff: Sequence[str], empty: str = "") -> None:
        """Show these lines, or a message if there are none."""
        self._diff, self._empty = diff, empty
        self._wrap_lines()

    def on_resize(self) -> None:
        self.call_after_refresh(self._wrap_lines)

    def _wrap_lines(self) -> None:
        width = max(NARROWEST, self.scrollable_content_region.width)
        parts = (part for line in self._diff for part in _parts(line, width))
        self.set_rows([Row(number, part, lambda _, part=part: part) for number, part in enumerate(parts)])  # type: ignore[misc]


def _parts(line: str, width: int) -> list[Content]:
    """A line of a diff in rows of at most `width` characters."""
    style, text = LINE_STYLES.get(line[:1], ""), line.replace("\t", " ")
    rest = (f" {text[start : start + width - 1]}" for start in range(width, len(text), width - 1))
    return [Content.styled(part, style) for part in (text[:width], *rest)]
