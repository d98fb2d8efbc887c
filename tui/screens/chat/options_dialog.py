"""The dialogs of the Chat pane that ask for values: what is sent with each question, and a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from core.chat.contexts import CUSTOM, resolve_context
from core.chat.turns import DEFAULT_CONTEXT, ChatSettings
from core.paths import expanded
from tui.screens.shared.dialog import Dialog
from widgets.forms.field_row import FieldInput, FieldRow
from widgets.forms.form_text import key_line, message_text
from widgets.glyphs import Glyphs
from widgets.shell.frames import set_frame

LABELS = {
    "temperature": "temperature",
    "seed": "seed",
    "max_tokens": "max tokens",
    "context": "context",
    "system_prompt": "system prompt",
}

HELP = {
    "temperature": "0 always picks the most likely token; up to 2. Empty: the server's own.",
    "seed": "The same question gets the same answer, if the server supports it. Empty: none.",
    "max_tokens": "Of an answer. Empty: the server decides.",
    "context": "A system prompt with a name: default has none, others are files in the folder contexts.",
    "system_prompt": "Sent before the conversation. Typing one makes the context custom.",
}


class FieldsDialog(Dialog[Any]):
    """A few fields; enter sends them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "send", "Use", priority=True, id="dialog.send", tooltip="Use these values."),
        Binding("down,tab", "app.focus_next", "Next", show=False, id="dialog.next"),
        Binding("up,shift+tab", "app.focus_previous", "Previous", show=False, id="dialog.previous"),
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Change nothing."),
    ]

    TITLE_TEXT: ClassVar[str]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._glyphs = glyphs

    def rows(self) -> Sequence[FieldRow]:
        """The fields."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(id="chat-form"):
            yield from self.rows()
            yield Static("", id="chat-form-help", markup=False)
            yield Static("", id="chat-form-message", markup=False)
            yield Static("", id="chat-form-keys")

    def on_mount(self) -> None:
        set_frame(self.query_one("#chat-form"), self.TITLE_TEXT)
        self.query(FieldRow).first().value_widget.focus()
        self._show()

    def on_descendant_focus(self) -> None:
        self._show()

    @on(FieldRow.Changed)
    def _show(self) -> None:
        if not self.is_mounted:
            return
        texts = self.texts
        for row in self.query(FieldRow):
            wrong = self.wrong(row.field_name, row.text)
            row.show("not usable" if wrong else "", changed=False, wrong=wrong is not None)
        focused = self.focused.parent if self.focused is not None else None
        name = focused.field_name if isinstance(focused, FieldRow) else next(iter(texts))
        self.query_one("#chat-form-help", Static).update(self.help_of(name))
        message = self.query_one("#chat-form-message", Static)
        message.update(
            message_text(self._first_wrong(), None, self._glyphs, checked=True) if self._first_wrong() else ""
        )
        keys = (("enter", "use"), ("esc", "cancel"), ("tab", "next"))
        self.query_one("#chat-form-keys", Static).update(key_line(keys, self.query_one("#chat-form-keys").size.width))

    @property
    def texts(self) -> dict[str, str]:
        """What the fields hold."""
        return {row.field_name: row.text for row in self.query(FieldRow)}

    def _first_wrong(self) -> str | None:
        return next((wrong for name, text in self.texts.items() if (wrong := self.wrong(name, text))), None)

    def wrong(self, name: str, text: str) -> str | None:
        """Why a text cannot be used."""
        raise NotImplementedError

    def help_of(self, name: str) -> str:
        raise NotImplementedError

    def result(self) -> Any:
        """What the dialog returns."""
        raise NotImplementedError

    @on(FieldInput.Completed)
    def _next_field(self) -> None:
        self.focus_next()

    def action_send(self) -> None:
        if self._first_wrong() is None:
            self.dismiss(self.result())

    def action_close(self) -> None:
        self.dismiss(None)


class ChatOptionsDialog(FieldsDialog):
    """Returns the fields of `ChatSettings` to change."""

    TITLE_TEXT = "Options of this conversation"

    def __init__(self, settings: ChatSettings, contexts: Sequence[str], glyphs: Glyphs) -> None:
        """`contexts` are the names to choose from."""
        super().__init__(glyphs)
        self._settings = settings
        self._contexts = [*contexts, *([CUSTOM] if CUSTOM not in contexts else [])]

    def rows(self) -> Sequence[FieldRow]:
        return [self._row(name) for name in LABELS]

    def _row(self, name: str) -> FieldRow:
        value = getattr(self._settings, name)
        text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        choices = self._contexts if name == "context" else ()
        placeholder = "none" if name in ("seed", "system_prompt") else "the server decides"
        return FieldRow(name, LABELS[name], text, self._glyphs, choices=choices, placeholder=placeholder)

    @on(FieldRow.Changed)
    def _follow(self, message: FieldRow.Changed) -> None:
        """A chosen context fills in its system prompt, and a typed prompt is a context of its own."""
        rows = {row.field_name: row for row in self.query(FieldRow)}
        prompt, context = rows["system_prompt"].value_widget, rows["context"].value_widget
        if message.row is rows["context"] and rows["context"].text != CUSTOM:
            wanted = " ".join(resolve_context(rows["context"].text).prompt.split())
            if rows["system_prompt"].text != wanted:
                prompt.value = wanted  # type: ignore[attr-defined]
        elif message.row is rows["system_prompt"]:
            name = rows["context"].text
            known = "" if name == CUSTOM else " ".join(resolve_context(name).prompt.split())
            if rows["system_prompt"].text != known or name == CUSTOM:
                context.value = CUSTOM if rows["system_prompt"].text else DEFAULT_CONTEXT  # type: ignore[attr-defined]

    def wrong(self, name: str, text: str) -> str | None:
        try:
            ChatSettings.model_validate({name: text or None} if name in ("temperature", "seed", "max_tokens") else {})
        except ValidationError as error:
            return f"{LABELS[name]}: {error.errors()[0]['msg']}."
        return None

    def help_of(self, name: str) -> str:
        return HELP[name]

    def result(self) -> dict[str, Any]:
        texts = self.texts
        numbers = {name: texts[name] or None for name in ("temperature", "seed", "max_tokens")}
        name = texts["context"]
        known = name != CUSTOM
        prompt = resolve_context(name).prompt if known else texts["system_prompt"]
        before = self._settings
        if not known and texts["system_prompt"] == " ".join(before.system_prompt.split()):
            prompt = before.system_prompt  # with its line ends
        return {**numbers, "context": name, "system_prompt": prompt}


class ExportDialog(FieldsDialog):
    """Returns the file to write."""

    TITLE_TEXT = "Save the conversation"

    def __init__(self, file: Path, glyphs: Glyphs) -> None:
        """`file` is what the field starts with."""
        super().__init__(glyphs)
        self._file = file

    def rows(self) -> Sequence[FieldRow]:
        return [FieldRow("file", "file", str(self._file), self._glyphs)]

    def wrong(self, name: str, text: str) -> str | None:
        if Path(text).suffix not in (".md", ".jsonl"):
            return "The name ends with .md for Markdown, or with .jsonl for a sample of training data."
        return None

    def help_of(self, name: str) -> str:
        return "Markdown if the name ends with .md, a sample of training data if it ends with .jsonl."

    def result(self) -> Path:
        return expanded(self.texts["file"])
