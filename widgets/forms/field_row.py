"""One field of a form: mark, label, value, origin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from widgets.forms.choice_input import ChoiceInput
from widgets.glyphs import Glyphs
from widgets.line_input import LineInput
from widgets.text_width import cut

LABEL_WIDTH = 31
"""Columns of a label, with its mark."""

ORIGIN_WIDTH = 17
"""Columns of an origin on narrow screens."""


class FieldInput(LineInput):
    """A text, which the first letter replaces; tab completes what was typed, or goes to the next field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete_text", "Complete", show=False, id="input.complete", tooltip="Complete what was typed.")
    ]

    class Completed(Message):
        """Tab was pressed after something was typed."""

        def __init__(self, field: FieldInput) -> None:
            super().__init__()
            self.field = field

    def __init__(self, value: str, placeholder: str, ellipsis: str, *, password: bool = False) -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=True, password=password)
        self._ellipsis = ellipsis
        self.was_typed = False
        """Whether the text was changed by typing since the last completion."""

    def on_key(self, event: events.Key) -> None:
        if event.is_printable or event.key in ("backspace", "delete"):
            self.was_typed = True

    def on_blur(self) -> None:
        self.was_typed = False

    def action_complete_text(self) -> None:
        if self.was_typed and not self.password:
            self.post_message(self.Completed(self))
        else:
            self.screen.focus_next()

    def render_line(self, y: int) -> Strip:
        """The end of a long path while the field is not edited: paths with the same beginning differ there."""
        text, room = self.value or self.placeholder, self.scrollable_content_region.width
        width = cell_len(text)
        if self.has_focus or self.password or "/" not in text or width <= room:
            return super().render_line(y)
        style = self.rich_style if self.value else self.get_component_rich_style("input--placeholder")
        end = Strip([Segment(text, style)]).crop(width - room + len(self._ellipsis), width)
        line = Strip.join([Strip([Segment(self._ellipsis, style)]), end])
        return line.adjust_cell_length(room, self.rich_style).apply_style(self.rich_style)

    def take(self, text: str) -> None:
        """Replace the text, with the cursor at its end."""
        self.value = text
        self.cursor_position = len(text)


class FieldRow(Horizontal):
    """Posts `Changed` when its text changes."""

    DEFAULT_CSS = """
    FieldRow { height: 1; }
    FieldRow .field-label { width: 31; text-wrap: nowrap; }
    FieldRow .field-origin { width: 17; padding-left: 1; color: $foreground-muted; text-wrap: nowrap; }
    FieldRow FieldInput { width: 1fr; height: 1; border: none; padding: 0 1; background: $surface; }
    FieldRow FieldInput:focus { background: $block-cursor-blurred-background; }
    .-wide FieldRow .field-label { width: 36; }
    .-wide FieldRow .field-origin { width: 26; }
    """

    class Changed(Message):
        """The field holds another text."""

        def __init__(self, row: FieldRow) -> None:
            super().__init__()
            self.row = row

    def __init__(
        self,
        name: str,
        label: str,
        text: str,
        glyphs: Glyphs,
        *,
        choices: Sequence[str] = (),
        placeholder: str = "",
        secret: bool = False,
    ) -> None:
        super().__init__()
        self.field_name = name
        self._label = label
        self._glyphs = glyphs
        self._shown: tuple[str, bool, bool] | None = None
        self.value_widget: Widget
        if choices:
            self.value_widget = ChoiceInput(choices, text, ascii_only=glyphs.ascii_only)
        else:
            self.value_widget = FieldInput(text, placeholder, glyphs.ellipsis, password=secret)

    def compose(self) -> ComposeResult:
        yield Static("", classes="field-label")
        yield self.value_widget
        yield Static("", classes="field-origin")

    @property
    def text(self) -> str:
        """What the field holds."""
        field = self.value_widget
        assert isinstance(field, FieldInput | ChoiceInput)
        return field.value.strip()

    def show(self, origin: str, *, changed: bool, wrong: bool) -> None:
        """Show where the value comes from, and whether it can be used."""
        if self._shown == (origin, changed, wrong):
            return
        self._shown = (origin, changed, wrong)
        mark = self._glyphs.error if wrong else "*" if changed else " "
        style = "$text-error" if wrong else "bold $text-primary" if changed else ""
        label, from_where = self.query(Static)
        wide = self.screen.has_class("-wide")
        named = cut(self._label, (36 if wide else LABEL_WIDTH) - 3, self._glyphs)
        label.update(Content.styled(f"{mark} {named}", style))
        text = cut(origin, 25 if wide else ORIGIN_WIDTH - 1, self._glyphs)
        from_where.update(Content.styled(text, "$text-error" if wrong else "$text-primary" if changed else ""))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))

    def on_choice_input_changed(self, event: ChoiceInput.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))
