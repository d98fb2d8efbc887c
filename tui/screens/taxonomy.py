"""The Taxonomy pane: the tree of leaves, one of them open beside its documents, and all that lint says."""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, Tree
from textual.worker import get_current_worker

from core.errors import LabtopError
from tui.context import Context
from tui.leaf_file import LeafFile
from tui.taxonomy_attribution import AttributionView
from tui.taxonomy_authoring import Authoring
from tui.taxonomy_findings import Findings, Problem
from tui.taxonomy_leaf import LeafView
from tui.taxonomy_reading import Batch, GitView, Stamp, WholeTree, find_files, first_pass, stamps
from widgets.document_view import DocumentView
from widgets.filter_input import FilterInput
from widgets.leaf_state import WORDS
from widgets.leaf_tree import Counts, Entry
from widgets.problem_text import counts_of, problem_line, summary
from widgets.row_list import Row, RowList
from widgets.taxonomy_tree import TaxonomyTree
from widgets.yaml_editor import YamlEditor

WATCH_SECONDS = 1.0
"""Between two looks at what other programs did to the files, while the pane is shown."""

SCAN_LOOKS = 3
"""Looks at the known files for each search for leaves that came or went."""

MANY_LEAVES = 500
"""From so many on, what was read is taken out of Python's search for garbage, which halts everything for 0.1 s."""

HINT = (
    "Choose a leaf with enter; n makes a new one.\n\n"
    "{knowledge} knowledge\n{skill} skill\n{error} errors\n{warning} warnings\n\n"
    "? new to git\nM modified\n+ staged"
)
"""Beside the tree while no leaf is open."""


