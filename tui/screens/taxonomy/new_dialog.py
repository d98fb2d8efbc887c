"""Creates a leaf: its path, its subject, and the source of its documents."""

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
from textual.widgets import Input, Label, Static
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.setup.first_run import remember_created
from core.taxonomy.authoring.completion import folders_for
from core.taxonomy.authoring.first_leaf import first_leaf
from core.taxonomy.authoring.scaffold import NewLeaf, Scaffolded, branch_for
from tui.context import Context
from tui.defects import as_labtop_error
from tui.input_queue import MOVES_FOCUS
from tui.screens.shared.dialog import Dialog
from widgets.editor.completion_list import CompletionList
from widgets.line_input import LineInput

FIELDS = (
    ("path", "Path", "knowledge/science/astronomy"),
    ("domain", "Domain", "the subject, in a few words"),
    ("task", "Task", "what the model should learn, in one sentence"),
    ("document", "Documents", "folder or URL of their git repository"),
    ("files", "Files", "all markdown, or patterns such as guide/*.md"),
    ("branch", "New branch", "empty: stay on the current branch"),
)
"""Id, label and placeholder of each field."""

OF_KNOWLEDGE = ("domain", "document", "files")
OF_SKILLS = ("task",)


class PathInput(LineInput):
    """The path of a leaf, with completion from the taxonomy's folders."""

    def __init__(
        self, value: str, placeholder: str, leaves: Sequence[PurePosixPath], completions: CompletionList
    ) -> None:
        super().__init__(value, placeholder=placeholder, id="new-path", compact=True, select_on_focus=False)
        self.completions = completions
        self._leaves = tuple(leaves)

    def offer_folders(self, *, at_least: int) -> None:
        """Show the folders that start with the typed text, if it has at least so many letters after its last slash."""
        words = [word for word in folders_for(self.value, self._leaves) if word != self.value]
        typed = len(self.value.rpartition("/")[2])
        region = self.content_region
        self.completions.offer(words if typed >= at_least else (), Offset(region.x - 1, region.y))

    def on_key(self, event: events.Key) -> None:
        """Handle the keys of the completion list."""
        if event.key in ("ctrl+@", "ctrl+space"):
            self.offer_folders(at_least=0)
            if not self.completions.is_open:
                self.notify("No matching folder.", timeout=2)
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


class NewLeafDialog(Dialog[Scaffolded | None]):
    """Asks only for what the kind of leaf needs, which follows from its path. Returns what was created."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "next_field(1)", show=False, id="dialog.next"),
        Binding("up,shift+tab", "next_field(-1)", show=False, id="dialog.previous"),
        Binding("escape", "close", "Cancel", id="dialog.cancel", tooltip="Create nothing."),
    ]

    path = getters.query_one(PathInput)

    def __init__(
        self, context: Context, leaves: Sequence[PurePosixPath], near: str = "", *, propose_branch: bool = False
    ) -> None:
        """`leaves` are the existing ones; `near` is a folder to start the path with.

        With `propose_branch` the leaf's branch is filled in, until the user edits it.
        """
        super().__init__(context.glyphs)
        self.context = context
        self._leaves = tuple(leaves)
        self._near = near
        self._proposes = propose_branch
        self._proposed = ""

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
                        replaced = name == "branch"  # by the first letter, as a proposal
                        yield LineInput(
                            placeholder=placeholder, id=f"new-{name}", compact=True, select_on_focus=replaced
                        )
            yield Static("", id="new-note", markup=False)
            yield Static("", id="new-keys")
        yield completions

    def on_mount(self) -> None:
        keys = (("enter", "create"), ("tab", "next field"), ("^space", "folders"), ("esc", "cancel"))
        labels = [Content.assemble((key, "$text-primary"), f" {label}") for key, label in keys]
        self.query_one("#new-keys", Static).update(Content("   ").join(labels))
        self._show_fields()
        if not self.context.taxonomy_path.exists():
            self._show_note(f"{self.context.taxonomy_path} does not exist yet: it is created, as a git repository.")
        self.path.focus()
        self.path.action_select_all()  # the first letter replaces it, → keeps it

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = as_labtop_error(event.worker.error)
            hint = f"\n{error.hint}" if error.hint else ""
            mark = self._glyphs.error
            self.query_one("#new-note", Static).update(Content.styled(f"{mark} {error.message}{hint}", "$text-error"))

    def _show_note(self, text: str) -> None:
        self.query_one("#new-note", Static).update(Content.styled(text, "$foreground-muted"))

    def _value(self, name: str) -> str:
        return self.query_one(f"#new-{name}", Input).value.strip()

    def _show_fields(self) -> None:
        skill = _is_skill(self.path.value)
        for name in (*OF_KNOWLEDGE, *OF_SKILLS):
            self.query_one(f"#field-{name}").display = (name in OF_SKILLS) == skill

    @on(Input.Changed, "#new-path")
    def _path_changed(self) -> None:
        self._show_fields()
        if self._proposes:
            self._proposed = branch_for(self.path.value)
            self.query_one("#new-branch", Input).value = self._proposed
        if self.path.has_focus:
            self.path.offer_folders(at_least=1)

    @on(Input.Changed, "#new-branch")
    def _branch_changed(self, event: Input.Changed) -> None:
        if event.input.value != self._proposed:  # the user's own, which may be empty
            self._proposes = False

    def action_next_field(self, step: int) -> None:
        """Move in the order of the fields: Textual uses positions, which a new field does not have yet."""
        fields = [self.query_one(f"#new-{name}", Input) for name, *_ in FIELDS]
        shown = [field for field in fields if field.parent is not None and field.parent.display]
        at = next((number for number, field in enumerate(shown) if field.has_focus), 0)
        shown[(at + step) % len(shown)].focus()

    def action_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def _submit(self) -> None:
        self._create()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _create(self) -> None:
        self.query_one("#new-note", Static).update("")
        if self.path.value.endswith("/"):  # only the parent folder
            raise LabtopError(
                "The path must end with the leaf's own folder.", hint=f"Type its name after {self.path.value}"
            )
        knowledge = not _is_skill(self.path.value)
        options = NewLeaf(
            taxonomy=self.context.taxonomy_path,
            path=self._value("path"),
            domain=self._value("domain") if knowledge else "",
            task_description="" if knowledge else self._value("task"),
            document=(self._value("document") or None) if knowledge else None,
            files=_patterns(self._value("files")) if knowledge else (),
            branch=self._value("branch") or None,
        )
        stop = threading.Event()
        if options.document is not None:
            self._show_note(f"reading {options.document}{self._glyphs.ellipsis}")
        try:
            created, taxonomy = await asyncio.to_thread(first_leaf, options, stop.is_set)
        finally:
            stop.set()  # if the dialog was closed, nothing is to be created any more
        if taxonomy is not None:
            self.context.taxonomy_base = taxonomy.base
            await asyncio.to_thread(remember_created, taxonomy, self.context.settings_file)
        self.dismiss(created)


def _is_skill(path: str) -> bool:
    """Whether a path, perhaps not yet complete, is one of a skill."""
    return path.startswith(("c", "f"))


def _patterns(line: str) -> tuple[str, ...]:
    """Patterns separated by spaces; a pattern with a space is quoted, as in a shell."""
    try:
        return tuple(shlex.split(line))
    except ValueError:  # an unclosed quote
        return tuple(line.split())
