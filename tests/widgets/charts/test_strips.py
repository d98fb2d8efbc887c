"""What of a drawn line is painted again."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.charts.strips import changed_span

RED, BLUE = Style(color="red"), Style(color="blue")


def line(*parts: tuple[str, Style]) -> Strip:
    return Strip([Segment(text, style) for text, style in parts])


def test_changed_span_is_from_the_first_to_the_last_differing_cell() -> None:
    before = line(("abcdef", RED))
    assert changed_span(before, line(("abcdef", RED))) == (0, 0)
    assert changed_span(before, line(("abc", RED), ("def", RED))) == (0, 0), "split in another way"
    assert changed_span(before, line(("aXcdYf", RED))) == (1, 5)
    assert changed_span(before, line(("abc", RED), ("def", BLUE))) == (3, 6)


def test_changed_span_of_wide_characters_is_the_whole_line() -> None:
    assert changed_span(line(("a日b", RED)), line(("a本b", RED))) == (0, 4)
