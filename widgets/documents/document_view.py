"""Shows a leaf's documents, marks the passages used as contexts, and lets the user pick a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Static, TextArea

from core.taxonomy.authoring.passages import SHOWN_CHARACTERS, PassageIndex, only_headings, paragraph
from core.taxonomy.documents.fetch import Document
from widgets.editor.text_theme import use_own_colours
from widgets.glyphs import Glyphs
from widgets.shell.frames import frame_room, set_frame
from widgets.text_width import cut_start

PART = "document-text--"


class DocumentText(TextArea):
    """One document, read-only."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}heading", f"{PART}used"}

    DEFAULT_CSS = """
    DocumentText {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size: 1 1;
        &:focus { border: none; }
        .document-text--heading { color: $text-primary; text-style: bold; }
        .document-text--used { color: $foreground-muted; }
        .text-area--cursor-line { background: $surface; }
        .text-area--gutter { color: $text-success; }
        .text-area--cursor-gutter { background: $surface; color: $text-success; }
    }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(read_only=True, show_line_numbers=True, soft_wrap=True, show_cursor=True)
        use_own_colours(self)
        self._glyphs = glyphs
        self._used: frozenset[int] = frozenset()

    def set_used(self, rows: frozenset[int]) -> None:
        """Mark these lines as used."""
        if rows != self._used:
            self._used = rows
            self.notify_style_update()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        text = super().get_line(line_index)
        if line_index in self._used:
            text.stylize(self.get_component_rich_style(f"{PART}used", partial=True))
        elif text.plain.startswith("#"):
            text.stylize(self.get_component_rich_style(f"{PART}heading", partial=True))
        return text

    def render_line(self, y: int) -> Strip:
        """The line with a mark in place of the line number if it is used, and blanks otherwise."""
        strip = super().render_line(y)
        width = self.gutter_width
        drawn = y + self.scroll_offset.y
        if not width or drawn >= self.wrapped_document.height:
            return strip
        row, _ = self.wrapped_document.offset_to_location(Offset(0, drawn))
        mark = self._glyphs.status["succeeded"] if row in self._used else " "
        ground = next((segment.style for segment in strip if segment.style), Style())
        return Strip.join([Strip([Segment(f"{mark} ".rjust(width), ground)], width), strip.crop(width)])


class DocumentView(Vertical):
    """The documents of one leaf, one at a time."""

    DEFAULT_CSS = """
    DocumentView {
        #document-note { padding: 1 2; color: $foreground-muted; display: none; }
        &.-none #document-note { display: block; }
        &.-none DocumentText { display: none; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "take_passage",
            "Context",
            id="document.take-passage",
            tooltip="Add the selection, or the paragraph at the cursor, to the leaf as a seed example's context.",
        ),
        Binding(
            "space",
            "select_paragraph",
            "Mark",
            id="document.select-paragraph",
            tooltip="Mark the paragraph at the cursor; again to add the next one. shift+arrows select freely.",
        ),
        Binding(
            "right_square_bracket",
            "show_document(1)",
            show=False,  # shown in the head; the footer has no room for it at 80 columns
            id="document.next-document",
            tooltip="Show the next document of the leaf.",
        ),
        Binding(
            "left_square_bracket",
            "show_document(-1)",
            show=False,
            id="document.previous-document",
            tooltip="Show the previous document.",
        ),
        Binding(
            "f",
            "fetch",
            "Fetch",
            id="document.fetch",
            tooltip="Fetch the documents from the source that the leaf names.",
        ),
        Binding("j", "move_down", show=False, id="list.document-down"),
        Binding("k", "move_up", show=False, id="list.document-up"),
        Binding("escape", "close", "Leaf", id="document.close", tooltip="Close the documents and return to the leaf."),
    ]

    body = getters.query_one(DocumentText)

    class PassageTaken(Message):
        """The user chose a passage as a seed example's context."""

        def __init__(self, passage: str) -> None:
            super().__init__()
            self.passage = passage

    class FetchRequested(Message):
        """The user asked to fetch the documents."""

    class Closed(Message):
        """The user closed the documents."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._documents: tuple[Document, ...] = ()
        self._indexes: tuple[PassageIndex, ...] = ()
        self._number = 0
        self._contexts: tuple[str, ...] = ()
        self._fetch = False
        self.can_focus = True
        """So that its keys work while no document is shown."""

    def compose(self) -> ComposeResult:
        yield Static("", id="document-note", markup=False)
        yield DocumentText(self._glyphs)

    def show_note(self, note: str, *, fetch: bool = False) -> None:
        """Show why there is no document, and offer to fetch if that would help."""
        self._fetch = fetch
        self._documents = self._indexes = ()
        self.add_class("-none")
        self.query_one("#document-note", Static).update(note)
        set_frame(self, "Documents")
        self.refresh_bindings()

    def show(self, documents: Sequence[Document], indexes: Sequence[PassageIndex]) -> None:
        """Show the first of these. `indexes` holds the index of each document."""
        if tuple(documents) == self._documents:
            return
        self._fetch = False
        self._documents, self._indexes = tuple(documents), tuple(indexes)
        self._number = 0
        self._load()

    def set_contexts(self, contexts: Sequence[str]) -> None:
        """Mark the passages that the leaf already uses."""
        self._contexts = tuple(contexts)
        if self._documents:
            index = self._indexes[self._number]
            self.body.set_used(frozenset(row for context in contexts for row in index.lines_of(context)))
        self._show_head()

    @property
    def _readable(self) -> bool:
        return bool(self._documents) and self._documents[self._number].problem is None

    def _load(self) -> None:
        document = self._documents[self._number]
        if document.problem is not None:
            problem = f"{document.problem.message}\n\n{document.problem.hint or ''}"
            self.query_one("#document-note", Static).update(problem.rstrip())
        had_focus = self.has_focus_within
        self.set_class(not self._readable, "-none")
        self.body.load_text(document.text[:SHOWN_CHARACTERS])
        self.set_contexts(self._contexts)
        if had_focus:
            self.focus()
        self.refresh_bindings()

    def _show_head(self) -> None:
        if not self._documents:
            return
        document = self._documents[self._number]
        index = self._indexes[self._number]
        used = sum(bool(index.lines_of(context)) for context in self._contexts)
        parts = [f"{self._glyphs.status['succeeded']} {used} used"]
        if len(self._documents) > 1:
            parts.insert(0, f"{self._number + 1} of {len(self._documents)}, ] next")
        if len(document.text) > SHOWN_CHARACTERS:
            parts.append("beginning only")
        set_frame(
            self,
            cut_start(document.name, frame_room(self), self._glyphs),
            "  ".join(parts),
        )

    def on_resize(self) -> None:
        self._show_head()

    def focus(self, scroll_visible: bool = True) -> DocumentView:
        if self._readable:
            self.body.focus(scroll_visible)
        else:
            super().focus(scroll_visible)
        return self

    def action_show_document(self, by: int) -> None:
        self._number = (self._number + by) % len(self._documents)
        self._load()

    def action_fetch(self) -> None:
        self.post_message(self.FetchRequested())

    def action_move_down(self) -> None:
        self.body.action_cursor_down()

    def action_move_up(self) -> None:
        self.body.action_cursor_up()

    def action_select_paragraph(self) -> None:
        lines = self.body.document.lines
        start, end = sorted(self.body.selection)
        extend = start != end
        found = paragraph(lines, end[0] + 1 if extend else end[0])
        if found is None:
            return
        self.body.move_cursor(start if extend else (found[0], 0))
        self.body.move_cursor((found[1], len(lines[found[1]])), select=True)

    def action_take_passage(self) -> None:
        passage = self.body.selected_text
        if not passage.strip():
            self.action_select_paragraph()
            passage = self.body.selected_text
        if not passage.strip():
            self.notify("No paragraph here or below.", timeout=2)
        elif only_headings(passage):
            self.notify("A heading alone is no context. Mark the paragraph below it, too.", timeout=4)
        else:
            lines, (row, column) = self.body.document.lines, max(self.body.selection)
            after = paragraph(lines, row if column < len(lines[row]) else row + 1)
            self.body.move_cursor((after[0] if after else row, 0))
            self.post_message(self.PassageTaken(passage))

    def action_close(self) -> None:
        self.post_message(self.Closed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("take_passage", "select_paragraph"):
            return self._readable
        if action == "fetch":
            return self._fetch
        if action == "show_document":
            return len(self._documents) > 1
        return True
