"""The Taxonomy pane: the tree of leaves, the open leaf next to its documents, and all lint findings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widgets import Static, Tree

from core.taxonomy.authoring.findings import Findings, Problem
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.layout.tree import LEAF_NAME
from tui.context import Context
from tui.input_queue import MOVES_FOCUS
from tui.screens.taxonomy.attribution import AttributionView, LinesEditor
from tui.screens.taxonomy.authoring import Authoring
from tui.screens.taxonomy.browser import LeafBrowser
from tui.screens.taxonomy.file_view import FileView
from tui.screens.taxonomy.keys import KEYS
from tui.screens.taxonomy.leaf import LeafView
from tui.screens.taxonomy.preview import PreviewView
from widgets.documents.document_view import DocumentView
from widgets.editor.yaml_editor import YamlEditor
from widgets.leaf.problem_text import problem_line, summary
from widgets.lists.row_list import Row, RowList
from widgets.shell.frames import set_frame
from widgets.tree.taxonomy_tree import TaxonomyTree

READING_SECONDS = 1.0
"""The longest that keys wait for the leaves to be found."""


class TaxonomyPane(Authoring):
    """Shows the tree and the problems; `LeafView` shows the open leaf, `Authoring` holds its actions."""

    NAME = "taxonomy"
    ABOUT = (
        "The questions and answers that all training data is generated from. Open a leaf with enter and edit it: lint "
        "runs as you type, underlines its findings and marks their lines. Below the text are the finding under the "
        "cursor and the progress of the leaf. F6 shows the leaf's documents, where enter adds a passage as a context. "
        "F2 shows its attribution.txt. esc returns to the tree; nothing is saved before ctrl+s or F4."
    )
    CSS_PATH = "pane.tcss"
    BINDINGS = KEYS
    PARTS = (LeafBrowser, YamlEditor, LinesEditor, DocumentView)

    problems = getters.query_one("#problems", RowList)
    preview = getters.query_one("#leaf-preview", PreviewView)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._findings = Findings()
        self._rows: dict[Problem, Row] = {}
        self._unopened: Problem | None = None
        """The last visited problem, if its file cannot be opened; the next one is searched from there."""

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        yield Static(
            f"There is no leaf in {self.context.taxonomy_path} yet.\n\n"
            "Press n to create the first leaf; the folder is created, too.\n"
            "`labtop quickstart` creates a sample and runs all five steps on it.\n"
            "`labtop config init` sets your folder; `labtop --taxonomy-path DIR` opens another.\n\nF5 checks again.",
            id="no-taxonomy",
            markup=False,
        )
        with Horizontal(id="taxonomy-columns"):
            yield LeafBrowser(self.context, id="taxonomy-side")
            with Vertical(id="taxonomy-main"):
                yield PreviewView(self.context, id="leaf-preview")
                with Container(id="leaf-work"):
                    yield LeafView(self.context, id="leaf")
                    yield AttributionView(self.context, id="attribution")
                    yield DocumentView(glyphs, id="documents")
                yield RowList(id="problems", classes="frame")

    def on_mount(self) -> None:
        self.browser.leaves.focus()

    def on_screen_resume(self) -> None:
        self._wait_for_leaves()

    # Findings.

    @work(group=MOVES_FOCUS, exit_on_error=False)
    async def _wait_for_leaves(self) -> None:
        """Let keys wait a moment until the leaves have been found."""
        await self.wait_until_ready()

    def action_read_tree(self) -> None:
        self.browser.read()

    async def action_show_leaf(self, folder: str) -> None:
        """Move the cursor of the tree to a leaf, once the tree has been read."""
        await self.browser.was_read.wait()
        self.browser.leaves.show_file(PurePosixPath(folder, LEAF_NAME))

    def on_leaf_browser_files_changed(self, message: LeafBrowser.FilesChanged) -> None:
        self._findings.keep(message.files)
        self.set_class(not message.files and self.leaf.leaf is None, "-none")
        if self.leaf.leaf is not None and self.leaf.path in message.added:
            self.browser.leaves.show_file(self.leaf.path)
        self._show_findings([])

    def on_leaf_browser_files_linted(self, message: LeafBrowser.FilesLinted) -> None:
        open_leaf = self.leaf.path if self.leaf.leaf else None
        found = {file: diagnostics for file, diagnostics in message.found.items() if file != open_leaf}
        (self._findings.set_second if message.second else self._findings.set_first)(found)
        self._show_findings(found)

    def on_leaf_browser_tree_linted(self, message: LeafBrowser.TreeLinted) -> None:
        self.leaf.compare_with(message.whole.second)

    def on_leaf_view_linted(self, message: LeafView.Linted) -> None:
        if message.first is not None:
            self._findings.set_first({message.path: message.first})
        if message.second is not None:
            self._findings.set_second({message.path: message.second})
        if message.path == self.leaf.path:
            self.leaf.show_found(self._findings.of(message.path))
        self._show_findings([message.path])

    def _show_findings(self, files: Mapping[PurePosixPath, object] | list[PurePosixPath]) -> None:
        self.browser.set_counts({file: Counts.of(self._findings.of(file)) for file in files})
        problems, before = self._findings.problems, self._rows
        # Rows are reused: creating thousands triggers garbage collection, which takes 0.1 s.
        self._rows = {problem: before.get(problem) or self._row(problem) for problem in problems}
        self.problems.set_rows(list(self._rows.values()))
        self.set_class(bool(problems), "-problems")
        counts = Counts.of(problem.found for problem in problems)
        set_frame(self.problems, "Problems", summary(counts))
        if self.preview.file is not None and self.preview.file in files:
            self.preview.want(self.preview.file)
        self.refresh_bindings()

    def _row(self, problem: Problem) -> Row:
        return Row(problem, problem, partial(problem_line, problem.found, self.context.glyphs, file=problem.file))

    def counts_before_commit(self, path: PurePosixPath) -> Counts:
        return Counts.of(self._findings.of(path), strict=True)

    @on(Tree.NodeHighlighted)
    def _update_keys(self) -> None:
        self.refresh_bindings()
        self._want_preview()

    def _want_preview(self) -> None:
        """Show the leaf under the tree's cursor at a glance, unless it is open."""
        node = self.browser.leaves.cursor_node
        entry = node.data if node else None
        file = entry.path if entry is not None and not entry.is_folder else None
        if file is None or file == self._open_path:
            self.remove_class("-preview")
        self.preview.want(file)

    @property
    def _open_path(self) -> PurePosixPath | None:
        return self.leaf.path if self.leaf.leaf is not None else None

    def on_preview_view_ready(self, message: PreviewView.Ready) -> None:
        file = message.preview.file
        shown = self.preview.show(message.preview, Counts.of(self._findings.of(file)), self.browser.state_of(file))
        if shown and not self.has_class("-editing") and file != self._open_path:
            self.add_class("-preview")

    def action_filter_leaves(self) -> None:
        self.go_to_tree()
        self.browser.open_filter()

    @on(DescendantFocus)
    def _follow_focus(self) -> None:
        """Follow the focus when tab or the mouse moves it.

        The current focus counts: a busy widget may send its event late, after the event of the next widget.
        """
        if self.focused in (self.leaf.editor, self.attribution.editor, self.browser.leaves):
            self.set_class(self.focused is not self.browser.leaves, "-editing")
            if self.has_class("-editing"):
                self.remove_class("-preview")
        self.refresh_bindings()

    @on(YamlEditor.LeftEditor)
    def go_to_tree(self) -> None:
        self.remove_class("-editing")
        self.browser.leaves.focus()
        self.browser.set_unsaved(self.leaf.path if self._unsaved_views() else None)
        self._want_preview()
        self.refresh_bindings()

    # The open leaf.

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def on_taxonomy_tree_leaf_chosen(self, message: TaxonomyTree.LeafChosen) -> None:
        await self._open(message.path)

    async def wait_until_ready(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READING_SECONDS):
                await self.browser.was_read.wait()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def open_leaf(self, path: PurePosixPath) -> None:
        """Edit a leaf, given its file below the taxonomy's folder, after asking about unsaved text."""
        await self._open(path)

    async def _open(self, path: PurePosixPath) -> bool:
        """Edit a leaf, after asking about unsaved text; return whether it is open."""
        if not await self.close_attribution():
            return False
        if self.leaf.leaf is None or path != self.leaf.path:
            if not await self.leaf.resolve_unsaved():
                return False
            leaf = await asyncio.to_thread(LeafFile.open, self.context.taxonomy_path / path)
            self.leaf.open(leaf, path)
            self.leaf.show_found(self._findings.of(path))
            self.browser.leaves.show_file(path)
            self.problems.move_to_key(self._findings.neighbour(path, 0, 0, 1))
            self.leaf.restore_unsaved()
            if self.has_class("-widest") and path.parts[0] == "knowledge":
                self.open_documents()
        self.action_edit_leaf()
        return True

    def action_edit_leaf(self) -> None:
        if self.leaf.leaf is not None:
            self.remove_class("-preview")
            self.add_class("-open", "-editing")
            (self.attribution if self.attribution_open else self.leaf).editor.focus()
            self.leaf.show_head()
            self.refresh_bindings()

    def unsaved(self) -> str | None:
        return next((str(view.path) for view in self._unsaved_views()), None)

    @on(FileView.Saved)
    def _show_unsaved(self) -> None:
        self.browser.set_unsaved(None)

    def _unsaved_views(self) -> list[FileView]:
        return [view for view in self.query(FileView) if view.unsaved]  # there are none before the first composition

    async def save_all(self) -> bool:
        return all([await view.save() for view in self._unsaved_views()])

    def keep_unsaved(self) -> None:
        for view in self._unsaved_views():
            view.keep_unsaved()

    # Problems.

    def action_go_to_problem(self, step: int) -> None:
        """Go to the next or previous problem, through all files, cyclically."""
        row, column = self.leaf.editor.cursor_location if self.leaf.leaf else (-1, -1)
        file, line, column = self.leaf.path, row + 1, column + 1
        if self._unopened is not None:
            file, line, column = self._unopened.file, self._unopened.found.line, self._unopened.found.column
        problem = self._findings.neighbour(file, line, column, step)
        if problem is not None:
            self._go_to(problem)

    def action_explain_problem(self) -> None:
        """Show the findings at the cursor of the text or of the problems in full."""
        if self.problems.has_focus and isinstance(self.problems.cursor_key, Problem):
            found = [self.problems.cursor_key.found]
        else:
            found = self.leaf.explained_here()
        if not found:
            self.notify("No problem here. F8 goes to the next one.", timeout=3)
            return
        from tui.screens.taxonomy.problem_dialog import ProblemDialog

        self.app.push_screen(ProblemDialog(self.context, found))

    def action_leave_problems(self) -> None:
        if self.has_class("-editing"):
            self.action_edit_leaf()
        else:
            self.go_to_tree()

    def on_row_list_opened(self, message: RowList.Opened) -> None:
        if isinstance(message.key, Problem):
            self._go_to(message.key)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _go_to(self, problem: Problem) -> None:
        self._unopened = problem
        self.problems.move_to_key(problem)
        if await self._open(problem.file):
            self._unopened = None
            self.problems.move_to_key(problem)
            self.leaf.editor.move_cursor((problem.found.line - 1, problem.found.column - 1), center=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return True  # the footer may ask before the other widgets are there
        editing, filtering = self.has_class("-editing"), self.browser.filter_line.has_focus
        if action == "edit_leaf":
            return self.leaf.leaf is not None and not editing
        if action == "explain_problem":
            return self.problems.has_focus or (editing and not self.attribution_open and not self.reading)
        if action == "leave_problems":
            return self.problems.has_focus
        if action == "go_to_problem":
            return bool(self._findings.problems) and not self.reading and not filtering
        if action == "filter_leaves":
            return bool(self.browser.files) and not editing and not filtering
        if action in ("read_tree", "make_leaf"):
            return not editing and not filtering
        return self.is_available(action)
