"""What is next to the tree while no leaf is edited: the leaf under the cursor at a glance, or the tree's symbols."""

from __future__ import annotations

from pathlib import PurePosixPath

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from core.figures import counted
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.authoring.preview import LeafPreview
from tui.context import Context
from widgets.leaf.preview_text import preview_text
from widgets.shell.frames import frame_room, set_frame
from widgets.text_width import cut_start

PAUSE = 0.15
"""Seconds for which the cursor has to stay on a leaf until it is read."""

LEGEND = (
    "Press enter to open a leaf, n to create one.\n\n"
    "{knowledge} knowledge\n{skill} skill  {foundational} foundational skill\n"
    "{error} errors\n{warning} warnings\n{gap} to write\n\n"
    "? new to git\nM modified\n+ staged"
)
"""Shown while the cursor is on no leaf."""


class PreviewView(Vertical):
    """Reads leaves outside the interface, once the cursor rests on one."""

    class Ready(Message):
        """A leaf was read; the pane knows what lint and git found."""

        def __init__(self, preview: LeafPreview) -> None:
            super().__init__()
            self.preview = preview

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="frame")
        self.context = context
        self.file: PurePosixPath | None = None
        """The leaf that is shown."""
        self._wanted: PurePosixPath | None = None
        self._pause: Timer | None = None
        self._shown: tuple[LeafPreview, Counts, str] | None = None

    def compose(self) -> ComposeResult:
        yield Static(self._legend, id="leaf-hint")

    def on_mount(self) -> None:
        set_frame(self, "Symbols")

    @property
    def _legend(self) -> Content:
        glyphs = self.context.glyphs
        text = LEGEND.format(
            knowledge=glyphs.knowledge,
            skill=glyphs.skill,
            foundational=glyphs.foundational,
            error=glyphs.error,
            warning=glyphs.warning,
            gap=glyphs.status["queued"],
        )
        return Content.styled(text, "$foreground-muted")

    def want(self, file: PurePosixPath | None) -> None:
        """Read and show a leaf after a pause; None shows the symbols."""
        self._wanted = file
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._begin)

    def _begin(self) -> None:
        if self._wanted is not None:
            self._read(self._wanted)
        elif self.file is not None:
            self.file = self._shown = None
            set_frame(self, "Symbols")
            self.query_one("#leaf-hint", Static).update(self._legend)

    @work(thread=True, exclusive=True, group="preview", exit_on_error=False)
    def _read(self, file: PurePosixPath) -> None:
        found = LeafPreview.read(self.context.taxonomy_path, file, self.context.lint)
        if not get_current_worker().is_cancelled:
            self.post_message(self.Ready(found))

    def show(self, preview: LeafPreview, counts: Counts, state: str) -> bool:
        """Show what was read, if the cursor is still there; return whether it is."""
        if preview.file != self._wanted:
            return False
        self.file, self._shown = preview.file, (preview, counts, state)
        self._draw()
        return True

    def _draw(self) -> None:
        if self._shown is None:
            return
        preview, counts, state = self._shown
        glyphs, size = self.context.glyphs, self.content_size
        set_frame(
            self,
            cut_start(str(preview.file.parent), frame_room(self), glyphs),
            f"{counted(preview.size.words, 'word')}, enter opens it",
        )
        text = preview_text(preview, counts, state, glyphs, max(20, size.width - 2), max(6, size.height))
        self.query_one("#leaf-hint", Static).update(text, layout=False)

    def on_resize(self) -> None:
        self._draw()
