"""The open leaf's attribution.txt in a separate editor, so that the leaf's text and its undo history stay untouched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from core.taxonomy.authoring.cursor_place import KeyPlace
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.format import schema
from core.taxonomy.format.attribution import ATTRIBUTION_NAME, missing_in, template
from core.taxonomy.layout.tree import Kind
from tui.context import Context
from tui.screens.taxonomy.file_view import FileView
from widgets.editor.completion_list import CompletionList
from widgets.editor.yaml_editor import YamlEditor
from widgets.shell.text_line import TextLine


class LinesEditor(YamlEditor):
    """For lines of `name: value`, without nesting."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "leave_editor",
            "Leaf",
            priority=True,
            id="editor.leave-attribution",
            tooltip="Return to the leaf; asks about unsaved text.",
        ),
    ]

    def gap_below(self, row: int) -> int | None:
        gaps = [number for number, line in enumerate(self.document.lines) if line.rstrip().endswith(":")]
        return next((gap for gap in gaps if gap > row), gaps[0] if gaps else None)

    def action_start_line(self) -> None:
        self.replace("\n", *sorted(self.selection), maintain_selection_offset=False)


class AttributionView(FileView):
    """Reads and saves the file, and shows which lines are missing."""

    class Closed(Message):
        """The user returns to the leaf."""

    def __init__(self, context: Context, *, id: str) -> None:  # noqa: A002
        super().__init__(context, id=id)
        self._kind: Kind = "knowledge"

    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield LinesEditor(
            self.context.glyphs, id="attribution-editor", completions=completions, completer=self._no_keys
        )
        yield TextLine("", id="attribution-status")
        yield completions

    def _no_keys(self, _text: str, _place: KeyPlace) -> Sequence[str]:
        return ()

    async def open_for(self, leaf: PurePosixPath) -> None:
        """Edit the attribution of a leaf; a missing or blank file starts with the required lines.

        Raises LabtopError when it cannot be edited.
        """
        path = leaf.parent / ATTRIBUTION_NAME
        file = await asyncio.to_thread(LeafFile.open_or_new, self.context.taxonomy_path / path)
        self._kind = await asyncio.to_thread(schema.kind_of, self.context.taxonomy_path / leaf, None)
        self.load(file, path, None if file.text.strip() else template(self._kind))
        self.restore_unsaved()
        self._show_state()

    async def close(self) -> bool:
        """Close the file, after asking about unsaved text; return whether it is closed."""
        if not await self.resolve_unsaved():
            return False
        self.leaf = None
        return True

    @on(TextArea.Changed)
    def _show_state(self) -> None:
        self.show_head()
        missing = missing_in(self.editor.text, self._kind)
        state = Content(f"to write: {', '.join(missing)}") if missing else Content.styled("complete", "$text-success")
        self.query_one("#attribution-status", Static).update(state)

    @on(YamlEditor.LeftEditor)
    def _ask_to_close(self, event: YamlEditor.LeftEditor) -> None:
        event.stop()
        self.post_message(self.Closed())
