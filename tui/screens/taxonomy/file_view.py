"""A file in an editor: reading, saving, an external editor, and changes by other programs."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from pathlib import PurePosixPath
from typing import Literal

from textual import getters, work
from textual.app import SuspendNotSupported
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.taxonomy.authoring import unsaved_texts
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.authoring.unsaved_texts import UnsavedText
from tui.context import Context
from tui.defects import as_labtop_error
from tui.screens.shared.confirm import ConfirmDialog
from widgets.editor.yaml_editor import YamlEditor
from widgets.shell.frames import frame_room, set_frame
from widgets.text_width import cut_start

WATCH_SECONDS = 1.0
"""Interval at which the file is checked for changes by other programs while it is shown."""

Disk = Literal["same", "changed", "removed"]


class FileView(Vertical):
    """Edits one file of a leaf at a time. Composes one `YamlEditor`."""

    editor = getters.query_one(YamlEditor)

    class Saved(Message):
        """The open file was saved."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.context = context
        self.leaf: LeafFile | None = None
        self.path = PurePosixPath()
        """The file's path below the taxonomy's folder."""
        self._saved_text = ""
        """The editor's text when the file was last read or saved; an editor knows only one kind of line ending."""
        self._disk: Disk = "same"
        """How the file differs from what was last read or saved."""

    def on_mount(self) -> None:
        self._watch_disk()

    @work(group="watch", exit_on_error=False)
    async def _watch_disk(self) -> None:
        """Check the file for as long as it is shown."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.screen.is_current:
                try:
                    await self.check_disk()
                except LabtopError as error:
                    self._show_error(error)

    def on_resize(self) -> None:
        self.show_head()

    def put(self, text: str) -> None:
        """Change the text in a step that can be undone."""
        self.editor.put_text(text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._show_error(as_labtop_error(event.worker.error))

    def _show_error(self, error: LabtopError) -> None:
        hint = f"\n{error.hint}" if error.hint else ""
        self.notify(f"{error.message}{hint}", severity="error", timeout=8, markup=False)

    @property
    def unsaved(self) -> bool:
        return self.leaf is not None and (self.editor.text != self._saved_text or self._disk == "removed")

    def load(self, leaf: LeafFile, path: PurePosixPath, text: str | None = None) -> None:
        """Edit another file, starting from `text` if given; the previous text is dropped."""
        self.leaf, self.path, self._disk = leaf, path, "same"
        self.editor.load_text(leaf.text if text is None else text)
        self._saved_text = self.editor.text
        if text is None and self._saved_text != leaf.text:
            self.notify(f"{path} has mixed line endings; saving makes them uniform.", markup=False)

    def reload(self, leaf: LeafFile) -> None:
        """Show what the file contains now; undo brings back the typed text."""
        self.leaf, self._disk = leaf, "same"
        self.put(leaf.text)
        self._saved_text = self.editor.text
        self.show_head()

    def keep_unsaved(self) -> None:
        """Store the text until the file is opened again. Raises LabtopError."""
        if self.leaf is not None:
            unsaved_texts.keep(self.leaf.path, UnsavedText(self.editor.text, self.leaf.text))

    def restore_unsaved(self) -> None:
        """Restore the stored text of the file, as a change that can be undone."""
        stored = unsaved_texts.take(self.leaf.path) if self.leaf is not None else None
        if self.leaf is not None and stored is not None and stored.text != self.editor.text:
            self.put(stored.text)
            self.leaf.text = stored.saved  # so that changes by other programs since then are noticed
            self.notify(f"Unsaved changes to {self.path} were restored; ctrl+z removes them.", timeout=8, markup=False)

    async def resolve_unsaved(self) -> bool:
        """Ask whether to save or discard unsaved text; return whether the file may be closed."""
        if not self.unsaved:
            return True
        verbs = [("save", "Save"), ("discard", "Discard changes")]
        answer = await self.app.push_screen_wait(
            ConfirmDialog(
                f"{self.path} is not saved.", verbs, self.context.glyphs, cancel="Keep editing", safe=["save"]
            )
        )
        if answer == "discard":
            self.put(self._saved_text)
        return answer == "discard" or (answer == "save" and await self.save())

    async def save(self) -> bool:
        """Save the text, after asking if another program changed the file; return whether it is saved."""
        leaf, text = self.leaf, self.editor.text
        if leaf is None:
            return True
        if await asyncio.to_thread(leaf.changed_on_disk):
            gone = not leaf.path.exists()
            diff = await asyncio.to_thread(leaf.differences, text)
            answer = await self.app.push_screen_wait(
                ConfirmDialog(
                    "Another program has removed this file." if gone else "Another program has changed this file.",
                    [("overwrite", "Write it again")]
                    if gone
                    else [("load", "Reload from disk"), ("overwrite", "Overwrite disk")],
                    self.context.glyphs,
                    detail=f"{self.path} no longer exists."
                    if gone
                    else f"{self.path}: lines with - are on disk, lines with + are yours.",
                    diff=diff,
                )
            )
            if answer == "load":
                self.reload(await asyncio.to_thread(LeafFile.open, leaf.path))
            if answer != "overwrite":
                return False
        try:
            await asyncio.to_thread(leaf.save, text)
        except LabtopError as error:
            self._show_error(error)
            return False
        self._saved_text, self._disk = text, "same"
        self.show_head()
        self.post_message(self.Saved())
        return True

    async def check_disk(self) -> None:
        """Notice changes by other programs: reload the file if no typed text would be lost, otherwise show a mark."""
        leaf = self.leaf
        if leaf is None:
            return
        changed = await asyncio.to_thread(leaf.changed_on_disk)
        if leaf is not self.leaf:
            return
        disk: Disk = "same" if not changed else "changed" if leaf.path.exists() else "removed"
        if disk == "changed" and not self.unsaved:
            self.reload(await asyncio.to_thread(LeafFile.open, leaf.path))
            self.notify(f"Another program changed {self.path}; it was reloaded. ctrl+z brings back the previous text.")
        elif disk != self._disk:
            self._disk = disk
            self.show_head()

    async def edit_outside(self) -> None:
        """Open the file in the user's own editor, and reload it afterwards."""
        if self.leaf is None or not await self.save():
            return
        command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        try:
            with self.app.suspend():
                subprocess.run([*command, str(self.leaf.path)], check=False)  # noqa: ASYNC221 - the screen is suspended
        except SuspendNotSupported:
            raise LabtopError(
                "An external editor cannot be started from here.", hint="Open the file in it yourself."
            ) from None
        except OSError as error:
            raise LabtopError(
                f"{command[0]} cannot be started: {error.strerror}.", hint="Set EDITOR to the editor of your choice."
            ) from None
        self.app.refresh(repaint=True, layout=True)
        self.reload(await asyncio.to_thread(LeafFile.open, self.leaf.path))

    @property
    def title(self) -> str:
        """The file's name in the line above its text."""
        return str(self.path)

    @property
    def figures(self) -> Content:
        """What the lower line of the frame shows."""
        return Content("")

    def show_head(self) -> None:
        """Show the file and its state in the frame."""
        glyphs = self.context.glyphs
        state = f" {glyphs.changed} not saved" if self.unsaved else ""
        if self._disk != "same":
            state += f" {glyphs.warning} {'removed' if self._disk == 'removed' else 'changed on disk'}"
        room = frame_room(self)
        title = cut_start(self.title, room - len(state), glyphs)
        figures = self.figures
        if len(figures) > room:
            figures = figures.truncate(room - 1) + glyphs.ellipsis
        set_frame(self, Content.assemble(title, (state, "$text-warning")), figures)
