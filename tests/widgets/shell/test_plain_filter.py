"""Control sequences in drawn lines."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color

from widgets.shell.plain_filter import PlainFilter

BLACK = Color(0, 0, 0)


def drawn(text: str) -> str:
    return "".join(segment.text for segment in PlainFilter().apply([Segment("a"), Segment(text)], BLACK))


def test_filter_replaces_harmful_characters_and_keeps_width() -> None:
    segments = [Segment("evil\x1b]0;x\x07"), Segment("\u202emodel\u2066\u200b\xad")]
    before = sum(segment.cell_length for segment in segments)
    after = PlainFilter().apply(segments, BLACK)
    assert "".join(segment.text for segment in after) == "evil]0;xmodel?"
    assert sum(segment.cell_length for segment in after) == before


def test_filter_keeps_ordinary_text() -> None:
    text = "naïve 日本 👩\u200d👧 │ \ue0b0"
    segments = [Segment(text)]
    assert PlainFilter().apply(segments, BLACK) is segments
    assert drawn("") == "a"