class TaxonomyPane(Authoring):
    """Reads the tree and walks through it; the open leaf is `LeafView`'s, what is done with it `Authoring`'s."""

    NAME = "taxonomy"
    ABOUT = (
        "The questions and answers that all training data grows from. Open a leaf with enter and edit it: lint runs as "
        "you type, underlines what it finds and marks the line; the lines below the text say what is meant under the "
        "cursor, and how far the leaf has come. F6 shows the leaf's documents, where enter makes a passage a context. "
        "F2 shows its attribution.txt. esc goes back to the tree; nothing is written before ctrl+s."
    )
    CSS_PATH = "taxonomy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *Authoring.KEYS,
        Binding("e", "edit_leaf", "Edit", id="taxonomy.edit-leaf", tooltip="Go to the open leaf's text."),
        Binding(
            "slash",
            "filter_leaves",
            "Filter",
            id="taxonomy.filter-leaves",
            tooltip="Show only leaves that contain a text.",
        ),
        Binding("r", "read_tree", "Refresh", show=False, id="taxonomy.read-tree", tooltip="Look for leaves again."),
    ]

    leaves = getters.query_one("#taxonomy-tree", TaxonomyTree)
    problems = getters.query_one("#problems", RowList)
    filter_line = getters.query_one(FilterInput)

    class TreeRead(Message):
        """The leaves' files, below the taxonomy's folder; None when there is no such folder."""

        def __init__(self, files: list[PurePosixPath] | None, written: Mapping[PurePosixPath, Stamp]) -> None:
            super().__init__()
            self.files = files
            self.written = written

    class FilesLinted(Message):
        """What a pass of lint found in some files of the tree."""

        def __init__(self, found: Batch, *, second: bool) -> None:
            super().__init__()
            self.found = found
            self.second = second

    class TreeLinted(Message):
        """Both passes of lint have seen all files, as they were written then."""

        def __init__(self, whole: WholeTree, written: Mapping[PurePosixPath, Stamp]) -> None:
            super().__init__()
            self.whole = whole
            self.written = written

    class GitRead(Message):
        """What git says of the taxonomy."""

        def __init__(self, view: GitView | None) -> None:
            super().__init__()
            self.view = view

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.files: list[PurePosixPath] = []
        self._written: Mapping[PurePosixPath, Stamp] = {}
        self._linted: Mapping[PurePosixPath, Stamp] = {}
        """The files as they were when both passes had seen all of them."""
        self._findings = Findings()
        self._rows: dict[Problem, Row] = {}
        self._git: GitView | None = None

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        yield Static(
            f"There is no leaf in {self.context.taxonomy_path} yet.\n\n"
            "n makes one, if that folder is there.\n"
            "`labtop quickstart` makes a sample and walks the whole method on it.\n"
            "`labtop config init` sets where yours lies; `labtop --taxonomy-path DIR` shows another.\n\nr looks again.",
            id="no-taxonomy",
            markup=False,
        )
        with Horizontal(id="taxonomy-columns"):
            with Vertical(id="taxonomy-side"):
                yield TaxonomyTree(glyphs, id="taxonomy-tree")
                yield FilterInput()
                yield Static("", id="tree-detail")
            with Vertical(id="taxonomy-main"):
                hint = HINT.format(
                    knowledge=glyphs.knowledge, skill=glyphs.skill, error=glyphs.error, warning=glyphs.warning
                )
                yield Static(hint, id="leaf-hint", markup=False)
                with Container(id="leaf-work"):
                    yield LeafView(self.context, id="leaf")
                    yield AttributionView(self.context, id="attribution")
                    yield DocumentView(glyphs, id="documents")
                yield RowList(id="problems")

    def on_mount(self) -> None:
        super().on_mount()
        self.leaf.show_head()
        self.leaves.focus()
        self.call_after_refresh(self.action_read_tree)  # beside drawing for the first time it would slow that
        self._watch_disk()

    # The tree.

    @work(thread=True, exclusive=True, group="tree", exit_on_error=False)
    def action_read_tree(self) -> None:
        """Find the leaves, ask git, and lint what was written since, first by the rules that are quick."""
        root, worker, before = self.context.taxonomy_path, get_current_worker(), self._linted
        files = find_files(root)
        written = stamps(root, files or [])
        self.post_message(self.TreeRead(files, written))
        changed = [file for file in files or [] if written.get(file) != before.get(file)]
        if len(changed) > MANY_LEAVES:
            gc.freeze()
        for found in first_pass(root, changed):
            if worker.is_cancelled:
                return
            self.post_message(self.FilesLinted(found, second=False))
        if len(changed) > MANY_LEAVES:
            gc.freeze()
        self.post_message(self.GitRead(GitView.of(root)))
        if written != before:
            whole = WholeTree(root, files or [])
            for found in whole.findings():
                if worker.is_cancelled:
                    return
                self.post_message(self.FilesLinted(found, second=True))
            self.post_message(self.TreeLinted(whole, written))
        if len(changed) > MANY_LEAVES:
            gc.freeze()

    def on_taxonomy_pane_tree_read(self, message: TreeRead) -> None:
        known, self.files, self._written = self.files, message.files or [], message.written
        self._findings.keep(self.files)
        self.leaves.set_counts({file: Counts() for file in set(known).difference(self.files)})
        self.set_class(not self.files, "-none")
        self._show_files()
        if self.leaf.leaf is not None and self.leaf.path in set(self.files).difference(known):
            self.leaves.show_file(self.leaf.path)
        self.refresh_bindings()

    def _show_files(self) -> None:
        text = self.filter_line.value.strip().casefold()
        shown = [file for file in self.files if text in str(file).casefold()]
        self.leaves.set_files(shown, open_all=bool(text))

    def on_taxonomy_pane_files_linted(self, message: FilesLinted) -> None:
        open_leaf = self.leaf.path if self.leaf.leaf else None
        found = {file: diagnostics for file, diagnostics in message.found.items() if file != open_leaf}
        (self._findings.set_second if message.second else self._findings.set_first)(found)
        self._show_findings(found)

    def on_taxonomy_pane_tree_linted(self, message: TreeLinted) -> None:
        self._linted = message.written
        self.leaf.compare_with(message.whole.across)

    def on_leaf_view_linted(self, message: LeafView.Linted) -> None:
        if message.first is not None:
            self._findings.set_first({message.path: message.first})
        if message.second is not None:
            self._findings.set_second({message.path: message.second})
        if message.path == self.leaf.path:
            self.leaf.show_found(self._findings.of(message.path))
        self._show_findings([message.path])

    def _show_findings(self, files: Mapping[PurePosixPath, object] | list[PurePosixPath]) -> None:
        self.leaves.set_counts({file: counts_of(self._findings.of(file)) for file in files})
        problems, before = self._findings.problems, self._rows
        # Rows are kept: making thousands anew has Python look for garbage, which takes a tenth of a second.
        self._rows = {problem: before.get(problem) or self._row(problem) for problem in problems}
        self.problems.set_rows(list(self._rows.values()))
        self.set_class(bool(problems), "-problems")
        self._show_detail()
        self.refresh_bindings()

    def _row(self, problem: Problem) -> Row:
        return Row(problem, problem, partial(problem_line, problem.found, self.context.glyphs, file=problem.file))

    def on_taxonomy_pane_git_read(self, message: GitRead) -> None:
        self._git = message.view
        self.leaves.set_states(message.view.states if message.view else {})
        self._show_detail()

    @on(Tree.NodeHighlighted)
    def _show_detail(self) -> None:
        """The branch, and in words what the signs beside the leaf under the cursor mean."""
        git, node = self._git, self.leaves.cursor_node
        branch = f"on branch {git.branch}" if git and git.branch else "on no branch"
        where = branch if git else "in no git repository"
        entry: Entry | None = node.data if node else None
        told = ""
        if entry is not None and not entry.is_folder:
            counts = counts_of(self._findings.of(entry.path))
            kind = {"knowledge": "knowledge", "compositional_skills": "skill"}.get(entry.path.parts[0], "not used")
            state = f", {WORDS[git.states.get(entry.path, 'clean')]}" if git else ""
            told = f"{kind}{state}, {summary(counts.errors, counts.warnings)}"
        self.query_one("#tree-detail", Static).update(
            Content.assemble((told, "$foreground"), "\n", (where, "$foreground-muted"))
        )

    def action_filter_leaves(self) -> None:
        self._go_to_tree()
        self.filter_line.open()

    def on_filter_input_filtered(self) -> None:
        self._show_files()

    def on_filter_input_left(self) -> None:
        self._go_to_tree()

    @on(YamlEditor.LeftEditor)
    def _go_to_tree(self) -> None:
        self.remove_class("-editing")
        self.leaves.focus()
        self.refresh_bindings()

    @work(group="watch", exit_on_error=False)
    async def _watch_disk(self) -> None:
        """Notice what other programs do to the files, for as long as the pane is shown."""
        for look in itertools.count(1):
            await asyncio.sleep(WATCH_SECONDS)
            if not self.is_current:
                continue
            try:
                await self.leaf.look_at_disk()
                await self.attribution.look_at_disk()
            except LabtopError as error:
                self.show_error(error)
            root, files, written = self.context.taxonomy_path, self.files, self._written
            changed = await asyncio.to_thread(stamps, root, files) != written
            if not changed and look % SCAN_LOOKS == 0:
                changed = (await asyncio.to_thread(find_files, root) or []) != files
            if changed and written is self._written:  # else the tree has been read meanwhile
                self.action_read_tree()

    # The open leaf.

    @work(exclusive=True, group="open", exit_on_error=False)
    async def on_taxonomy_tree_leaf_chosen(self, message: TaxonomyTree.LeafChosen) -> None:
        await self._open(message.path)

    async def _open(self, path: PurePosixPath) -> bool:
        """Edit a leaf, after what is unsaved is settled; whether it is open."""
        if not await self.close_attribution():
            return False
        if self.leaf.leaf is None or path != self.leaf.path:
            if not await self.leaf.settle():
                return False
            leaf = await asyncio.to_thread(LeafFile.open, self.context.taxonomy_path / path)
            self.leaf.open(leaf, path)
            self.leaf.show_found(self._findings.of(path))
            self.leaves.show_file(path)
            self.problems.move_to_key(self._findings.neighbour(path, 0, 0, 1))
        self.action_edit_leaf()
        return True

    def action_edit_leaf(self) -> None:
        if self.leaf.leaf is not None:
            self.add_class("-open", "-editing")
            (self.attribution if self.attributing else self.leaf).editor.focus()
            self.leaf.show_head()
            self.refresh_bindings()

    def unsaved(self) -> str | None:
        return next((str(view.path) for view in (self.leaf, self.attribution) if view.unsaved), None)

    async def save_all(self) -> bool:
        views = [view for view in (self.leaf, self.attribution) if view.unsaved]
        return all([await view.save() for view in views])

    # Problems.

    def action_go_to_problem(self, step: int) -> None:
        """The next one behind the cursor, or before it, through all files; after the last comes the first."""
        row, column = self.leaf.editor.cursor_location if self.leaf.leaf else (-1, -1)
        problem = self._findings.neighbour(self.leaf.path, row + 1, column + 1, step)
        if problem is not None:
            self._go_to(problem)

    def on_row_list_opened(self, message: RowList.Opened) -> None:
        if isinstance(message.key, Problem):
            self._go_to(message.key)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _go_to(self, problem: Problem) -> None:
        if await self._open(problem.file):
            self.problems.move_to_key(problem)
            self.leaf.editor.move_cursor((problem.found.line - 1, problem.found.column - 1), center=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        editing = self.has_class("-editing")
        if action == "edit_leaf":
            return self.leaf.leaf is not None and not editing
        if action == "go_to_problem":
            return bool(self._findings.problems) and not self.reading
        if action == "filter_leaves":
            return bool(self.files) and not editing
        if action in ("read_tree", "make_leaf"):
            return not editing
        return self.may_author(action)
