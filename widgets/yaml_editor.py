"""The editor of a leaf: light colours for its keys, findings underlined, and a mark beside their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from core.taxonomy.diagnostics import Diagnostic
from widgets.glyphs import Glyphs

KEYS = re.compile(
    r"^\s*(?:- +)*(version|created_by|domain|task_description|seed_examples|context|questions_and_answers|question"
    r"|answer|document_outline|document|repo|commit|patterns)(?=:(?:\s|$))"
)
"""A leaf's own keys, not whatever stands before a colon: texts in blocks are full of those."""

COMMENT = re.compile(r"^\s*#.*$")

PART = "yaml-editor--"


class YamlEditor(TextArea):
    """Shows findings for the text that they were made for; what they mean is the pane's business."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}key", f"{PART}comment", f"{PART}error", f"{PART}warning"}

    DEFAULT_CSS = """
    YamlEditor {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
        &:focus { border: none; }
        .yaml-editor--key { color: $text-primary; }
        .yaml-editor--comment { color: $foreground-muted; text-style: italic; }
        .yaml-editor--error { color: $text-error; text-style: underline bold; }
        .yaml-editor--warning { color: $text-warning; text-style: underline; }
        .text-area--cursor-line { background: $surface; }
        .text-area--cursor-gutter { background: $surface; color: $foreground; }
        .text-area--gutter { color: $foreground-disabled; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "leave_editor",
            "Tree",
            priority=True,
            id="editor.leave-editor",
            tooltip="Go back to the tree; the text stays as it is.",
        ),
    ]

    class LeftEditor(Message):
        """The user goes back to the tree."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, show_line_numbers=True, tab_behavior="indent", soft_wrap=True)
        self.indent_width = 2
        self._glyphs = glyphs
        self._by_line: dict[int, list[Diagnostic]] = {}

    def set_diagnostics(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Underline these; of a finding over several lines, which may be the whole text, the first."""
        by_line: dict[int, list[Diagnostic]] = {}
        for found in diagnostics:
            by_line.setdefault(found.line - 1, []).append(found)
        if by_line != self._by_line:
            self._by_line = by_line
            self.notify_style_update()  # the cache of drawn lines knows nothing of findings
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        text = super().get_line(line_index)
        key = KEYS.match(text.plain)
        if key:
            text.stylize(self._style("key"), *key.span(1))
        elif COMMENT.match(text.plain):
            text.stylize(self._style("comment"))
        for found in sorted(self._by_line.get(line_index, ()), key=lambda one: one.severity, reverse=True):
            start = found.column - 1
            end = found.end_column - 1 if found.end_line == found.line else len(text)
            text.stylize(self._style(found.severity), start, max(end, start + 1))
        return text

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"{PART}{name}", partial=True)

    def render_line(self, y: int) -> Strip:
        """The line as ever, with a mark in the gutter's last blank column but one."""
        strip = super().render_line(y)
        width = self.gutter_width
        drawn = y + self.scroll_offset.y
        if width < 2 or drawn >= self.wrapped_document.height:
            return strip
        row, column = self.wrapped_document.offset_to_location(Offset(0, drawn))
        found = self._by_line.get(row)
        if not found or column:
            return strip
        severe = any(one.severity == "error" for one in found)
        mark = self._glyphs.error if severe else self._glyphs.warning
        ground = next((segment.style for segment in strip if segment.style), Style())
        style = ground + self._style("error" if severe else "warning") + Style(underline=False)
        return Strip.join(
            [strip.crop(0, width - 2), Strip([Segment(mark, style), Segment(" ", ground)], 2), strip.crop(width)]
        )

    def action_leave_editor(self) -> None:
        self.post_message(self.LeftEditor())
