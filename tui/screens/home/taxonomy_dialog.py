"""The dialog that creates, clones or chooses a taxonomy."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.setup.first_run import use_folder
from core.taxonomy.git.create import Author, CreatedTaxonomy, clone_taxonomy, create_taxonomy, git_author
from tui.defects import as_labtop_error
from tui.input_queue import MOVES_FOCUS
from tui.screens.shared.dialog import Dialog
from widgets.glyphs import Glyphs
from widgets.line_input import LineInput


@dataclass(frozen=True)
class Form:
    """What one kind of dialog asks for, and what it does."""

    title: str
    detail: str
    fields: tuple[tuple[str, str, str], ...]
    """Name, label and placeholder of each field."""
    verb: str
    doing: str


FOLDER = ("folder", "Folder", "~/my-taxonomy")
AUTHOR = (("name", "Your name", "for commits: Ann Example"), ("email", "Your email", "for commits: ann@example.org"))

CREATE = Form(
    "Create a taxonomy",
    "Creates the folder with a git repository, a README and a first commit.",
    (FOLDER, *AUTHOR),
    "create",
    "Creating the repository",
)
CLONE = Form(
    "Clone a taxonomy",
    "Clones a git repository that holds a taxonomy. esc stops it; then nothing is kept.",
    (("address", "Repository", "https://… or user@host:path or a folder"), FOLDER),
    "clone",
    "Cloning",
)
USE = Form("Use a folder", "Opens a folder that holds a taxonomy already.", (FOLDER,), "use", "Looking at the folder")


class TaxonomyDialog(Dialog[CreatedTaxonomy | None]):
    """Returns the taxonomy, or None if it was cancelled. What takes long can be stopped with esc."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "app.focus_next", show=False, id="dialog.next"),
        Binding("up,shift+tab", "app.focus_previous", show=False, id="dialog.previous"),
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Stop, or close without doing anything."),
    ]

    class Progressed(Message):
        """Git reported how far it is."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TaxonomyDialog.Progressed)

    def __init__(self, form: Form, folder: Path, glyphs: Glyphs, *, author_known: bool = True) -> None:
        super().__init__(glyphs)
        self._form = form
        self._folder = folder
        self._fields = tuple(field for field in form.fields if not (author_known and field in AUTHOR))
        self._stop: threading.Event | None = None
        """Set to stop the work in progress; None while there is none."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._form.title, classes="dialog-question", markup=False)
            yield Static(self._form.detail, classes="dialog-detail", markup=False)
            for name, label, placeholder in self._fields:
                with Horizontal(classes="field"):
                    yield Label(label)
                    value = str(self._folder) if name == "folder" and self._form is not USE else ""
                    shown = placeholder.replace("…", "...") if self._glyphs.ascii_only else placeholder
                    yield LineInput(
                        value, placeholder=shown, id=f"taxonomy-{name}", compact=True, select_on_focus=False
                    )
            yield Static("", id="taxonomy-note", markup=False)
            yield Static("", id="taxonomy-keys")

    def on_mount(self) -> None:
        keys = (("enter", self._form.verb), ("tab", "next field"), ("esc", "cancel"))
        labels = [Content.assemble((key, "$text-primary"), f" {label}") for key, label in keys]
        self.query_one("#taxonomy-keys", Static).update(Content("   ").join(labels))
        empty = next((field for field in self.query(Input) if not field.value), None)
        (empty or self.query(Input).first()).focus()

    def on_unmount(self) -> None:
        self._end_work()

    def action_close(self) -> None:
        if self._stop is None:
            self.dismiss(None)
        else:
            self._end_work()

    def _end_work(self) -> None:
        if self._stop is not None:
            self._stop.set()

    def _value(self, name: str) -> str:
        return self.query_one(f"#taxonomy-{name}", Input).value.strip() if self._has(name) else ""

    def _has(self, name: str) -> bool:
        return any(known == name for known, _, _ in self._fields)

    @on(Input.Submitted)
    def _submit(self) -> None:
        if self._stop is None:
            # Keys do not wait for a clone, which may take minutes.
            group = "clone" if self._form is CLONE else MOVES_FOCUS
            self.run_worker(self._work(), group=group, exclusive=True, exit_on_error=False)

    async def _work(self) -> None:
        self._stop = stop = threading.Event()
        try:
            missing = next((label for name, label, _ in self._fields if not self._value(name)), None)
            if missing is not None:
                raise LabtopError(f"{missing} is empty.", hint="Fill it in, or cancel with esc.")
            if self._has("email") and "@" not in self._value("email"):
                raise LabtopError(
                    f"{self._value('email')!r} is not an email address.", hint="It has an @, such as ann@example.org."
                )
            self._show(self._form.doing + self._glyphs.ellipsis)
            found = await asyncio.to_thread(self._todo(stop))
        finally:
            stop.set()
            self._stop = None
        self.dismiss(found)

    def _todo(self, stop: threading.Event) -> Callable[[], CreatedTaxonomy]:
        folder = Path(self._value("folder"))
        if self._form is CREATE:
            author = Author(self._value("name"), self._value("email")) if self._has("name") else None
            return lambda: create_taxonomy(folder, author)
        if self._form is CLONE:
            address = self._value("address")
            return lambda: clone_taxonomy(address, folder, how_far=self._report, stop=stop.is_set)
        return lambda: use_folder(folder)

    def _report(self, words: str) -> None:
        self.post_message(self.Progressed(words))

    def on_taxonomy_dialog_progressed(self, message: Progressed) -> None:
        if self._stop is not None:
            self._show(f"{self._form.doing}: {message.words}")

    def _show(self, text: str, style: str = "$foreground-muted") -> None:
        self.query_one("#taxonomy-note", Static).update(Content.styled(text, style))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = as_labtop_error(event.worker.error)
            hint = f"\n{error.hint}" if error.hint else ""
            self._show(f"{self._glyphs.error} {error.message}{hint}", "$text-error")


def author_known(folder: Path) -> bool:
    """Whether git knows who commits. Call it in a thread."""
    return git_author(folder) is not None
