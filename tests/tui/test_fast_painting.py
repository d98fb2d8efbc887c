"""Lines with fewer caches are drawn as Textual's own."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color
from textual.strip import Strip

from tui.app import Workbench
from tui.fast_painting import CACHES, OTHERS, Joined, joined
from widgets.shell.plain_filter import PlainFilter


def test_lines_of_this_textual_are_known() -> None:
    """Otherwise they are left as they are, and painting takes a tenth longer."""
    assert set(Strip.__slots__) == {*CACHES, *OTHERS}


def test_cache_is_made_when_it_is_used() -> None:
    line = Strip([Segment("abc")])
    assert not [name for name in CACHES if name in object.__dir__(line) and _has(line, name)]
    assert line.crop(1, 3) is line.crop(1, 3)
    assert [name for name in CACHES if _has(line, name)] == ["_crop_cache"]
    assert [part.text for part in line.divide([1, 3])] == ["a", "bc"]
    assert (line.text, line.cell_length) == ("abc", 3)
    with pytest.raises(AttributeError, match="unknown"):
        line.unknown  # type: ignore[attr-defined] # noqa: B018


def _has(line: Strip, name: str) -> bool:
    """Whether it has a cache already; reading the attribute would make one."""
    try:
        object.__getattribute__(line, name)
    except AttributeError:
        return False
    return True


async def test_filters_are_joined() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)):
        (filters,) = app.get_line_filters()
        assert isinstance(filters, Joined)
        assert app.get_line_filters() == [filters]
        line = Strip([Segment("a\x1bb")]).apply_filter(filters, Color.parse("black"))
        assert line.text == "ab"


def test_filters_apply_one_after_the_other() -> None:
    class Twice(PlainFilter):
        def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
            return [*segments, *segments]

    line = Strip([Segment("a\x1b")]).apply_filter(joined((Twice(), PlainFilter())), Color.parse("black"))
    assert line.text == "aa"
