"""The open leaf's documents: showing and fetching them, and adding passages as contexts."""

from __future__ import annotations

import asyncio
import threading
import time

from textual import getters, on, work

from core.errors import LabtopError
from core.figures import duration
from core.taxonomy.authoring.leaf_documents import LeafDocuments
from core.taxonomy.authoring.seed_examples import with_context
from core.taxonomy.format.leaf import DocumentSource
from tui.screens.shared.pane import Pane
from tui.screens.taxonomy.leaf import LeafView
from widgets.documents.document_view import DocumentView

LOCAL_PREFIXES = ("/", "~/", "file://")
"""Prefixes of repositories on this machine; their documents are fetched automatically."""


class ReadsDocuments(Pane):
    """The part of the Taxonomy pane that shows the documents next to the leaf."""

    leaf = getters.query_one("#leaf", LeafView)
    documents = getters.query_one("#documents", DocumentView)

    _fetching: DocumentSource | None = None
    """The source that is being fetched, possibly of another leaf."""
    _auto_fetch = False
    """Whether to fetch local documents as soon as their source is known."""

    def action_edit_leaf(self) -> None:
        raise NotImplementedError

    @property
    def reading(self) -> bool:
        """Whether the documents have the focus."""
        return self.has_class("-documents") and self.documents.has_focus_within

    def action_show_documents(self) -> None:
        """Open the documents next to the text; if they are open, switch between the two."""
        if self.reading:
            self.action_edit_leaf()
            return
        self.add_class("-editing")
        self.open_documents()
        self.documents.focus()
        self.refresh_bindings()

    def open_documents(self) -> None:
        """Open the documents without moving the focus."""
        self.add_class("-documents")
        self._auto_fetch = True
        self._show_documents()

    @on(DocumentView.Closed)
    def _close_documents(self) -> None:
        self.workers.cancel_group(self, "fetch")
        self.remove_class("-documents")
        self.action_edit_leaf()

    @on(LeafView.FactsChanged)
    def _show_documents(self) -> None:
        """Show the leaf's documents or why there are none, and mark the passages that are contexts."""
        facts, known, glyphs = self.leaf.facts, self.leaf.documents, self.context.glyphs
        if known is not None:
            self._auto_fetch = False
            self.documents.show(known.documents, known.indexes)
        elif facts is None and self.leaf.second_pass_done:
            self.documents.show_note(
                "The leaf cannot be read, so its documents are unknown.\n\nF8 goes to the problem."
            )
        elif facts is None:
            self.documents.show_note(f"Reading the leaf{glyphs.ellipsis}")
        elif facts.source is None:
            self.documents.show_note(
                "This leaf has no documents.\n\nA knowledge leaf names them by repo, commit and patterns."
            )
        elif facts.source == self._fetching:
            return  # the progress is already shown
        elif self._auto_fetch and facts.source.repo.startswith(LOCAL_PREFIXES):
            self._auto_fetch = False
            self._fetch_documents()
        else:
            note = f"{facts.source.repo}\n\nThese documents are not fetched yet. Press f to fetch them."
            self.documents.show_note(note, fetch=True)
        self.documents.set_contexts(facts.contexts if facts else ())

    @on(DocumentView.FetchRequested)
    @work(exclusive=True, group="fetch", exit_on_error=False)
    async def _fetch_documents(self) -> None:
        facts = self.leaf.facts
        if facts is None or facts.source is None:
            return
        source, stop, begun = facts.source, threading.Event(), time.monotonic()
        message = how_far = ""
        self._fetching = source

        def show() -> None:
            if self.leaf.facts is not None and self.leaf.facts.source == source:
                parts = [part for part in (how_far, duration(time.monotonic() - begun)) if part]
                self.documents.show_note(f"{message}\n{', '.join(parts)}\n\nesc cancels.")

        def show_message(text: str) -> None:
            nonlocal message, how_far
            message, how_far = f"{text}{self.context.glyphs.ellipsis}", ""
            self.app.call_from_thread(show)

        def show_how_far(text: str) -> None:
            nonlocal how_far
            how_far = text
            self.app.call_from_thread(show)

        clock = self.set_interval(1.0, show)
        try:
            found = await asyncio.to_thread(LeafDocuments.fetched, source, show_message, show_how_far, stop.is_set)
        except LabtopError:
            self._fetching = None
            self._show_documents()
            raise
        finally:
            clock.stop()
            stop.set()  # ends git as well if this was cancelled
            if self._fetching is source:
                self._fetching = None
        if self.leaf.facts is not None and self.leaf.facts.source == source:
            self.leaf.documents = found
            self.leaf.lint_now()
        self._show_documents()

    def on_document_view_passage_taken(self, message: DocumentView.PassageTaken) -> None:
        facts = self.leaf.facts
        squeezed = "".join(message.passage.split())
        if facts is not None and any(squeezed in "".join(context.split()) for context in facts.contexts):
            self.notify("This is already part of a context.", timeout=3)
            return
        if facts is not None and any("".join(context.split()) in squeezed for context in facts.contexts):
            self.notify("Part of this is already used. Select other lines, or edit that context.", timeout=3)
            return
        text, row = with_context(self.leaf.editor.text, message.passage)
        self.leaf.put(text)
        self.leaf.editor.go_to_gap_of(row, center=True)
        if facts is None or not facts.contexts:
            added = "a context" if facts is None else "context 1"
            self.notify(f"Added as {added}. F6: write its questions.", timeout=3)
