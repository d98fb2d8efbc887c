"""The open leaf: its text in the editor, lint in two passes as one types, saving, and what others do to its file."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from textual import getters, on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea
from textual.worker import Worker, WorkerState, get_current_worker

from core.errors import LabtopError
from core.taxonomy import advice_settings
from core.taxonomy.advice_options import AdviceOptions
from core.taxonomy.checklist import Checklist, checklist
from core.taxonomy.diagnostics import Diagnostic
from core.taxonomy.fix import fix_one, fix_text, fixable
from core.taxonomy.lint import lint_text
from tui.context import Context
from tui.defects import known
from tui.leaf_file import LeafFile
from tui.screens.confirm import ConfirmDialog
from tui.taxonomy_completion import known_keys
from tui.taxonomy_documents import LeafDocuments, LeafFacts
from widgets.checklist_text import checklist_text
from widgets.completion_list import CompletionList
from widgets.problem_text import covers, problem_text, summary
from widgets.yaml_editor import YamlEditor
from widgets.yaml_place import KeyPlace

TYPING_PAUSE = 0.3
"""Seconds after the last key until lint runs."""

MENDS = "F7 mends it."
"""Told of a finding that is mended mechanically."""


class LeafView(Vertical):
    """Reads, lints and saves one leaf at a time; the widgets inside only show."""

    editor = getters.query_one("#leaf-editor", YamlEditor)

    class FirstLooked(Message):
        """What the schema and the style say of the text as it was at a version, and how far it has come."""

        def __init__(self, version: int, findings: Sequence[Diagnostic], done: Checklist) -> None:
            super().__init__()
            self.version = version
            self.findings = tuple(findings)
            self.done = done

    class SecondLooked(Message):
        """What the rules beyond the schema say, and the documents that the text names, when the cache has them."""

        def __init__(self, version: int, facts: LeafFacts | None, documents: LeafDocuments | None) -> None:
            super().__init__()
            self.version = version
            self.facts = facts
            self.documents = documents

    class Linted(Message):
        """The findings about the open leaf are new; None for those of a pass that has not run."""

        def __init__(
            self, path: PurePosixPath, first: Sequence[Diagnostic] | None, second: Sequence[Diagnostic] | None
        ) -> None:
            super().__init__()
            self.path = path
            self.first = first
            self.second = second

    class DocumentsNamed(Message):
        """What is known of the leaf's documents and of its contexts has changed."""

    class Saved(Message):
        """The open leaf's file is written."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.context = context
        self.leaf: LeafFile | None = None
        self.path = PurePosixPath()
        """Of the leaf, below the taxonomy's folder."""
        self.version = 0
        self.found: tuple[Diagnostic, ...] = ()
        self.facts: LeafFacts | None = None
        self.documents: LeafDocuments | None = None
        self._options = AdviceOptions()
        self._pause: Timer | None = None
        self._done: Checklist | None = None
        self._hurry = False
        """Whether the next change is to be linted at once, since nobody types it."""
        self._stands_off = False
        """Whether another program's text stands on the disk, which the user has not loaded."""

    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield Static("", id="leaf-head", markup=False)
        yield YamlEditor(self.context.glyphs, id="leaf-editor", completions=completions, completer=self._known_keys)
        yield Static("", id="leaf-status")
        yield Static("", id="leaf-checklist")
        yield completions

    def on_mount(self) -> None:
        try:
            self._options = advice_settings.read()
        except LabtopError as error:  # the rules' defaults will do
            self._tell(error)

    def _known_keys(self, text: str, place: KeyPlace) -> Sequence[str]:
        return known_keys(self.path, text, place)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._tell(known(event.worker.error))

    def _tell(self, error: LabtopError) -> None:
        hint = f"\n{error.hint}" if error.hint else ""
        self.notify(f"{error.message}{hint}", severity="error", timeout=8, markup=False)

    # The file.

    @property
    def unsaved(self) -> bool:
        return self.leaf is not None and self.editor.text != self.leaf.text

    def open(self, leaf: LeafFile, path: PurePosixPath) -> None:
        """Edit another leaf; what stood here is gone."""
        self.leaf, self.path = leaf, path
        self.facts, self.documents, self._done, self._stands_off = None, None, None, False
        self.version += 1
        self._hurry = True
        self.editor.load_text(leaf.text)
        self._show_checklist()

    def read_again(self, leaf: LeafFile) -> None:
        """Show what stands in the same file now; what was typed can be had back with undo."""
        self.leaf, self._stands_off = leaf, False
        self.put(leaf.text)
        self.show_head()

    async def settle(self) -> bool:
        """Ask what becomes of unsaved text before it is left; whether it may be left."""
        if not self.unsaved:
            return True
        verbs = [("save", "Save"), ("discard", "Discard changes")]
        answer = await self.app.push_screen_wait(
            ConfirmDialog(f"{self.path} is not saved.", verbs, self.context.glyphs, cancel="Keep editing")
        )
        return answer == "discard" or (answer == "save" and await self.save())

    async def save(self) -> bool:
        """Write the text, after asking if that would undo what another program wrote; whether it is written."""
        leaf, text = self.leaf, self.editor.text
        if leaf is None:
            return True
        if await asyncio.to_thread(leaf.changed_on_disk):
            answer = await self.app.push_screen_wait(
                ConfirmDialog(
                    "Another program has changed this file.",
                    [("load", "Load that text"), ("overwrite", "Overwrite it")],
                    self.context.glyphs,
                    detail=f"Saving would replace what stands in {self.path} now.",
                )
            )
            if answer == "load":
                self.read_again(await asyncio.to_thread(LeafFile.open, leaf.path))
            if answer != "overwrite":
                return False
        try:
            await asyncio.to_thread(leaf.save, text)
        except LabtopError as error:
            self._tell(error)
            return False
        self._stands_off = False
        self.show_head()
        self.post_message(self.Saved())
        return True

    async def look_at_disk(self) -> None:
        """Notice what another program wrote: shown at once where nothing typed would be lost, else told."""
        leaf = self.leaf
        if leaf is None or not await asyncio.to_thread(leaf.changed_on_disk) or leaf is not self.leaf:
            return
        if not self.unsaved and leaf.path.exists():
            self.read_again(await asyncio.to_thread(LeafFile.open, leaf.path))
            self.notify(
                f"Another program changed {self.path}; it is read anew, and ctrl+z brings back the text before."
            )
        elif not self._stands_off:
            self._stands_off = True
            self.show_head()

    async def edit_outside(self) -> None:
        """Open the file in the user's own editor, and read it again afterwards."""
        if self.leaf is None or not await self.save():
            return
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        try:
            with self.app.suspend():
                subprocess.run([*command, str(self.leaf.path)], check=False)  # noqa: ASYNC221 - nothing is shown meanwhile
        except SuspendNotSupported:
            raise LabtopError(
                "Another editor cannot be opened from here.", hint="Open the file in it yourself."
            ) from None
        except OSError as error:
            raise LabtopError(
                f"{command[0]} cannot be started: {error.strerror}.", hint="Set EDITOR to the editor of your choice."
            ) from None
        self.app.refresh(repaint=True, layout=True)
        self.read_again(await asyncio.to_thread(LeafFile.open, self.leaf.path))

    # Lint.

    @on(TextArea.Changed)
    def _lint_soon(self, event: TextArea.Changed) -> None:
        event.stop()
        self.version += 1
        self.show_head()
        if self._pause is not None:
            self._pause.stop()
        if self._hurry:
            self._hurry = False
            self.lint_now()
        else:
            self._pause = self.set_timer(TYPING_PAUSE, self.lint_now)

    def lint_now(self) -> None:
        if self.leaf is not None:
            self._lint(self.editor.text, self.leaf.path, self.version, self.documents)

    @work(thread=True, exclusive=True, group="lint", exit_on_error=False)
    def _lint(self, text: str, path: Path, version: int, documents: LeafDocuments | None) -> None:
        self.post_message(self.FirstLooked(version, lint_text(text, path), checklist(text, path, self._options)))
        if get_current_worker().is_cancelled:
            return
        facts = LeafFacts.of(text, path, self._options, documents)
        if facts is not None and facts.source and (documents is None or documents.source != facts.source):
            try:
                documents = LeafDocuments.cached(facts.source)
            except LabtopError:
                documents = None  # the documents' own view says why
            if documents is not None:
                facts = LeafFacts.of(text, path, self._options, documents)
        self.post_message(self.SecondLooked(version, facts, documents))

    def on_leaf_view_first_looked(self, message: FirstLooked) -> None:
        message.stop()
        if message.version == self.version:  # else the text has changed since
            self._done = message.done
            self._show_checklist()
            self.post_message(self.Linted(self.path, message.findings, None))

    def on_leaf_view_second_looked(self, message: SecondLooked) -> None:
        message.stop()
        if message.version != self.version:
            return
        if message.facts is not None:
            self.facts, self.documents = message.facts, message.documents
        self.post_message(self.Linted(self.path, None, message.facts.findings if message.facts else ()))
        self.post_message(self.DocumentsNamed())

    def show_found(self, found: Sequence[Diagnostic]) -> None:
        """Show the findings of both passes."""
        self.found = tuple(found)
        self.editor.set_diagnostics(self.found)
        self._show_status()

    async def fix_here(self) -> None:
        """Mend what is found under the cursor, or else on its line, if that is mechanical."""
        text, leaf = self.editor.text, self.leaf
        here = self._found_here()
        if leaf is None or not here:
            self.notify("There is no problem here. F8 goes to the next one.", timeout=3)
            return
        for found in here:
            fixed = await asyncio.to_thread(fix_one, text, leaf.path, found)
            if fixed is not None and fixed != text and text == self.editor.text:
                self.put(fixed)
                return
        hint = f" {here[-1].hint}" if here[-1].hint else ""
        self.notify(f"This one needs you.{hint}", timeout=4, markup=False)

    async def fix_all(self) -> None:
        """Mend all that is mechanical."""
        text, leaf = self.editor.text, self.leaf
        if leaf is None:
            return
        fixed = await asyncio.to_thread(fix_text, text, leaf.path)
        if fixed == text:
            self.notify("Nothing here can be mended mechanically.", timeout=3)
        elif text == self.editor.text:
            self.put(fixed)

    def put(self, text: str) -> None:
        """Change the text in a step that can be undone, and lint it at once."""
        if text != self.editor.text:
            self._hurry = True
            self.editor.put_text(text)

    # What is told around the text.

    def show_head(self) -> None:
        glyphs = self.context.glyphs
        if self.leaf is None:
            told = Content.styled(str(self.context.taxonomy_path), "$foreground-muted")
        else:
            state = f"  {glyphs.changed} not saved" if self.unsaved else ""
            state += f"  {glyphs.warning} changed on disk" if self._stands_off else ""
            told = Content.assemble((str(self.path.parent), "bold"), (state, "$text-warning"))
        self.query_one("#leaf-head", Static).update(told)

    def _found_here(self) -> list[Diagnostic]:
        """Under the cursor, or else on its line; the innermost last."""
        row, column = self.editor.cursor_location
        here = [one for one in self.found if covers(one, row + 1, column + 1)]
        return sorted(
            here or [one for one in self.found if one.line == row + 1], key=lambda one: (one.line, one.column)
        )

    @on(TextArea.SelectionChanged)
    def _show_status(self) -> None:
        row, column = self.editor.cursor_location
        here = self._found_here()
        if here:
            told = problem_text(here[-1], self.context.glyphs, mendable=MENDS if fixable(here[-1]) else "")
        else:
            errors = sum(one.severity == "error" for one in self.found)
            told = Content.styled(summary(errors, len(self.found) - errors), "$foreground-muted")
        where = (f"{row + 1}:{column + 1}  ", "$foreground-muted")
        self.query_one("#leaf-status", Static).update(Content.assemble(where, told))
        self._show_checklist()

    def _show_checklist(self) -> None:
        """How far the leaf has come, and how long the text under the cursor is."""
        row, _ = self.editor.cursor_location
        told = checklist_text(self._done, row + 1, self.context.glyphs) if self._done else Content("")
        self.query_one("#leaf-checklist", Static).update(told)
