"""A file in an editor: reading, saving, another editor, and what other programs do to it meanwhile."""

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
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.taxonomy.authoring import unsaved_texts
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.authoring.unsaved_texts import Kept
from tui.context import Context
from tui.defects import known
from tui.screens.shared.confirm import ConfirmDialog
from widgets.editor.yaml_editor import YamlEditor

WATCH_SECONDS = 1.0
"""Between two looks at what other programs did to the file, while it is shown."""

Disk = Literal["same", "changed", "removed"]


class FileView(Vertical):
    """Edits one file of a leaf at a time. Composes one `YamlEditor`, and one `Static` of class `file-head`."""

    editor = getters.query_one(YamlEditor)

    class Saved(Message):
        """The open file is written."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.context = context
        self.leaf: LeafFile | None = None
        self.path = PurePosixPath()
        """Of the file, below the taxonomy's folder."""
        self._begun = ""
        """The editor's text when the file was read into it or saved. Of line ends an editor knows one kind only."""
        self._disk: Disk = "same"
        """What the file is there, as far as it is not what was read or saved last."""

    def on_mount(self) -> None:
        self._watch_disk()

    @work(group="watch", exit_on_error=False)
    async def _watch_disk(self) -> None:
        """Look at the file for as long as it is shown."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.screen.is_current:
                try:
                    await self.look_at_disk()
                except LabtopError as error:
                    self._tell(error)

    def put(self, text: str) -> None:
        """Change the text in a step that can be undone."""
        self.editor.put_text(text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._tell(known(event.worker.error))

    def _tell(self, error: LabtopError) -> None:
        hint = f"\n{error.hint}" if error.hint else ""
        self.notify(f"{error.message}{hint}", severity="error", timeout=8, markup=False)

    @property
    def unsaved(self) -> bool:
        return self.leaf is not None and (self.editor.text != self._begun or self._disk == "removed")

    def load(self, leaf: LeafFile, path: PurePosixPath, text: str | None = None) -> None:
        """Edit another file, or a text to begin it with; what stood here is gone."""
        self.leaf, self.path, self._disk = leaf, path, "same"
        self.editor.load_text(leaf.text if text is None else text)
        self._begun = self.editor.text
        if text is None and self._begun != leaf.text:
            self.notify(f"{path} has line ends of several kinds. Saving makes them all alike.", markup=False)

    def read_again(self, leaf: LeafFile) -> None:
        """Show what stands in the same file now; what was typed can be had back with undo."""
        self.leaf, self._disk = leaf, "same"
        self.put(leaf.text)
        self._begun = self.editor.text
        self.show_head()

    def keep(self) -> None:
        """Keep the text until the file is opened again. Raises LabtopError."""
        if self.leaf is not None:
            unsaved_texts.keep(self.leaf.path, Kept(self.editor.text, self.leaf.text))

    def take_kept(self) -> None:
        """Go on with what was kept of the file, as a change that can be undone."""
        kept = unsaved_texts.take(self.leaf.path) if self.leaf is not None else None
        if self.leaf is not None and kept is not None and kept.text != self.editor.text:
            self.put(kept.text)
            self.leaf.text = kept.saved  # so that what another program wrote since is noticed
            self.notify(f"What was not saved of {self.path} is back; ctrl+z takes it out.", timeout=8, markup=False)

    async def settle(self) -> bool:
        """Ask what becomes of unsaved text before it is left; whether it may be left."""
        if not self.unsaved:
            return True
        verbs = [("save", "Save"), ("discard", "Discard changes")]
        answer = await self.app.push_screen_wait(
            ConfirmDialog(f"{self.path} is not saved.", verbs, self.context.glyphs, cancel="Keep editing")
        )
        if answer == "discard":
            self.put(self._begun)
        return answer == "discard" or (answer == "save" and await self.save())

    async def save(self) -> bool:
        """Write the text, after asking if that would undo what another program wrote; whether it is written."""
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
                    else [("load", "Load that text"), ("overwrite", "Overwrite it")],
                    self.context.glyphs,
                    detail=f"{self.path} is not there any more."
                    if gone
                    else f"Lines with - stand in {self.path} now, lines with + are yours.",
                    diff=diff,
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
        self._begun, self._disk = text, "same"
        self.show_head()
        self.post_message(self.Saved())
        return True

    async def look_at_disk(self) -> None:
        """Notice what another program wrote: shown at once where nothing typed would be lost, else told."""
        leaf = self.leaf
        if leaf is None:
            return
        changed = await asyncio.to_thread(leaf.changed_on_disk)
        if leaf is not self.leaf:
            return
        disk: Disk = "same" if not changed else "changed" if leaf.path.exists() else "removed"
        if disk == "changed" and not self.unsaved:
            self.read_again(await asyncio.to_thread(LeafFile.open, leaf.path))
            self.notify(
                f"Another program changed {self.path}; it is read anew, and ctrl+z brings back the text before."
            )
        elif disk != self._disk:
            self._disk = disk
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

    @property
    def title(self) -> str:
        """What the file is called above its text."""
        return str(self.path)

    def show_head(self) -> None:
        glyphs = self.context.glyphs
        if self.leaf is None:
            told = Content.styled(str(self.context.taxonomy_path), "$foreground-muted")
        else:
            state = f"  {glyphs.changed} not saved" if self.unsaved else ""
            if self._disk != "same":
                state += f"  {glyphs.warning} {'removed' if self._disk == 'removed' else 'changed on disk'}"
            told = Content.assemble((self.title, "bold"), (state, "$text-warning"))
        self.query_one(".file-head", Static).update(told)
