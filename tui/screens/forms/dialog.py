"""The form of a command: the important options first, checks while typing, and the command line that does the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from core.commands.completion import completed
from core.commands.field_text import help_of, label_of
from core.commands.form import Field, Form, command_line, wrong_field
from core.commands.start import chosen
from core.errors import LabtopError
from tui.defects import as_labtop_error
from tui.input_queue import MOVES_FOCUS
from tui.screens.forms.checks import CheckResult, check, request_in
from tui.screens.forms.filled import Filled
from tui.screens.shared.dialog import Dialog
from widgets.forms.field_row import FieldInput, FieldRow
from widgets.forms.form_text import ESTIMATE_ROOM, candidates_text, estimate_text, key_line, message_text
from widgets.glyphs import Glyphs
from widgets.shell.frames import set_frame

if TYPE_CHECKING:
    from core.commands.estimates.form_estimate import EstimateLine

CHECK_SECONDS = 0.4
"""How long typing pauses before the whole form is checked as the command would."""

OTHER_LINES = 14
"""Lines of the screen that are not for fields: frames, help, message, command line, keys."""


class FormDialog(Dialog[Filled | None]):
    """Returns the job that the command would start. What was typed is kept in `typed`, also when it is closed."""

    CSS_PATH = "dialog.tcss"
    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened; what was typed is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "send", "Start", priority=True, id="dialog.send", tooltip="Start it."),
        Binding("f2", "show_all", "All options", id="dialog.show-all", tooltip="Show all options, or the first few."),
        Binding("ctrl+y,y", "copy_command", "Copy", id="dialog.copy", tooltip="Copy the command line."),
        Binding("down,tab", "move(1)", show=False, id="dialog.next"),
        Binding("up,shift+tab", "move(-1)", show=False, id="dialog.previous"),
        Binding("pagedown", "move(8)", show=False, id="dialog.page-down"),
        Binding("pageup", "move(-8)", show=False, id="dialog.page-up"),
        Binding("escape", "close", "Close", id="dialog.cancel", tooltip="Start nothing; what you typed is kept."),
    ]

    fields_view = getters.query_one("#form-fields", VerticalScroll)

    class Checked(Message):
        """The whole form was checked as the command would check it."""

        def __init__(self, number: int, result: CheckResult) -> None:
            super().__init__()
            self.number = number
            self.result = result

    def __init__(self, form: Form, glyphs: Glyphs, typed: dict[str, str]) -> None:
        """`typed` holds what was typed before, and is updated."""
        super().__init__(glyphs)
        self.form = form
        self.typed = typed
        self._texts = form.texts(typed)
        self._fields = {field.name: field for field in form.fields}
        self._every = False
        self._shown: tuple[str, ...] = ()
        self._number = 0
        """Counts the changes, so that a late check is recognised."""
        self._error: LabtopError | None = None
        """Of the newest check of the whole form."""
        self._checked = False
        self._estimate: tuple[EstimateLine, ...] = ()
        self._listed: tuple[str, ...] = ()
        """What the text of the focused field may become."""

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield VerticalScroll(id="form-fields", can_focus=False)
            yield Static("", id="form-help", markup=False)
            yield Static("", id="form-estimate", markup=False)
            yield Static("", id="form-message", markup=False)
            yield Static("", id="form-command", markup=False)
            yield Static("", id="form-keys")

    async def on_mount(self) -> None:
        set_frame(self.query_one("#form"), self.form.spec.title)
        set_frame(self.query_one("#form-command"), "the same command", "^y copies it")
        await self._show_fields()
        self._changed()

    def on_resize(self) -> None:
        """Leave room for everything below the fields."""
        self.call_after_refresh(self._show_estimate)
        self.call_after_refresh(self._show_help)

    # The fields.

    async def _show_fields(self) -> None:
        """Mount the rows that apply now, if they are others than before, and keep the focus."""
        fields = self.form.shown(self._texts, every=self._every)
        names = tuple(field.name for field in fields)
        if names == self._shown:
            return
        self._shown = names
        focused = self._focused
        rows = [self._row(field) for field in fields]
        with self.app.batch_update():
            await self.fields_view.remove_children()
            await self.fields_view.mount(*rows)
        row = next((row for row in rows if focused is not None and row.field_name == focused.name), rows[0])
        row.value_widget.focus()

    def _row(self, field: Field) -> FieldRow:
        otherwise = field.otherwise or ("" if field.used else "none")
        return FieldRow(
            field.name,
            label_of(field),
            self._texts[field.name],
            self._glyphs,
            choices=field.choices,
            placeholder=field.used or otherwise,
            secret=field.secret,
        )

    @property
    def _focused(self) -> Field | None:
        """The field with the focus."""
        row = self.focused.parent if self.focused is not None else None
        return self._fields.get(row.field_name) if isinstance(row, FieldRow) else None

    @on(FieldRow.Changed)
    async def _take_text(self, message: FieldRow.Changed) -> None:
        await self._set_text(message.row.field_name, message.row.text)

    async def _set_text(self, name: str, text: str) -> None:
        if self._texts[name] == text:
            return
        self._texts[name] = text
        initial = self.form.texts()
        self.typed.clear()
        self.typed.update({name: text for name, text in self._texts.items() if text != initial[name]})
        self._listed = ()
        await self._show_fields()
        self._changed()

    def _changed(self) -> None:
        """Show the state of the fields and the command line at once, and check the whole form after a pause."""
        self._number += 1
        self._checked, self._error = False, None
        self._show_state()
        number = self._number
        self.set_timer(CHECK_SECONDS, lambda: self._check_whole(number))

    def _wrong(self) -> dict[str, str]:
        """Why a field cannot be used, by name."""
        shown = self.form.shown(self._texts, every=True)
        wrong = {field.name: wrong_field(field, self._texts[field.name], self._texts) for field in shown}
        return {name: reason for name, reason in wrong.items() if reason is not None}

    def _show_state(self) -> None:
        wrong = self._wrong()
        for row in self.query(FieldRow):
            field, text = self._fields[row.field_name], self._texts[row.field_name]
            origin = "not usable" if field.name in wrong else self.form.origin(field, text)
            changed = bool(text) and text != field.used
            row.show(origin, changed=changed, wrong=field.name in wrong)
        self.query_one("#form-command", Static).update(command_line(self.form, self._texts))
        self._show_message(wrong)
        self._show_help()

    def _show_message(self, wrong: Mapping[str, str]) -> None:
        """The reason for the focused field, else for the first wrong one, else what the command says."""
        focused = self._focused
        name = focused.name if focused is not None and focused.name in wrong else next(iter(wrong), None)
        reason = None if name is None else f"{self._fields[name].row.flags[0]}: {wrong[name]}"
        shown = message_text(reason, self._error, self._glyphs, checked=self._checked)
        self.query_one("#form-message", Static).update(shown)

    def _show_help(self) -> None:
        field = self._focused
        if field is None:
            return
        text = candidates_text(self._listed, self._glyphs) if self._listed else help_of(field)
        self.query_one("#form-help", Static).update(text)
        every = "first options" if self._every else "all options"
        start = "chat" if self.form.spec.command == "chat" else "start"
        keys = (("enter", start), ("esc", "close"), ("tab", "complete, next"), ("F2", every), ("^y", "copy"))
        self.query_one("#form-keys", Static).update(key_line(keys, self.query_one("#form-keys").size.width))

    def on_descendant_focus(self) -> None:
        self._listed = ()
        if self.is_mounted:
            self._show_message(self._wrong())
            self._show_help()

    # The whole form.

    def _check_whole(self, number: int) -> None:
        if number == self._number and not self._wrong():
            self._check(number, dict(self._texts))

    @work(thread=True, exclusive=True, group="check", exit_on_error=False)
    def _check(self, number: int, texts: dict[str, str]) -> None:
        self.post_message(self.Checked(number, check(self.form, texts)))

    @on(Checked)
    def _show_checked(self, message: Checked) -> None:
        if message.number == self._number:
            self._checked, self._error = message.result.error is None, message.result.error
            self._show_message(self._wrong())
            self._estimate = message.result.estimate
            self._show_estimate()

    def _show_estimate(self) -> None:
        """What the job will take, as far as it is known; until the next check the last one is shown."""
        self.query_one("#form").set_class(bool(self._estimate), "-estimated")
        width = self.query_one("#form").size.width
        self.query_one("#form-estimate", Static).update(estimate_text(self._estimate, width - 2, self._glyphs))
        estimate = ESTIMATE_ROOM if self._estimate else 0
        self.fields_view.styles.max_height = max(3, self.app.size.height - OTHER_LINES - estimate)

    def action_send(self) -> None:
        wrong = self._wrong()
        if wrong:
            self._show_message(wrong)
            self._focus_field(next(iter(wrong)))
        else:
            self._send()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _send(self) -> None:
        notes: list[str] = []
        texts = dict(self._texts)
        request = await asyncio.to_thread(request_in, self.form, texts, notes.append)
        options = chosen(self.form, texts).options if request is None else None
        self.dismiss(Filled(request, options, tuple(notes)))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._checked, self._error = False, as_labtop_error(event.worker.error)
            self._show_message(self._wrong())

    # Keys.

    @on(FieldInput.Completed)
    def _complete(self, message: FieldInput.Completed) -> None:
        self._complete_text(message.field)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _complete_text(self, line: FieldInput) -> None:
        """Complete the text; if it is complete or nothing is known, go to the next field."""
        field = self._focused
        if field is None:
            return
        before = line.value
        text, candidates = await asyncio.to_thread(completed, field, before)
        if text == before and (not candidates or self._listed):
            line.was_typed = False
            self.action_move(1)
            return
        line.take(text)
        await self._set_text(field.name, text)  # so that the message about it changes nothing any more
        self._listed = tuple(candidates)
        self._show_help()

    def action_move(self, by: int) -> None:
        names = list(self._shown)
        focused = self._focused
        at = names.index(focused.name) if focused is not None and focused.name in names else 0
        target = (at + by) % len(names) if abs(by) == 1 else max(0, min(at + by, len(names) - 1))
        self._focus_field(names[target])

    def _focus_field(self, name: str) -> None:
        for row in self.query(FieldRow):
            if row.field_name == name:
                row.value_widget.focus()

    async def action_show_all(self) -> None:
        self._every = not self._every
        await self._show_fields()
        self._show_state()

    def action_copy_command(self) -> None:
        self.app.copy_to_clipboard(command_line(self.form, self._texts))
        self.notify("The command line was copied.", timeout=3)

    def action_close(self) -> None:
        self.dismiss(None)
