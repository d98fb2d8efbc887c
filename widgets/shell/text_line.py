"""Text that is drawn again only when it changes."""

from __future__ import annotations

from textual.content import Content
from textual.visual import VisualType
from textual.widgets import Static


class TextLine(Static):
    """A static that costs nothing while its text stays the same.

    Textual's own lays out and draws the whole screen on each update; here only if the size depends on the text.
    """

    _shown: Content | None = None

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        before, self._shown = self._shown, content if isinstance(content, Content) else None
        if self._shown is None or before is None or not self._shown.is_same(before):
            super().update(content, layout=layout and self.styles.auto_dimensions)
