"""Text and bars for a given width."""

from __future__ import annotations

from widgets.glyphs import ASCII
from widgets.text_width import bar, cut


def test_bars_and_cut_text() -> None:
    assert bar(0.999, 10, ASCII) == ("=" * 9, "-")
    assert bar(2.0, 4, ASCII) == ("====", "")
    assert cut("a  long\nline", 6, ASCII) == "a lon~"
