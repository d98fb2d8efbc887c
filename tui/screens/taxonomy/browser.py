"""The tree of a taxonomy's leaves, which are read and linted in the background, again whenever files change."""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePosixPath
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, Tree
from textual.worker import get_current_worker

from core.errors import LabtopError
from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.authoring.leaf_folders import Counts, Entry
from core.taxonomy.authoring.tree_files import Stamp, find_files, stamps
from core.taxonomy.authoring.whole_tree import Batch, Sizes, WholeTree, first_pass
from core.taxonomy.layout.tree import KIND_WORDS, LEAF_NAME
from tui.context import Context
from tui.fast_screens import call_after_paint
from widgets.lists.filter_input import FilterInput
from widgets.shell.frames import set_frame
from widgets.tree.git_state import WORDS
from widgets.tree.taxonomy_tree import TOP, TaxonomyTree

WATCH_SECONDS = 1.0
"""Interval at which the files are checked for changes by other programs while the pane is shown."""

CHECKS_PER_SCAN = 3
"""Checks of the known files for each search for added and removed leaves."""

MANY_LEAVES = 500
"""From this number on, the loaded objects are frozen for the garbage collector, which would block for 0.1 s."""


class LeafBrowser(Vertical):
    """Finds the leaves, asks git, and lints changed files; posts what it finds and shows what it is given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "show_all",
            "Show all",
            id="tree.show-all",
            tooltip="Show all leaves again.",
        ),
    ]

    leaves = getters.query_one(TaxonomyTree)
    filter_line = getters.query_one(FilterInput)

    class TreeRead(Message):
        """The tree was read: the leaves' files, or None if the taxonomy's folder does not exist."""

        def __init__(self, files: Sequence[PurePosixPath] | None, written: Mapping[PurePosixPath, Stamp]) -> None:
            super().__init__()
            self.files = files
            self.written = written

    class FilesChanged(Message):
        """Leaves were added or removed, or the tree was read for the first time."""

        def __init__(self, files: Sequence[PurePosixPath], added: Set[PurePosixPath]) -> None:
            super().__init__()
            self.files = files
            self.added = added

    class FilesLinted(Message):
        """A lint pass has checked some files of the tree."""

        def __init__(self, found: Batch, sizes: Sizes | None = None, *, second: bool) -> None:
            super().__init__()
            self.found = found
            self.sizes = sizes or {}
            """What these files contain, of the first pass."""
            self.second = second

    class TreeLinted(Message):
        """Both lint passes have checked all files, with the time stamps of their versions."""

        def __init__(self, whole: WholeTree, written: Mapping[PurePosixPath, Stamp]) -> None:
            super().__init__()
            self.whole = whole
            self.written = written

    class GitRead(Message):
        """The git state of the taxonomy was read."""

        def __init__(self, view: GitView | LabtopError) -> None:
            super().__init__()
            self.view = view

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="frame")
        self.context = context
        self.files: Sequence[PurePosixPath] = ()
        self.was_read = asyncio.Event()
        """Set once the tree has been read."""
        self._written: Mapping[PurePosixPath, Stamp] = {}
        self.linted: Mapping[PurePosixPath, Stamp] = {}
        """Time stamps of the file versions that both lint passes have checked."""
        self._git: GitView | LabtopError | None = None
        self._sizes: Sizes = {}
        self._unsaved: PurePosixPath | None = None
        """The file with text that is not saved."""

    def compose(self) -> ComposeResult:
        yield TaxonomyTree(self.context.glyphs, id="taxonomy-tree")
        yield FilterInput()
        yield Static("", id="tree-detail")

    def on_mount(self) -> None:
        self._show_totals()
        call_after_paint(self, self.read)
        self._watch_disk()

    # Reading.

    @work(thread=True, exclusive=True, group="tree", exit_on_error=False)
    def read(self) -> None:
        """Find the leaves, ask git, and lint the changed files, starting with the fast pass."""
        context, worker, before = self.context, get_current_worker(), self.linted
        root = context.taxonomy_path
        files = find_files(root)
        written = stamps(root, files or [])
        self.post_message(self.TreeRead(files, written))
        changed = [file for file in files or [] if written.get(file) != before.get(file)]
        if len(changed) > MANY_LEAVES:
            gc.freeze()
        sizes: Sizes = {}
        for found in first_pass(root, changed, sizes):
            if worker.is_cancelled:
                return
            of_batch = {file: sizes[file] for file in found if file in sizes}
            self.post_message(self.FilesLinted(found, of_batch, second=False))
        if len(changed) > MANY_LEAVES:
            gc.freeze()
        git = GitView.of(root, context.taxonomy_base, context.lint)
        self.post_message(self.GitRead(git))
        if written != before:
            whole = WholeTree(root, files or [], context.lint, git)
            for found in whole.findings():
                if worker.is_cancelled:
                    return
                self.post_message(self.FilesLinted(found, second=True))
            self.post_message(self.TreeLinted(whole, written))
        if len(changed) > MANY_LEAVES:
            gc.freeze()

    @work(group="watch", exit_on_error=False)
    async def _watch_disk(self) -> None:
        """Read the tree again when other programs change files, for as long as the pane is shown."""
        for check in itertools.count(1):
            await asyncio.sleep(WATCH_SECONDS)
            if not self.screen.is_current:
                continue
            root, files, written = self.context.taxonomy_path, self.files, self._written
            changed = await asyncio.to_thread(stamps, root, files) != written
            if not changed and check % CHECKS_PER_SCAN == 0:
                changed = (await asyncio.to_thread(find_files, root) or []) != files
            if changed and written is self._written:  # otherwise the tree was read in the meantime
                self.read()

    def on_leaf_browser_tree_read(self, message: TreeRead) -> None:
        message.stop()
        self.was_read.set()
        known, self.files, self._written = set(self.files), message.files or [], message.written
        gone = known.difference(self.files)
        self.leaves.set_counts({file: Counts() for file in gone})
        for file in gone:
            self._sizes.pop(file, None)
        self._show_files()
        self.post_message(self.FilesChanged(self.files, set(self.files).difference(known)))

    def on_leaf_browser_files_linted(self, message: FilesLinted) -> None:
        self._sizes.update(message.sizes)
        self._show_totals()

    def on_leaf_browser_tree_linted(self, message: TreeLinted) -> None:
        self.linted = message.written

    def on_leaf_browser_git_read(self, message: GitRead) -> None:
        message.stop()
        self._git = message.view
        self.leaves.set_states(message.view.states if isinstance(message.view, GitView) else {})
        self._show_detail()

    # Showing.

    def set_counts(self, counts: Mapping[PurePosixPath, Counts]) -> None:
        """Show the number of findings of some files."""
        self.leaves.set_counts(counts)
        self._show_totals()

    def state_of(self, file: PurePosixPath) -> str:
        """A leaf's state in git, in words; empty without a repository."""
        return WORDS[self._git.states.get(file, "clean")] if isinstance(self._git, GitView) else ""

    def set_unsaved(self, file: PurePosixPath | None) -> None:
        """Mark the leaf of a file whose text is not saved."""
        if file != self._unsaved:
            self._unsaved = file
            self.leaves.set_unsaved(file)
            self._show_detail()

    def _show_totals(self) -> None:
        """Show in the frame how much the taxonomy contains, and how many findings it has."""
        glyphs, counts = self.context.glyphs, self.leaves.counts_of(TOP)
        leaves = sum(file.name == LEAF_NAME for file in self.files)
        pairs = sum((size.pairs for size in self._sizes.values()), 0)
        marks = ((glyphs.error, counts.errors), (glyphs.warning, counts.warnings))
        figures = f"{leaves} {'leaf' if leaves == 1 else 'leaves'}, {pairs:,} pair{'' if pairs == 1 else 's'}"
        figures += "".join(f" {sign}{amount}" for sign, amount in marks)
        set_frame(self, self.context.taxonomy_path.name, figures if self.files else "")

    def _show_files(self) -> None:
        text = self.filter_line.value.strip().casefold()
        shown = [file for file in self.files if text in str(file).casefold()]
        self.leaves.set_files(shown, open_all=bool(text))
        self._show_totals()
        self._show_detail()

    @on(Tree.NodeHighlighted)
    def _show_detail(self) -> None:
        """Show the branch, and describe the state of the leaf under the cursor in words."""
        git = self._git if isinstance(self._git, GitView) else None
        node, glyphs = self.leaves.cursor_node, self.context.glyphs
        entry: Entry | None = node.data if node else None
        description = ""
        if entry is not None and not entry.is_folder:
            state = self.state_of(entry.path)
            description = KIND_WORDS.get(entry.path.parts[0], "not used") + (f", {state}" if state else "")
        elif self.files and node is None:
            description = "No leaf matches."
        where = "not in a readable git repository" if isinstance(self._git, LabtopError) else ""
        if git:
            where = f"on branch {git.branch}" if git.branch else "detached HEAD"
        changed = (f", {git.changed} changed", "$foreground-muted") if git and git.changed else ""
        too_many = (f" {glyphs.warning}", "$text-warning") if git and git.too_many else ""
        unsaved = ("", "")
        if self._unsaved is not None:
            unsaved = (f"{glyphs.changed} not saved: {self._unsaved.parent.name}  ", "$text-warning")
        branch = Content.assemble(unsaved, (where, "$foreground-muted"), changed, too_many)
        self.query_one("#tree-detail", Static).update(Content(f"{description}\n") + branch, layout=False)

    # Filtering.

    def open_filter(self) -> None:
        """Open the filter line."""
        self.filter_line.open()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        node = self.leaves.cursor_node
        self._show_files()
        if not message.text and node is not None and node.data is not None and not node.data.is_folder:
            self.leaves.show_file(node.data.path)  # without the filter its folder may be closed

    def on_filter_input_left(self) -> None:
        self.leaves.focus()
        self.refresh_bindings()

    def action_show_all(self) -> None:
        self.filter_line.close()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self.filter_line.value) if action == "show_all" else True
