"""The open leaf: its text in the editor, and lint in two passes while the user types."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea
from textual.worker import get_current_worker

from core.errors import LabtopError
from core.taxonomy.authoring.checklist import Checklist, checklist
from core.taxonomy.authoring.completion import known_keys
from core.taxonomy.authoring.cursor_place import KeyPlace
from core.taxonomy.authoring.leaf_documents import LeafDocuments
from core.taxonomy.authoring.leaf_facts import LeafFacts
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.authoring.leaf_folders import Counts
from core.taxonomy.format.attribution import ATTRIBUTION_CODES
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.fix import fix_one, fix_text, fixable_alone
from core.taxonomy.rules.second_pass import SecondPass
from tui.context import Context
from tui.screens.taxonomy.file_view import FileView
from widgets.editor.completion_list import CompletionList
from widgets.editor.yaml_editor import YamlEditor
from widgets.leaf.checklist_text import checklist_text, length_text
from widgets.leaf.problem_text import covers, problem_text, summary
from widgets.shell.text_line import TextLine
from widgets.text_width import cut

TYPING_PAUSE = 0.3
"""Seconds after the last key until lint runs."""

FIXES = "F7 fixes it."
"""Shown for a finding with an unambiguous fix."""

EXPLAINS = "F10 shows all of it."
"""Shown for a finding whose message and hint do not fit."""

STATUS_LINES = 3
"""The most lines of a finding below the text."""

WRAP_LOSS = 24
"""Cells that may be empty at the ends of these lines, since words are not broken."""

OPENS = "F7 opens it."
"""Shown for a finding about attribution.txt."""


class LeafView(FileView):
    """Reads, lints and saves one leaf at a time; the widgets inside only show."""

    class FirstPassDone(Message):
        """Schema and style findings for one version of the text, and its checklist."""

        def __init__(self, version: int, findings: Sequence[Diagnostic], done: Checklist) -> None:
            super().__init__()
            self.version = version
            self.findings = tuple(findings)
            self.done = done

    class SecondPassDone(Message):
        """Findings of the rules beyond the schema, and the leaf's documents if they are cached."""

        def __init__(self, version: int, facts: LeafFacts | None, documents: LeafDocuments | None) -> None:
            super().__init__()
            self.version = version
            self.facts = facts
            self.documents = documents

    class Linted(Message):
        """There are new findings about the open leaf; None for a pass that has not run."""

        def __init__(
            self, path: PurePosixPath, first: Sequence[Diagnostic] | None, second: Sequence[Diagnostic] | None
        ) -> None:
            super().__init__()
            self.path = path
            self.first = first
            self.second = second

    class FactsChanged(Message):
        """The leaf's document source or its contexts may have changed."""

    class AttributionRequested(Message):
        """The finding under the cursor has to be fixed in attribution.txt."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(context, id=id)
        self.version = self._linted = 0
        self.found: tuple[Diagnostic, ...] = ()
        self.facts: LeafFacts | None = None
        self.documents: LeafDocuments | None = None
        self.second_pass_done = False
        """Whether the second pass has run for this leaf; an unreadable one has no facts even then."""
        self._second = SecondPass(context.lint)
        self._pause: Timer | None = None
        self._done: Checklist | None = None
        self._lint_at_once = False
        """Whether to lint the next change at once, because it is not typed."""
        self._status_lines = 1

    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield YamlEditor(self.context.glyphs, id="leaf-editor", completions=completions, completer=self._known_keys)
        yield TextLine("", id="leaf-status")
        yield completions

    def _known_keys(self, text: str, place: KeyPlace) -> Sequence[str]:
        return known_keys(self.path, text, place)

    # The file.

    def open(self, leaf: LeafFile, path: PurePosixPath) -> None:
        """Edit another leaf; the previous text is dropped."""
        self.facts, self.documents, self._done, self.second_pass_done = None, None, None, False
        self.version += 1
        self._lint_at_once = True
        self.load(leaf, path)

    # Lint.

    @on(TextArea.Changed)
    def _lint_soon(self, event: TextArea.Changed) -> None:
        event.stop()
        self.version += 1
        self.show_head()
        if self._pause is not None:
            self._pause.stop()
        if self._lint_at_once:
            self._lint_at_once = False
            self.lint_now()
        else:
            self._pause = self.set_timer(TYPING_PAUSE, self.lint_now)

    def compare_with(self, second: SecondPass) -> None:
        """Compare the leaf with the other leaves, which have been read."""
        self._second = second
        self.lint_now()

    def lint_now(self) -> None:
        if self.leaf is not None:
            self._lint(self.editor.text, self.leaf.path, self.version, self.documents, self._second)

    @work(thread=True, exclusive=True, group="lint", exit_on_error=False)
    def _lint(self, text: str, path: Path, version: int, documents: LeafDocuments | None, second: SecondPass) -> None:
        self.post_message(self.FirstPassDone(version, lint_text(text, path), checklist(text, path, self.context.lint)))
        if get_current_worker().is_cancelled:
            return
        facts = LeafFacts.of(text, path, documents, second)
        if facts is not None and facts.source and (documents is None or documents.source != facts.source):
            try:
                documents = LeafDocuments.cached(facts.source)
            except LabtopError:
                documents = None  # the documents' view shows the reason
            if documents is not None:
                facts = LeafFacts.of(text, path, documents, second)
        self.post_message(self.SecondPassDone(version, facts, documents))

    def on_leaf_view_first_pass_done(self, message: FirstPassDone) -> None:
        message.stop()
        if message.version == self.version:  # otherwise the text has changed since
            self._linted = message.version
            self._done = message.done
            self.show_head()
            self._show_status()
            self.post_message(self.Linted(self.path, message.findings, None))

    def on_leaf_view_second_pass_done(self, message: SecondPassDone) -> None:
        message.stop()
        if message.version != self.version:
            return
        self.second_pass_done = True
        if message.facts is not None:
            self.facts, self.documents = message.facts, message.documents
        self.post_message(self.Linted(self.path, None, message.facts.findings if message.facts else ()))
        self.post_message(self.FactsChanged())

    def show_found(self, found: Sequence[Diagnostic]) -> None:
        """Show the findings of both passes."""
        self.found = tuple(found)
        self.editor.set_diagnostics(self.found)
        self._show_status()

    def explained_here(self) -> list[Diagnostic]:
        """The findings under the cursor, or else on its line."""
        return self._found_here()

    async def fix_here(self) -> None:
        """Fix the finding under the cursor, or else on its line, if that can be done automatically."""
        text, leaf = self.editor.text, self.leaf
        here = self._found_here()
        if leaf is not None and self._linted != self.version:  # lint has not run for this version yet
            here = self._found_here(await asyncio.to_thread(lint_text, text, leaf.path)) or here
        if leaf is None or not here:
            self.notify("No problem here. F8 goes to the next one.", timeout=3)
            return
        for found in here:
            fixed = await asyncio.to_thread(fix_one, text, leaf.path, found)
            if fixed is not None and fixed != text and text == self.editor.text:
                self.put(fixed)
                return
        if any(found.code in ATTRIBUTION_CODES for found in here):
            self.post_message(self.AttributionRequested())
            return
        hint = f" {here[-1].hint}" if here[-1].hint else ""
        self.notify(f"This cannot be fixed automatically.{hint}", timeout=4, markup=False)

    async def fix_all(self) -> None:
        """Fix everything that can be fixed automatically."""
        text, leaf = self.editor.text, self.leaf
        if leaf is None:
            return
        fixed = await asyncio.to_thread(fix_text, text, leaf.path)
        if fixed == text:
            self.notify("Nothing here can be fixed automatically.", timeout=3)
        elif text == self.editor.text:
            self.put(fixed)

    def put(self, text: str) -> None:
        """Change the text in a step that can be undone, and lint it at once."""
        if text != self.editor.text:
            self._lint_at_once = True
            self.editor.put_text(text)

    # The lines around the text.

    @property
    def title(self) -> str:
        return str(self.path.parent)

    def _found_here(self, findings: Sequence[Diagnostic] | None = None) -> list[Diagnostic]:
        """The findings under the cursor, or else on its line, innermost last; of those shown by default."""
        found = self.found if findings is None else findings
        row, column = self.editor.cursor_location
        here = [one for one in found if covers(one, row + 1, column + 1)]
        return sorted(here or [one for one in found if one.line == row + 1], key=lambda one: (one.line, one.column))

    @on(TextArea.SelectionChanged)
    def _show_status(self) -> None:
        """Show the length of the text under the cursor, and the finding there or a summary."""
        row, column = self.editor.cursor_location
        glyphs = self.context.glyphs
        start = Content.styled(f"{row + 1}:{column + 1}  ", "$foreground-muted")
        length = length_text(self._done, row + 1, glyphs) if self._done else Content("")
        if length:
            start += length + "  "
        # What is empty need not be said to be empty, except for the other file.
        here = [one for one in self._found_here() if not one.gap or one.code in ATTRIBUTION_CODES]
        status = self.query_one("#leaf-status", Static)
        width = max(20, status.content_size.width)
        if here:
            fix_hint = FIXES if fixable_alone(here[-1]) else OPENS if here[-1].code in ATTRIBUTION_CODES else ""
            room = width * STATUS_LINES - len(start) - WRAP_LOSS
            message = problem_text(here[-1], glyphs, fix_hint=fix_hint, width=room, more=EXPLAINS)
        else:
            message = Content.styled(self._summary(row, width - len(start)), "$foreground-muted")
        lines = len((start + message).wrap(width))
        status.update(start + message, layout=lines != self._status_lines)
        self._status_lines = lines

    def _summary(self, row: int, room: int) -> str:
        """The number of findings, what is still to be written, and where the next of that is; on one line."""
        text = summary(Counts.of(self.found), self._done.to_write if self._done else "")
        lines = [found.line for found in self.found if found.gap and found.code in ("type", "empty")]
        more = ""
        no_context = self._done is not None and self._done.contexts is not None and not self._done.contexts.has
        if lines and no_context and self.facts is not None and self.facts.source is not None:
            more = ". F6 takes passages from its documents."
        elif lines:
            more = f", next on line {next((line for line in lines if line > row + 1), lines[0])} (^n)"
        return text + more if len(text) + len(more) <= room else cut(text, room, self.context.glyphs)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_status)

    @property
    def figures(self) -> Content:
        """The progress of the leaf."""
        return checklist_text(self._done, self.context.glyphs) if self._done else Content("")
