"""Making a new leaf: where it goes, what it is about, and where its documents are."""

from __future__ import annotations

import asyncio
import shlex
import threading
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.taxonomy.authoring.completion import folders_for
from core.taxonomy.authoring.scaffold import NewLeaf, Scaffolded, new_leaf
from tui.context import Context
from tui.defects import known
from tui.input_queue import MOVES_FOCUS
from widgets.editor.completion_list import CompletionList

FIELDS = (
    ("path", "Path", "knowledge/science/astronomy"),
    ("domain", "Domain", "what it is about, in a few words"),
    ("task", "Task", "what is to be learned, in one sentence"),
    ("document", "Documents", "folder or address of their git repository"),
    ("files", "Files", "all markdown, or patterns such as guide/*.md"),
    ("branch", "New branch", "none: stay on the one that is checked out"),
)
"""Id, label and what stands in an empty one."""

OF_KNOWLEDGE = ("domain", "document", "files")
OF_SKILLS = ("task",)


class PathInput(Input):
    """The path of a leaf, with the taxonomy's folders to go on with."""

    def __init__(
        self, value: str, placeholder: str, leaves: Sequence[PurePosixPath], completions: CompletionList
    ) -> None:
        super().__init__(value, placeholder=placeholder, id="new-path", compact=True, select_on_focus=False)
        self.completions = completions
        self._leaves = tuple(leaves)

    def offer_folders(self, *, at_least: int) -> None:
        """Show the folders that go on with what is typed, if that has so many letters behind its last slash."""
        words = [word for word in folders_for(self.value, self._leaves) if word != self.value]
        typed = len(self.value.rpartition("/")[2])
        region = self.content_region
        self.completions.offer(words if typed >= at_least else (), Offset(region.x - 1, region.y))

    def on_key(self, event: events.Key) -> None:
        """Keys for the list."""
        if event.key in ("ctrl+@", "ctrl+space"):
            self.offer_folders(at_least=0)
            if not self.completions.is_open:
                self.notify("No folder goes on from here.", timeout=2)
        elif not self.completions.is_open:
            return
        elif event.key in ("up", "down"):
            self.completions.move(1 if event.key == "down" else -1)
        elif event.key == "escape":
            self.completions.close()
        elif event.key in ("enter", "tab") and self.completions.choice.startswith(self.value):
            self.value = self.completions.choice
            self.action_end()
            self.completions.close()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_blur(self) -> None:
        self.completions.close()


class NewLeafDialog(ModalScreen[Scaffolded | None]):
    """Asks only what the kind of leaf needs, which its path tells. Returns what was made."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "next_field(1)", show=False, id="dialog.next"),
        Binding("up,shift+tab", "next_field(-1)", show=False, id="dialog.previous"),
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Make nothing."),
    ]

    path = getters.query_one(PathInput)

    def __init__(self, context: Context, leaves: Sequence[PurePosixPath], near: str = "") -> None:
        """`leaves` are those that there are; `near` is a folder to begin the path with."""
        super().__init__()
        self.context = context
        self._leaves = tuple(leaves)
        self._near = near
        self.set_class(context.glyphs.ascii_only, "-ascii")

    def compose(self) -> ComposeResult:
        completions = CompletionList()
        with Vertical(classes="dialog"):
            yield Static("New leaf", classes="dialog-question")
            for name, label, placeholder in FIELDS:
                with Horizontal(classes="field", id=f"field-{name}"):
                    yield Label(label)
                    if name == "path":
                        yield PathInput(self._near, placeholder, self._leaves, completions)
                    else:
                        yield Input(placeholder=placeholder, id=f"new-{name}", compact=True, select_on_focus=False)
            yield Static("", id="new-note", markup=False)
            yield Static("", id="new-keys")
        yield completions

    def on_mount(self) -> None:
        keys = (("enter", "make it"), ("tab", "next field"), ("^space", "folders"), ("esc", "cancel"))
        told = [Content.assemble((key, "$text-primary"), f" {does}") for key, does in keys]
        self.query_one("#new-keys", Static).update(Content("   ").join(told))
        self._show_fields()
        self.path.focus()
        self.path.action_select_all()  # the first letter replaces it, → keeps it

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = known(event.worker.error)
            hint = f"\n{error.hint}" if error.hint else ""
            mark = self.context.glyphs.error
            self.query_one("#new-note", Static).update(Content.styled(f"{mark} {error.message}{hint}", "$text-error"))

    def _value(self, name: str) -> str:
        return self.query_one(f"#new-{name}", Input).value.strip()

    def _show_fields(self) -> None:
        skill = self.path.value.startswith("c")
        for name in (*OF_KNOWLEDGE, *OF_SKILLS):
            self.query_one(f"#field-{name}").display = (name in OF_SKILLS) == skill

    @on(Input.Changed, "#new-path")
    def _path_changed(self) -> None:
        self._show_fields()
        if self.path.has_focus:
            self.path.offer_folders(at_least=1)

    def action_next_field(self, step: int) -> None:
        """Go by the order of the fields: Textual's goes by places, which a field that has just come up has not yet."""
        fields = [self.query_one(f"#new-{name}", Input) for name, *_ in FIELDS]
        shown = [field for field in fields if field.parent is not None and field.parent.display]
        at = next((number for number, field in enumerate(shown) if field.has_focus), 0)
        shown[(at + step) % len(shown)].focus()

    def action_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _take(self) -> None:
        self._make()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _make(self) -> None:
        self.query_one("#new-note", Static).update("")
        if self.path.value.endswith("/"):  # the folder it begins with, in which others lie
            raise LabtopError("The leaf's own folder is not named.", hint=f"Go on behind {self.path.value}")
        knowledge = not self.path.value.startswith("c")
        options = NewLeaf(
            taxonomy=self.context.taxonomy_path,
            path=self._value("path"),
            domain=self._value("domain") if knowledge else "",
            task_description="" if knowledge else self._value("task"),
            document=(self._value("document") or None) if knowledge else None,
            files=_patterns(self._value("files")) if knowledge else (),
            branch=self._value("branch") or None,
        )
        note, stop = self.query_one("#new-note", Static), threading.Event()
        if options.document is not None:
            note.update(Content.styled(f"asking {options.document}{self.context.glyphs.ellipsis}", "$foreground-muted"))
        try:
            made = await asyncio.to_thread(new_leaf, options, stop.is_set)
        finally:
            stop.set()  # when the dialog was left, nothing is to be made any more
        self.dismiss(made)


def _patterns(line: str) -> tuple[str, ...]:
    """Patterns with spaces between them; one that holds a space stands in quotes, as in a shell."""
    try:
        return tuple(shlex.split(line))
    except ValueError:  # a quote that is not closed
        return tuple(line.split())
