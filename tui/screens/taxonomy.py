"""The Taxonomy pane: the tree of leaves, one of them in an editor, and what lint says as one types."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea
from textual.worker import get_current_worker

from core.errors import LabtopError
from core.taxonomy import tree
from core.taxonomy.diagnostics import Diagnostic
from core.taxonomy.lint import lint_file, lint_text, misnamed
from tui.context import Context
from tui.leaf_file import LeafFile
from tui.screens.confirm import ConfirmDialog
from tui.screens.pane import Pane
from widgets.filter_input import FilterInput
from widgets.leaf_tree import Counts
from widgets.problem_text import counts_of, covers, problem_line, problem_text, summary
from widgets.row_list import Row, RowList
from widgets.taxonomy_tree import TaxonomyTree
from widgets.yaml_editor import YamlEditor

TYPING_PAUSE = 0.3
"""Seconds after the last key until lint runs."""

BATCH = 20
"""Leaves whose findings are told together while the whole tree is linted."""

HINT = "Choose a leaf with enter.\n\n{knowledge} knowledge\n{skill} skill\n{error} errors\n{warning} warnings"
"""Beside the tree while no leaf is open."""


class TaxonomyPane(Pane):
    """Reads, lints and saves; the widgets only show."""

    NAME = "taxonomy"
    ABOUT = (
        "The questions and answers that all training data grows from. Open a leaf with enter and edit it: lint runs as "
        "you type, underlines what it finds and marks the line; the line below the text says what is meant under the "
        "cursor. esc goes back to the tree; nothing is written before ctrl+s."
    )
    CSS_PATH = "taxonomy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save_leaf", "Save", id="taxonomy.save-leaf", tooltip="Write the leaf to its file."),
        Binding(
            "f8",
            "go_to_problem(1)",
            "Problem",
            key_display="F8",
            id="taxonomy.next-problem",
            tooltip="Go to the next problem.",
        ),
        # Many terminals tell F20 for shift+F8.
        Binding(
            "shift+f8,f20",
            "go_to_problem(-1)",
            "Problem before",
            show=False,
            id="taxonomy.previous-problem",
            tooltip="Go to the problem before.",
        ),
        Binding("e", "edit_leaf", "Edit", id="taxonomy.edit-leaf", tooltip="Go to the open leaf's text."),
        Binding(
            "slash",
            "filter_leaves",
            "Filter",
            id="taxonomy.filter-leaves",
            tooltip="Show only leaves that contain a text.",
        ),
        Binding(
            "r", "read_tree", "Refresh", id="taxonomy.read-tree", tooltip="Look for leaves and lint all of them again."
        ),
    ]

    leaves = getters.query_one("#taxonomy-tree", TaxonomyTree)
    editor = getters.query_one("#leaf-editor", YamlEditor)
    problems = getters.query_one("#problems", RowList)
    filter_line = getters.query_one(FilterInput)

    class TreeRead(Message):
        """The leaves' files, below the taxonomy's folder; None when there is no such folder."""

        def __init__(self, files: list[PurePosixPath] | None) -> None:
            super().__init__()
            self.files = files

    class LeavesLinted(Message):
        """What lint found in some files of the tree."""

        def __init__(self, counts: Mapping[PurePosixPath, Counts]) -> None:
            super().__init__()
            self.counts = counts

    class TextLinted(Message):
        """What lint found in the text of the open leaf as it was at a version."""

        def __init__(self, version: int, diagnostics: Sequence[Diagnostic]) -> None:
            super().__init__()
            self.version = version
            self.diagnostics = tuple(diagnostics)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._leaf: LeafFile | None = None
        self._leaf_path = PurePosixPath()
        self._files: list[PurePosixPath] = []
        self._version = 0
        self._pause: Timer | None = None
        self._found: tuple[Diagnostic, ...] = ()

    def compose_body(self) -> ComposeResult:
        glyphs = self.context.glyphs
        yield Static(
            f"There is no leaf in {self.context.taxonomy_path} yet.\n\n"
            "`labtop quickstart` makes a sample and walks the whole method on it.\n"
            "`labtop config init` sets where yours lies, and gets one to begin with.\n\nr looks again.",
            id="no-taxonomy",
            markup=False,
        )
        with Horizontal(id="taxonomy-columns"):
            with Vertical(id="taxonomy-side"):
                yield TaxonomyTree(glyphs, id="taxonomy-tree")
                yield FilterInput()
            with Vertical(id="taxonomy-main"):
                yield Static("", id="leaf-head", markup=False)
                hint = HINT.format(
                    knowledge=glyphs.knowledge, skill=glyphs.skill, error=glyphs.error, warning=glyphs.warning
                )
                yield Static(hint, id="leaf-hint", markup=False)
                yield YamlEditor(glyphs, id="leaf-editor")
                yield Static("", id="leaf-status")
                yield RowList(id="problems")

    def on_mount(self) -> None:
        super().on_mount()
        self._show_head()
        self.leaves.focus()
        self.action_read_tree()

    # The tree.

    @work(thread=True, exclusive=True, group="tree", exit_on_error=False)
    def action_read_tree(self) -> None:
        """Find the leaves, tell of them, and then lint one after the other."""
        root, worker = self.context.taxonomy_path, get_current_worker()
        if not root.is_dir():
            self.post_message(self.TreeRead(None))
            return
        found = tree.find(root)
        files = sorted([*found.leaves, *found.misnamed])
        self.post_message(self.TreeRead([PurePosixPath(file.relative_to(root)) for file in files]))
        counts: dict[PurePosixPath, Counts] = {}
        for file in files:
            if worker.is_cancelled:
                return
            counts[PurePosixPath(file.relative_to(root))] = counts_of(
                lint_file(file) if tree.is_leaf(file) else [misnamed(file)]
            )
            if len(counts) >= BATCH:
                self.post_message(self.LeavesLinted(counts))
                counts = {}
        self.post_message(self.LeavesLinted(counts))

    def on_taxonomy_pane_tree_read(self, message: TreeRead) -> None:
        self._files = message.files or []
        self.set_class(not self._files, "-none")
        self.leaves.set_files(self._files)

    def on_taxonomy_pane_leaves_linted(self, message: LeavesLinted) -> None:
        self.leaves.set_counts(message.counts)

    def action_filter_leaves(self) -> None:
        self._go_to_tree()
        self.filter_line.open()

    def on_filter_input_filtered(self, message: FilterInput.Filtered) -> None:
        shown = [file for file in self._files if message.text in str(file).casefold()]
        self.leaves.set_files(shown, open_all=bool(message.text))

    def on_filter_input_left(self) -> None:
        self._go_to_tree()

    @on(YamlEditor.LeftEditor)
    def _go_to_tree(self) -> None:
        self.remove_class("-editing")
        self.leaves.focus()
        self.refresh_bindings()

    # The open leaf.

    @work(exclusive=True, group="open", exit_on_error=False)
    async def on_taxonomy_tree_leaf_chosen(self, message: TaxonomyTree.LeafChosen) -> None:
        if self._leaf is not None and message.path == self._leaf_path:
            self.action_edit_leaf()
        elif await self._settle():
            self._open(await asyncio.to_thread(LeafFile.open, self.context.taxonomy_path / message.path), message.path)

    def _open(self, leaf: LeafFile, path: PurePosixPath) -> None:
        self._leaf, self._leaf_path = leaf, path
        self._version += 1
        self._show_found(())
        self.editor.load_text(leaf.text)
        self.add_class("-open")
        self._lint_now()
        self.action_edit_leaf()

    def action_edit_leaf(self) -> None:
        if self._leaf is not None:
            self.add_class("-editing")
            self.editor.focus()
            self._show_head()
            self.refresh_bindings()

    def unsaved(self) -> str | None:
        if self._leaf is None or self.editor.text == self._leaf.text:
            return None
        return str(self._leaf_path)

    async def save_all(self) -> bool:
        return self._leaf is None or await self._save(self._leaf)

    async def _settle(self) -> bool:
        """Ask what becomes of unsaved text before it is left; whether it may be left."""
        lost = self.unsaved()
        if lost is None or self._leaf is None:
            return True
        verbs = [("save", "Save"), ("discard", "Discard changes")]
        answer = await self.app.push_screen_wait(
            ConfirmDialog(f"{lost} is not saved.", verbs, self.context.glyphs, cancel="Keep editing")
        )
        return answer == "discard" or (answer == "save" and await self._save(self._leaf))

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save_leaf(self) -> None:
        if self._leaf is not None and self.unsaved() is not None and await self._save(self._leaf):
            self.notify(f"{self._leaf_path} is saved.", timeout=2, markup=False)

    async def _save(self, leaf: LeafFile) -> bool:
        """Write the text, after asking if that would undo what another program wrote; whether it is written."""
        text = self.editor.text
        if await asyncio.to_thread(leaf.changed_on_disk):
            answer = await self.app.push_screen_wait(
                ConfirmDialog(
                    "Another program has changed this file.",
                    [("load", "Load that text"), ("overwrite", "Overwrite it")],
                    self.context.glyphs,
                    detail=f"Saving would replace what stands in {self._leaf_path} now.",
                )
            )
            if answer == "load":
                self._open(await asyncio.to_thread(LeafFile.open, leaf.path), self._leaf_path)
            if answer != "overwrite":
                return False
        try:
            await asyncio.to_thread(leaf.save, text)
        except LabtopError as error:
            self.show_error(error)
            return False
        self._show_head()
        return True

    # Lint.

    @on(TextArea.Changed)
    def _lint_soon(self) -> None:
        self._version += 1
        self._show_head()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(TYPING_PAUSE, self._lint_now)

    def _lint_now(self) -> None:
        if self._leaf is not None:
            self._lint(self.editor.text, self._leaf.path, self._version)

    @work(thread=True, exclusive=True, group="lint", exit_on_error=False)
    def _lint(self, text: str, path: Path, version: int) -> None:
        self.post_message(self.TextLinted(version, lint_text(text, path)))

    def on_taxonomy_pane_text_linted(self, message: TextLinted) -> None:
        if message.version == self._version:  # else the text has changed since
            self._show_found(message.diagnostics)
            self.leaves.set_counts({self._leaf_path: counts_of(message.diagnostics)})

    def _show_found(self, found: tuple[Diagnostic, ...]) -> None:
        self._found = found
        glyphs = self.context.glyphs
        self.editor.set_diagnostics(found)
        self.problems.set_rows(
            [Row(number, one, partial(problem_line, one, glyphs)) for number, one in enumerate(found)]
        )
        self.set_class(bool(found), "-problems")
        self._show_status()
        self.refresh_bindings()

    def _show_head(self) -> None:
        glyphs = self.context.glyphs
        if self._leaf is None:
            told = Content.styled(str(self.context.taxonomy_path), "$foreground-muted")
        else:
            unsaved = f"  {glyphs.changed} not saved" if self.unsaved() else ""
            told = Content.assemble((str(self._leaf_path), "bold"), (unsaved, "$text-warning"))
        self.query_one("#leaf-head", Static).update(told)

    @on(TextArea.SelectionChanged)
    def _show_status(self) -> None:
        row, column = self.editor.cursor_location
        here = [one for one in self._found if covers(one, row + 1, column + 1)]
        at_line = here or [one for one in self._found if one.line == row + 1]
        where = (f"{row + 1}:{column + 1}  ", "$foreground-muted")
        if at_line:
            told = problem_text(max(at_line, key=lambda one: (one.line, one.column)), self.context.glyphs)
        else:
            errors = sum(one.severity == "error" for one in self._found)
            told = Content.styled(summary(errors, len(self._found) - errors), "$foreground-muted")
        self.query_one("#leaf-status", Static).update(Content.assemble(where, told))

    # Problems.

    def action_go_to_problem(self, step: int) -> None:
        """The next one behind the cursor, or before it; after the last comes the first."""
        if not self._found:
            return
        row, column = self.editor.cursor_location
        at = (row + 1, column + 1)
        places = [(one.line, one.column) for one in self._found]
        if step > 0:
            number = next((number for number, place in enumerate(places) if place > at), 0)
        else:
            before = [number for number, place in enumerate(places) if place < at]
            number = before[-1] if before else len(places) - 1
        self._go_to(number)

    def on_row_list_opened(self, message: RowList.Opened) -> None:
        if isinstance(message.key, int):
            self._go_to(message.key)

    def _go_to(self, number: int) -> None:
        found = self._found[number]
        self.action_edit_leaf()
        self.problems.move_to_key(number)
        self.editor.move_cursor((found.line - 1, found.column - 1), center=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("save_leaf", "edit_leaf"):
            return self._leaf is not None and (action == "save_leaf" or not self.has_class("-editing"))
        if action == "go_to_problem":
            return bool(self._found)
        if action == "filter_leaves":
            return bool(self._files) and not self.has_class("-editing")
        if action == "read_tree":
            return not self.has_class("-editing")
        return True
