"""The open leaf: its text in the editor, and lint in two passes as one types."""

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
from core.taxonomy.format.attribution import ATTRIBUTION_CODES
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.lint import lint_text
from core.taxonomy.repair.fix import fix_one, fix_text, fixable_alone
from core.taxonomy.rules.second_pass import SecondPass
from tui.context import Context
from tui.screens.taxonomy.file_view import FileView
from widgets.editor.completion_list import CompletionList
from widgets.editor.yaml_editor import YamlEditor
from widgets.leaf.checklist_text import checklist_text
from widgets.leaf.problem_text import covers, problem_text, summary

TYPING_PAUSE = 0.3
"""Seconds after the last key until lint runs."""

MENDS = "F7 mends it."
"""Told of a finding whose mend is certain."""

OPENS = "F7 opens it."
"""Told of a finding that is mended in attribution.txt, which its message names."""


class LeafView(FileView):
    """Reads, lints and saves one leaf at a time; the widgets inside only show."""

    class FirstLooked(Message):
        """What the schema and the style say of the text as it was at a version, and how far it has come."""

        def __init__(self, version: int, findings: Sequence[Diagnostic], done: Checklist) -> None:
            super().__init__()
            self.version = version
            self.findings = tuple(findings)
            self.done = done

    class SecondLooked(Message):
        """What the rules beyond the schema say, and the documents that the text names, when the cache has them."""

        def __init__(self, version: int, facts: LeafFacts | None, documents: LeafDocuments | None) -> None:
            super().__init__()
            self.version = version
            self.facts = facts
            self.documents = documents

    class Linted(Message):
        """The findings about the open leaf are new; None for those of a pass that has not run."""

        def __init__(
            self, path: PurePosixPath, first: Sequence[Diagnostic] | None, second: Sequence[Diagnostic] | None
        ) -> None:
            super().__init__()
            self.path = path
            self.first = first
            self.second = second

    class DocumentsNamed(Message):
        """What is known of the leaf's documents and of its contexts has changed."""

    class AttributionWanted(Message):
        """What is found under the cursor is mended in attribution.txt."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(context, id=id)
        self.version = self._linted = 0
        self.found: tuple[Diagnostic, ...] = ()
        self.facts: LeafFacts | None = None
        self.documents: LeafDocuments | None = None
        self.looked = False
        """Whether the second pass has seen this leaf; one that cannot be read has no facts even then."""
        self._second = SecondPass(context.lint)
        self._pause: Timer | None = None
        self._done: Checklist | None = None
        self._hurry = False
        """Whether the next change is to be linted at once, since nobody types it."""

    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield Static("", id="leaf-head", classes="file-head", markup=False)
        yield YamlEditor(self.context.glyphs, id="leaf-editor", completions=completions, completer=self._known_keys)
        yield Static("", id="leaf-status")
        yield Static("", id="leaf-checklist")
        yield completions

    def _known_keys(self, text: str, place: KeyPlace) -> Sequence[str]:
        return known_keys(self.path, text, place)

    # The file.

    def open(self, leaf: LeafFile, path: PurePosixPath) -> None:
        """Edit another leaf; what stood here is gone."""
        self.facts, self.documents, self._done, self.looked = None, None, None, False
        self.version += 1
        self._hurry = True
        self.load(leaf, path)
        self._show_checklist()

    # Lint.

    @on(TextArea.Changed)
    def _lint_soon(self, event: TextArea.Changed) -> None:
        event.stop()
        self.version += 1
        self.show_head()
        if self._pause is not None:
            self._pause.stop()
        if self._hurry:
            self._hurry = False
            self.lint_now()
        else:
            self._pause = self.set_timer(TYPING_PAUSE, self.lint_now)

    def compare_with(self, second: SecondPass) -> None:
        """Compare the leaf with others that have been read."""
        self._second = second
        self.lint_now()

    def lint_now(self) -> None:
        if self.leaf is not None:
            self._lint(self.editor.text, self.leaf.path, self.version, self.documents, self._second)

    @work(thread=True, exclusive=True, group="lint", exit_on_error=False)
    def _lint(self, text: str, path: Path, version: int, documents: LeafDocuments | None, second: SecondPass) -> None:
        self.post_message(self.FirstLooked(version, lint_text(text, path), checklist(text, path, self.context.lint)))
        if get_current_worker().is_cancelled:
            return
        facts = LeafFacts.of(text, path, documents, second)
        if facts is not None and facts.source and (documents is None or documents.source != facts.source):
            try:
                documents = LeafDocuments.cached(facts.source)
            except LabtopError:
                documents = None  # the documents' own view says why
            if documents is not None:
                facts = LeafFacts.of(text, path, documents, second)
        self.post_message(self.SecondLooked(version, facts, documents))

    def on_leaf_view_first_looked(self, message: FirstLooked) -> None:
        message.stop()
        if message.version == self.version:  # else the text has changed since
            self._linted = message.version
            self._done = message.done
            self._show_checklist()
            self.post_message(self.Linted(self.path, message.findings, None))

    def on_leaf_view_second_looked(self, message: SecondLooked) -> None:
        message.stop()
        if message.version != self.version:
            return
        self.looked = True
        if message.facts is not None:
            self.facts, self.documents = message.facts, message.documents
        self.post_message(self.Linted(self.path, None, message.facts.findings if message.facts else ()))
        self.post_message(self.DocumentsNamed())

    def show_found(self, found: Sequence[Diagnostic]) -> None:
        """Show the findings of both passes."""
        self.found = tuple(found)
        self.editor.set_diagnostics(self.found)
        self._show_status()

    async def fix_here(self) -> None:
        """Mend what is found under the cursor, or else on its line, if that is mechanical."""
        text, leaf = self.editor.text, self.leaf
        here = self._found_here()
        if leaf is not None and self._linted != self.version:  # it was asked for before lint had its pause
            here = self._found_here(await asyncio.to_thread(lint_text, text, leaf.path)) or here
        if leaf is None or not here:
            self.notify("There is no problem here. F8 goes to the next one.", timeout=3)
            return
        for found in here:
            fixed = await asyncio.to_thread(fix_one, text, leaf.path, found)
            if fixed is not None and fixed != text and text == self.editor.text:
                self.put(fixed)
                return
        if any(found.code in ATTRIBUTION_CODES for found in here):
            self.post_message(self.AttributionWanted())
            return
        hint = f" {here[-1].hint}" if here[-1].hint else ""
        self.notify(f"This one needs you.{hint}", timeout=4, markup=False)

    async def fix_all(self) -> None:
        """Mend all that is mechanical."""
        text, leaf = self.editor.text, self.leaf
        if leaf is None:
            return
        fixed = await asyncio.to_thread(fix_text, text, leaf.path)
        if fixed == text:
            self.notify("Nothing here can be mended mechanically.", timeout=3)
        elif text == self.editor.text:
            self.put(fixed)

    def put(self, text: str) -> None:
        """Change the text in a step that can be undone, and lint it at once."""
        if text != self.editor.text:
            self._hurry = True
            self.editor.put_text(text)

    # What is told around the text.

    @property
    def title(self) -> str:
        return str(self.path.parent)

    def _found_here(self, findings: Sequence[Diagnostic] | None = None) -> list[Diagnostic]:
        """Under the cursor, or else on its line; the innermost last. Of those shown, unless others are given."""
        found = self.found if findings is None else findings
        row, column = self.editor.cursor_location
        here = [one for one in found if covers(one, row + 1, column + 1)]
        return sorted(here or [one for one in found if one.line == row + 1], key=lambda one: (one.line, one.column))

    @on(TextArea.SelectionChanged)
    def _show_status(self) -> None:
        row, column = self.editor.cursor_location
        here = self._found_here()
        status, where = self.query_one("#leaf-status", Static), f"{row + 1}:{column + 1}  "
        if here:
            mends = MENDS if fixable_alone(here[-1]) else OPENS if here[-1].code in ATTRIBUTION_CODES else ""
            room = status.content_size.width - len(where)
            told = problem_text(here[-1], self.context.glyphs, mendable=mends, width=room)
        else:
            errors = sum(one.severity == "error" for one in self.found)
            told = Content.styled(summary(errors, len(self.found) - errors), "$foreground-muted")
        status.update(Content.assemble((where, "$foreground-muted"), told))
        self._show_checklist()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_status)

    def _show_checklist(self) -> None:
        """How far the leaf has come, and how long the text under the cursor is."""
        row, _ = self.editor.cursor_location
        told = checklist_text(self._done, row + 1, self.context.glyphs) if self._done else Content("")
        self.query_one("#leaf-checklist", Static).update(told)
