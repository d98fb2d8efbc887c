"""Draws the text of a leaf: YAML highlighting, findings underlined and marked in the gutter."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset
from textual.strip import Strip

from core.taxonomy.authoring.yaml_spans import block_lines, part_spans
from core.taxonomy.format.diagnostics import Diagnostic
from widgets.editor.changed_lines import ChangedLinesArea
from widgets.editor.text_theme import use_own_colours
from widgets.glyphs import Glyphs

PART = "yaml-view--"

MARKS = ("error", "warning", "gap")
"""What a line's mark shows, the most important first."""


class YamlView(ChangedLinesArea):
    """Shows the findings it is given, without interpreting them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"{PART}{name}" for name in ("key", "mark", "comment", "quoted", "number", "block", "error", "warning", "gap")
    }

    DEFAULT_CSS = """
    YamlView {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
        &:focus { border: none; }
        .yaml-view--key { color: $text-primary; }
        .yaml-view--mark { color: $foreground-muted; }
        .yaml-view--comment { color: $foreground-muted; text-style: italic; }
        .yaml-view--quoted { color: $text-success; }
        .yaml-view--number { color: $text-accent; }
        .yaml-view--block { color: $text-success; }
        .yaml-view--error { color: $text-error; text-style: underline bold; }
        .yaml-view--gap { color: $foreground-muted; }
        .yaml-view--warning { color: $text-warning; text-style: underline; }
        .text-area--cursor-line { background: $surface; }
        .text-area--cursor-gutter { background: $surface; color: $foreground; }
        .text-area--gutter { color: $foreground-disabled; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, show_line_numbers=True, tab_behavior="indent", soft_wrap=True)
        use_own_colours(self)
        self.indent_width = 2
        self._glyphs = glyphs
        self._by_line: dict[int, list[Diagnostic]] = {}
        self._scanned: list[str] = []
        self._in_block: list[bool] = []

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Underline these findings; if one spans several lines, only its first line. A gap only gets a mark."""
        by_line: dict[int, list[Diagnostic]] = {}
        for found in diagnostics:
            by_line.setdefault(found.line - 1, []).append(found)
        if by_line != self._by_line:
            self._by_line = by_line
            self.notify_style_update()  # clears the cache of drawn lines, which does not depend on findings
            self.refresh()

    @property
    def in_block(self) -> list[bool]:
        """For each line, whether it belongs to the text of a block scalar."""
        lines = self.document.lines
        if self._scanned != lines:  # compares by identity first, so this costs little
            self._scanned, self._in_block = list(lines), block_lines(lines)
        return self._in_block

    def row_state(self, row: int) -> Hashable:
        return self.in_block[row], tuple(self._by_line.get(row, ()))

    def get_line(self, line_index: int) -> Text:
        text = super().get_line(line_index)
        for start, end, part in part_spans(text.plain, self.in_block[line_index]):
            text.stylize(self._style(part), start, end)
        for found in sorted(self._by_line.get(line_index, ()), key=lambda one: one.severity, reverse=True):
            if found.gap:
                continue
            start = found.column - 1
            end = found.end_column - 1 if found.end_line == found.line else len(text)
            text.stylize(self._style(found.severity), start, max(end, start + 1))
        return text

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"{PART}{name}", partial=True)

    def render_line(self, y: int) -> Strip:
        """The line, with a mark in the gutter if it has findings."""
        strip = super().render_line(y)
        width = self.gutter_width
        drawn = y + self.scroll_offset.y
        if width < 2 or drawn >= self.wrapped_document.height:
            return strip
        row, column = self.wrapped_document.offset_to_location(Offset(0, drawn))
        found = self._by_line.get(row)
        if not found or column:
            return strip
        kind = min(("gap" if one.gap else one.severity for one in found), key=MARKS.index)
        signs = {"error": self._glyphs.error, "warning": self._glyphs.warning, "gap": self._glyphs.status["queued"]}
        mark = signs[kind]
        ground = next((segment.style for segment in strip if segment.style), Style())
        style = ground + self._style(kind) + Style(underline=False)
        return Strip.join(
            [strip.crop(0, width - 2), Strip([Segment(mark, style), Segment(" ", ground)], 2), strip.crop(width)]
        )
