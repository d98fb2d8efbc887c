"""The editor of a leaf: indents typed and pasted text, moves between gaps, and completes keys."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import TextArea

from core.taxonomy.authoring.cursor_place import KeyPlace, indent_below, key_place, next_gap
from widgets.editor.completion_list import CompletionList
from widgets.editor.yaml_view import YamlView
from widgets.glyphs import Glyphs

_KEY_ALONE = re.compile(r"( *(?:- +)*)[\w-]+: *")
"""A key without a value; the first group is the text before the key."""

Completer = Callable[[str, KeyPlace], Sequence[str]]
"""Returns the keys that are allowed at a place of a text and not present yet."""


class YamlEditor(YamlView):
    """Places typed text where YAML requires it; the findings are set from outside."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape",
            "leave_editor",
            "Tree",
            priority=True,
            id="editor.leave-editor",
            tooltip="Return to the tree; the text is kept.",
        ),
        Binding("ctrl+z", "undo", "Undo", show=False, id="text.undo", tooltip="Undo the last change."),
        Binding("ctrl+y", "redo", "Redo", show=False, id="text.redo", tooltip="Redo the undone change."),
        Binding("ctrl+x", "cut", "Cut", show=False, id="text.cut", tooltip="Cut the selection, or the line."),
        Binding("ctrl+c", "copy", "Copy", show=False, id="text.copy", tooltip="Copy the selection."),
        Binding("ctrl+v", "paste", "Paste", show=False, id="text.paste", tooltip="Paste the cut or copied text."),
        Binding("ctrl+home", "go_to_start", show=False, id="editor.go-to-start"),
        Binding("ctrl+end", "go_to_end", show=False, id="editor.go-to-end"),
        # Terminals send ctrl+@ for ctrl+space.
        Binding(
            "ctrl+@,ctrl+space",
            "offer_keys",
            "Keys",
            show=False,
            key_display="^space",
            id="editor.offer-keys",
            tooltip="Show the keys allowed here.",
        ),
        Binding(
            "ctrl+n",
            "go_to_gap",
            "Next gap",
            show=False,
            id="editor.go-to-gap",
            tooltip="Go to the next key without a value.",
        ),
    ]

    class LeftEditor(Message):
        """The user returns to the tree."""

    def __init__(
        self,
        glyphs: Glyphs,
        *,
        id: str,  # noqa: A002
        completions: CompletionList,
        completer: Completer,
    ) -> None:
        super().__init__(glyphs, id=id)
        self._completions = completions
        self._completer = completer
        self._gap_wanted = False
        """Whether to go to the first gap once the editor has a size."""
        self._gap: tuple[int, int] | None = None
        """The position after the key that was last gone to."""
        self._value_start: tuple[int, int] | None = None
        """The position right after an inserted or visited colon or dash; text typed there gets a space before it.

        Not `_key_end`: Textual calls an attribute `_key_…` of a widget when that key is pressed."""
        self._quiet = True
        """Whether the next change is not typed; only typing triggers completion."""

    # Changing the text.

    def load_text(self, text: str) -> None:
        self._quiet = True
        super().load_text(text)

    def put_text(self, text: str) -> None:
        """Replace the text in a single undoable step that changes only the part that differs."""
        old = self.text
        if text == old:
            return
        start = _shared(old, text)
        rest = min(len(old), len(text)) - start
        same = _shared(old[::-1][:rest], text[::-1][:rest])
        self._quiet = True
        self.history.checkpoint()
        self.replace(text[start : len(text) - same], _place(old, start), _place(old, len(old) - same))
        self.history.checkpoint()

    def action_start_line(self) -> None:
        """Start a new line, indented according to the line above."""
        start, end = sorted(self.selection)
        indent = indent_below(self.document.get_line(start[0])[: start[1]], self.in_block[start[0]])
        self.replace("\n" + " " * indent, start, end, maintain_selection_offset=False)

    def on_paste(self, event: events.Paste) -> None:
        """Indent lines that are pasted into a block or after a key, so that they form one text."""
        self._insert_space()
        start, end = sorted(self.selection)
        lines = event.text.splitlines()
        head = self.document.get_line(start[0])[: start[1]]
        indent = head[: len(head) - len(head.lstrip())]
        key = _KEY_ALONE.fullmatch(head)
        if lines and key and not self.in_block[start[0]] and end[1] == len(self.document.get_line(end[0])):
            lines, indent = (["|", *lines] if len(lines) > 1 else lines), " " * (len(key[1]) + 2)
            lines[0] = f" {lines[0]}" if head.endswith(":") else lines[0]
        elif len(lines) < 2 or not self.in_block[start[0]]:
            return
        shared = textwrap.dedent("\n".join([*lines[1:], ""])).splitlines()
        below = [f"{indent}{line}".rstrip() for line in shared]
        event.stop()
        event.prevent_default()
        self.replace("\n".join([lines[0], *below]), start, end, maintain_selection_offset=False)

    def _insert_space(self) -> None:
        """Insert the space that a value needs before it, if it is missing."""
        if self.cursor_location == self._value_start:
            self._quiet = True
            self.insert(" ")
        self._gap = self._value_start = None

    def go_to_first_gap(self) -> None:
        """Go to the first key without a value, as soon as the editor has a size."""
        self._gap_wanted = not self.size.height
        if not self._gap_wanted:
            self.action_go_to_gap()

    def on_resize(self) -> None:
        if self._gap_wanted:
            self.go_to_first_gap()
        else:
            self.scroll_cursor_visible()  # the list of problems may have just opened below

    def action_go_to_gap(self) -> None:
        here = self.cursor_location[0]
        fresh = self.document.get_line(here).endswith((":", "-")) and self.cursor_location != self._gap
        row = self.gap_below(here - fresh)
        if row is None:
            self.app.bell()
            return
        self.go_to_gap_of(row)
        self._gap = self._value_start

    def go_to_gap_of(self, row: int, *, center: bool = False) -> None:
        """Go to the position for the value of a row's key."""
        line = self.document.get_line(row)
        if line.rstrip()[-2:] in ('""', "''"):
            self.move_cursor((row, len(line.rstrip()) - 1), center=center)
        else:
            self.move_cursor((row, len(line)), center=center)
        self._note_value_start()

    def _note_value_start(self) -> None:
        row, column = self.cursor_location
        self._value_start = (row, column) if self.document.get_line(row)[:column].endswith((":", "-")) else None

    def gap_below(self, row: int) -> int | None:
        """The row of the next key without a value."""
        return next_gap(self.document.lines, self.in_block, row)

    def action_go_to_start(self) -> None:
        self.move_cursor((0, 0))

    def action_go_to_end(self) -> None:
        self.move_cursor(self.document.end)

    def action_leave_editor(self) -> None:
        self.post_message(self.LeftEditor())

    # Completion.

    @on(TextArea.Changed)
    def _offer_while_typing(self) -> None:
        if self._quiet or not self.has_focus:
            self._quiet = False
            self._completions.close()
        else:
            self._offer(at_least=1)

    @on(TextArea.SelectionChanged)
    def _close_elsewhere(self) -> None:
        if self._completions.is_open and self._place() is None:
            self._completions.close()

    def _place(self) -> KeyPlace | None:
        return key_place(self.document.lines, self.in_block, *self.cursor_location)

    def _offer(self, at_least: int) -> None:
        """Show the keys that start with the typed text, if it has at least so many letters."""
        place = self._place()
        if place is None or len(place.typed) < at_least:
            self._completions.close()
            return
        words = [word for word in self._completer(self.text, place) if word.startswith(place.typed)]
        if words == [place.typed]:
            words = []
        self._completions.offer(words, self.cursor_screen_offset - Offset(len(place.typed) + 1, 0))

    def action_offer_keys(self) -> None:
        self._offer(at_least=0)
        if not self._completions.is_open:
            self.notify("No more keys are allowed here.", timeout=2)

    def on_key(self, event: events.Key) -> None:
        """Handle keys for the completion list, and enter and typing in the text."""
        if self._completions.is_open and self._take_for_completions(event.key):
            pass
        elif event.key == "enter":
            self.action_start_line()
        else:
            if event.is_printable and event.character != " ":
                self._insert_space()
            return
        event.stop()
        event.prevent_default()

    def _take_for_completions(self, key: str) -> bool:
        """Handle a key in the completion list; return whether it did anything."""
        if key in ("up", "down"):
            self._completions.move(1 if key == "down" else -1)
            return True
        if key == "escape":
            self._completions.close()
            return True
        return key in ("enter", "tab") and self._complete()

    def _complete(self) -> bool:
        """Insert the chosen key; return whether it still matched the typed text."""
        place, choice = self._place(), self._completions.choice
        self._completions.close()
        if place is None or not choice.startswith(place.typed):
            return False
        row, column = self.cursor_location
        self._quiet = True
        self.replace(
            f"{choice}:",
            (row, column - len(place.typed)),
            (row, len(self.document.get_line(row))),
            maintain_selection_offset=False,
        )
        self._note_value_start()
        return True

    def on_blur(self) -> None:
        self._completions.close()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "leave_editor" and self._completions.is_open)


def _place(text: str, offset: int) -> tuple[int, int]:
    """Row and column of an offset in a text."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1


def _shared(one: str, other: str) -> int:
    """The length of the common prefix of two texts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
