"""A leaf in git: its state and diff, staging, a commit with a sign-off, and the branch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from core.errors import LabtopError
from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.git.repository import Repository, State
from tui.context import Context
from tui.defects import as_labtop_error
from tui.input_queue import MOVES_FOCUS
from tui.screens.shared.dialog import Dialog
from widgets.leaf.problem_text import problem_text, summary
from widgets.line_input import LineInput
from widgets.lists.diff_list import DiffList
from widgets.tree.git_state import SIGNS, STYLES, WORDS

SHOWN_LINES = 5_000
"""The most lines of a diff that are shown."""

PLACEHOLDERS = {"message": "Describe the change in one line", "branch": "Branch name; a new one is created here"}
ENTER_LABELS = {"message": "commit with your sign-off", "branch": "switch to it"}
"""The placeholder of the input line, and the label of its enter key."""


class GitDialog(Dialog[bool]):
    """Shows, stages and commits the leaf's two files together, and no others. Returns whether there was a commit."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="git.close", tooltip="Close the dialog; nothing is lost."),
        Binding("s", "stage", "Stage", id="git.stage", tooltip="Stage the leaf as it is, or unstage it."),
        Binding("c", "ask('message')", "Commit", id="git.commit", tooltip="Write a message and commit the leaf."),
        Binding(
            "b", "ask('branch')", "Branch", id="git.branch", tooltip="Switch to another branch, or create one here."
        ),
    ]

    lines = getters.query_one(DiffList)
    line = getters.query_one("#git-line", Input)

    def __init__(self, context: Context, leaf: str, found: Counts) -> None:
        """`leaf` is its folder below the taxonomy's; `found` is the number of lint findings."""
        super().__init__(context.glyphs)
        self.context = context
        self._leaf = leaf
        self._found = found
        self._repository: Repository | None = None
        self._states: Mapping[str, State] = {}
        self._files: list[str] = []
        self._shown = False
        self._asked = ""
        """The purpose of the input line: message or branch; empty while it is hidden."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Static(f"reading git{self._glyphs.ellipsis}", id="git-head")
            yield DiffList(id="git-diff")
            yield LineInput(id="git-line", compact=True)
            yield Static("", id="git-keys")

    def on_mount(self) -> None:
        self.line.display = False
        self.lines.focus()
        self._load()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            error = as_labtop_error(event.worker.error)
            hint = f"\n{error.hint}" if error.hint else ""
            self.notify(f"{error.message}{hint}", severity="error", timeout=8, markup=False)
            if not self._shown:
                self.dismiss(False)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _load(self) -> None:
        await self._read()

    async def _read(self) -> None:
        """Ask git for the leaf's state and diff, and show them."""
        repository = self._repository
        if repository is None:
            repository = self._repository = await asyncio.to_thread(Repository, self.context.taxonomy_path)
        self._files = await asyncio.to_thread(repository.files_of, self._leaf)
        self._states = await asyncio.to_thread(repository.states)
        context, glyphs = self.context, self._glyphs
        view = await asyncio.to_thread(GitView.of, context.taxonomy_path, context.taxonomy_base, context.lint)
        if isinstance(view, LabtopError):
            raise view
        diff = await asyncio.to_thread(repository.diff, self._files)
        head: list[Content] = [
            Content.styled(self._leaf, "bold"),
            Content.assemble("  on branch ", (view.branch or "none (detached HEAD)", "bold")),
        ]
        for file in self._files:
            state = self._states.get(file, "clean")
            head.append(
                Content.assemble(
                    (f"\n{SIGNS.get(state, ' ')} {WORDS[state]}", STYLES[state]), f"  {file.rpartition('/')[2]}"
                )
            )
        if self._found != Counts():
            sign, style = (glyphs.error, "$text-error") if self._found.errors else (glyphs.warning, "$text-warning")
            head.append(Content.assemble((f"\n{sign}", style), f" lint: {summary(self._found)}"))
        if view.too_many:
            head.append(Content("\n") + problem_text(view.too_many, glyphs))
        self.query_one("#git-head", Static).update(Content("").join(head))
        empty = "Nothing changed since the last commit." if self._files else "This leaf is not on this branch."
        self.lines.show(diff.splitlines()[:SHOWN_LINES], empty)
        self._shown = True
        self._show_keys()
        self.refresh_bindings()

    def _show_keys(self) -> None:
        staged = self._changed and not self._unstaged
        keys = [("s", "unstage" if staged else "stage"), ("c", "commit")] if self._changed else []
        keys += [("b", "branch"), ("esc", "close")]
        if self._asked:
            keys = [("enter", ENTER_LABELS[self._asked]), ("esc", "back to the diff")]
        parts = [Content.assemble((key, "$text-primary"), f" {label}") for key, label in keys]
        self.query_one("#git-keys", Static).update(Content("   ").join(parts))

    @property
    def _changed(self) -> list[str]:
        return [file for file in self._files if file in self._states]

    @property
    def _unstaged(self) -> list[str]:
        return [file for file in self._changed if self._states[file] != "staged"]

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def action_stage(self) -> None:
        if self._repository is None:
            return
        if self._unstaged:
            await asyncio.to_thread(self._repository.stage, self._unstaged)
        else:
            await asyncio.to_thread(self._repository.unstage, self._changed)
        await self._read()

    def action_ask(self, what: str) -> None:
        """Open the input line for a commit message or a branch name."""
        self._asked = what
        self.line.placeholder = PLACEHOLDERS[what]
        self.line.value = ""
        self.line.display = True
        self.line.focus()
        self._show_keys()
        self.refresh_bindings()

    def _leave_line(self) -> None:
        self._asked = ""
        self.line.display = False
        self.lines.focus()
        self._show_keys()
        self.refresh_bindings()

    @on(Input.Submitted, "#git-line")
    def _submit_line(self) -> None:
        text = self.line.value.strip()
        if text:
            (self._commit if self._asked == "message" else self._switch)(text)

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _commit(self, message: str) -> None:
        if self._repository is None:
            return
        name = await asyncio.to_thread(self._repository.commit, message, self._changed)
        self.dismiss(True)
        done = f"Committed as {name[:10]}, with your sign-off."
        await self.run_action(f"app.offer_next_step({done!r})")

    @work(exclusive=True, group=MOVES_FOCUS, exit_on_error=False)
    async def _switch(self, branch: str) -> None:
        if self._repository is None:
            return
        await asyncio.to_thread(self._repository.switch, branch)
        self._leave_line()
        await self._read()

    def action_close(self) -> None:
        if self._asked:
            self._leave_line()
        else:
            self.dismiss(False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stage" or (action == "ask" and parameters == ("message",)):
            return bool(self._changed) and not self._asked
        return action != "ask" or (self._shown and not self._asked)
