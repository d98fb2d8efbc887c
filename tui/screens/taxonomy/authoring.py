"""The actions on the open leaf: save, fix, attribution, drafts, git, and creating a leaf."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import PurePosixPath

from textual import getters, on, work

from core.taxonomy.authoring.draft import DraftedPair
from core.taxonomy.authoring.git_view import is_on_base
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.authoring.scaffold import Scaffolded
from core.taxonomy.authoring.seed_examples import example_at, examples, with_pair, with_question
from tui.input_queue import MOVES_FOCUS
from tui.screens.taxonomy.attribution import AttributionView
from tui.screens.taxonomy.browser import LeafBrowser
from tui.screens.taxonomy.documents import ReadsDocuments
from tui.screens.taxonomy.file_view import FileView
from tui.screens.taxonomy.leaf import LeafView

LEAF_ACTIONS = ("fix_problem", "fix_all", "show_documents", "draft_pairs", "show_attribution")
"""Actions on the open leaf, which work from the tree, too."""


class Authoring(ReadsDocuments):
    """The part of the Taxonomy pane that works on one leaf; the subclass has the tree and opens leaves."""

    browser = getters.query_one("#taxonomy-side", LeafBrowser)
    attribution = getters.query_one("#attribution", AttributionView)

    async def _open(self, path: PurePosixPath) -> bool:
        raise NotImplementedError

    def go_to_tree(self) -> None:
        raise NotImplementedError

    def is_available(self, action: str) -> bool | None:
        """Whether an action is possible now."""
        filtering = self.browser.filter_line.has_focus
        if action in LEAF_ACTIONS:
            return self.leaf.leaf is not None and not self.attribution_open and not filtering
        if action in ("save_leaf", "edit_outside"):
            return self.leaf.leaf is not None and not filtering
        if action == "show_git":
            return bool(self.browser.files)
        return True

    def counts_before_commit(self, path: PurePosixPath) -> Counts:
        """The number of a leaf's findings, in which gaps count as the errors that the commands report."""
        raise NotImplementedError

    # The text.

    @property
    def _active_view(self) -> FileView:
        return self.attribution if self.attribution_open else self.leaf

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_save_leaf(self) -> None:
        view = self._active_view
        if not view.unsaved:
            self.notify(f"{view.path} is already saved.", timeout=2, markup=False)
        elif await view.save():
            self.notify(f"{view.path} is saved.", timeout=2, markup=False)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_fix_problem(self) -> None:
        await self.leaf.fix_here()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_fix_all(self) -> None:
        await self.leaf.fix_all()

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_edit_outside(self) -> None:
        await self._active_view.edit_outside()

    # Attribution.

    @property
    def attribution_open(self) -> bool:
        """Whether attribution.txt is shown instead of the leaf."""
        return self.attribution.leaf is not None

    @on(LeafView.AttributionRequested)
    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_show_attribution(self) -> None:
        if self.leaf.leaf is None or self.attribution_open:
            return
        await self.attribution.open_for(self.leaf.path)
        self.remove_class("-documents")
        self.add_class("-attribution", "-editing")
        self.attribution.editor.focus()
        self.refresh_bindings()

    @on(AttributionView.Closed)
    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _leave_attribution(self) -> None:
        if await self.close_attribution():
            self.action_edit_leaf()

    async def close_attribution(self) -> bool:
        """Close attribution.txt if it is open, after asking about unsaved text; return whether it is closed."""
        if self.attribution_open and not await self.attribution.close():
            return False
        if self.has_class("-attribution"):
            self.remove_class("-attribution")
            self.leaf.lint_now()  # the findings about attribution.txt may have changed
        return True

    # Drafts.

    def action_draft_pairs(self) -> None:
        """Ask the endpoint for pairs about the context at the cursor."""
        editor, facts = self.leaf.editor, self.leaf.facts
        lines = editor.document.lines
        row = editor.cursor_location[0]
        example = example_at(lines, row)
        number = examples(lines).index(example) if example else -1
        path = ("seed_examples", number)
        seed = next((seed for seed in facts.seeds if seed.path == path), None) if facts else None
        if example is None or seed is None or seed.context is None or self.leaf.path.parts[0] != "knowledge":
            self.notify("Move the cursor to a seed example with a context first.", timeout=4)
            return
        from tui.screens.taxonomy.draft_dialog import DraftDialog

        known = [pair.question.text for pair in seed.pairs if pair.question]
        take = partial(self._take_pair, example.start)
        self.app.push_screen(DraftDialog(self.context, seed.context.text, known, take))

    def _take_pair(self, row: int, pair: DraftedPair) -> None:
        text = with_pair(self.leaf.editor.text, row, pair.question, pair.answer)
        if text is not None:
            self.leaf.put(text)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_write_example(self, file: str, passage: str, question: str) -> None:
        """Edit a leaf, with a new seed example for a question in it; a skill's leaf is only opened."""
        path = PurePosixPath(file)
        if not await self._open(path):
            return
        if path.parts[0] != "knowledge":
            self.notify(f"Add a seed example for: {question}", markup=False)
            return
        text, row = with_question(self.leaf.editor.text, passage, question)
        self.leaf.put(text)
        self.leaf.editor.go_to_gap_of(row, center=True)
        self.notify("Added a seed example with the question; write its answer.", markup=False)

    # Git.

    def _selected_leaf(self) -> PurePosixPath | None:
        """The leaf that is being edited, or the one under the tree's cursor."""
        if self.has_class("-editing") and self.leaf.leaf is not None:
            return self.leaf.path
        node = self.browser.leaves.cursor_node
        entry = node.data if node else None
        if entry is not None and not entry.is_folder:
            return entry.path
        return self.leaf.path if self.leaf.leaf is not None else None

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_show_git(self) -> None:
        leaf = self._selected_leaf()
        if leaf is None:
            self.notify("Move the cursor to a leaf first.", timeout=3)
            return
        if leaf == self.leaf.path and not await self._resolve_all_unsaved():
            return
        from tui.screens.taxonomy.git_dialog import GitDialog

        counts = self.counts_before_commit(leaf)
        committed = await self.app.push_screen_wait(GitDialog(self.context, str(leaf.parent), counts))
        self.browser.read()
        if committed:
            self.go_to_tree()  # where the key of the next step is no text

    async def _resolve_all_unsaved(self) -> bool:
        """Ask about unsaved text; return whether everything was saved or discarded."""
        for view in dict.fromkeys((self._active_view, self.leaf)):
            if not await view.resolve_unsaved():
                return False
        return True

    @on(FileView.Saved)
    def _read_after_saving(self) -> None:
        self.leaf.lint_now()  # updates the findings about attribution.txt
        self.browser.read()

    # A new leaf.

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_make_leaf(self) -> None:
        from tui.screens.taxonomy.new_dialog import NewLeafDialog

        context = self.context
        on_base = await asyncio.to_thread(is_on_base, context.taxonomy_path, context.taxonomy_base)
        dialog = NewLeafDialog(context, self.browser.files, self.browser.leaves.near, propose_branch=on_base)
        made: Scaffolded | None = await self.app.push_screen_wait(dialog)
        if made is None:
            return
        for note in made.notes:
            self.notify(note, timeout=5, markup=False)
        self.browser.read()
        if await self._open(PurePosixPath(made.leaf.relative_to(self.context.taxonomy_path))):
            self.leaf.editor.go_to_first_gap()
