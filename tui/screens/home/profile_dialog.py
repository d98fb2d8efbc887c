"""The dialog that writes the settings file, with a training profile."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from core.config.profiles import MENU
from tui.screens.shared.dialog import Dialog
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row, RowList
from widgets.text_width import cut

NONE = ""
"""The key of no profile."""


class ProfileDialog(Dialog[str | None]):
    """Returns the profile's name, an empty text for none, or None if it was cancelled."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Write nothing."),
    ]

    def __init__(self, file: Path, fitting: str | None, machine: str, glyphs: Glyphs) -> None:
        """`fitting` is the profile for this machine's GPUs, and `machine` describes them."""
        super().__init__(glyphs)
        self._file = file
        self._fitting = fitting
        self._machine = machine

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Write the settings", classes="dialog-question", markup=False)
            detail = (
                f"All settings with their defaults and a comment each, in {self._file}. This machine: {self._machine}."
            )
            yield Static(detail, classes="dialog-detail", markup=False)
            yield RowList(id="profile-list")
            yield Static("", id="profile-keys")

    def on_mount(self) -> None:
        profiles = self.query_one(RowList)
        profiles.set_rows([Row(name, name, partial(self._line, name)) for name in (NONE, *MENU)])
        profiles.move_to_key(self._fitting or NONE)
        profiles.focus()
        keys = (("enter", "write the file with this profile"), ("esc", "cancel"))
        labels = [Content.assemble((key, "$text-primary"), f" {label}") for key, label in keys]
        self.query_one("#profile-keys", Static).update(Content("   ").join(labels))

    def _line(self, name: str, width: int) -> Content:
        if name == NONE:
            text = "No profile: the defaults, on the CPU"
        else:
            text = f"{name.removesuffix('.yaml')}: for GPUs, on which training is not tested yet"
        fits = "  fits this machine" if name == (self._fitting or NONE) else ""
        return Content.assemble(f" {cut(text, max(0, width - 1 - len(fits)), self._glyphs)}", (fits, "$text-success"))

    @on(RowList.Opened)
    def _choose(self, message: RowList.Opened) -> None:
        self.dismiss(str(message.key))

    def action_close(self) -> None:
        self.dismiss(None)
