"""Titled frames."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from tests.tui.helpers import screen_text
from widgets.shell.frames import Framed, set_frame


def test_frame_shows_texts_without_markup() -> None:
    widget = Static()
    set_frame(widget, "jobs [bold]", "2 [running]")
    assert widget.has_class("frame")
    assert widget._border_title == Content("jobs [bold]")
    assert widget._border_subtitle == Content("2 [running]")
    set_frame(widget, "jobs")
    assert widget.border_subtitle is None


class Box(Static, Framed):
    DEFAULT_CSS = "Box { border: round white; padding: 0 1; height: 6; width: 30; }"


class Boxes(App[None]):
    def compose(self) -> ComposeResult:
        yield Box("\n".join("abcd"))


async def test_new_frame_text_paints_only_the_lines_of_the_frame() -> None:
    app = Boxes()
    async with app.run_test(size=(40, 10)) as pilot:
        box = app.query_one(Box)
        set_frame(box, "one", "first")
        await pilot.pause()
        set_frame(box, "two", "second")
        assert {(region.y, region.height, region.width) for region in box._repaint_regions} == {(0, 1, 30), (5, 1, 30)}
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert "two" in lines[0]
        assert "second" in lines[5]
        set_frame(box, "two", "second")
        assert not box._repaint_regions
        set_frame(box, "two", "third")
        assert {region.y for region in box._repaint_regions} == {5}
        await pilot.pause()
        assert "third" in screen_text(app).splitlines()[5]
        set_frame(box, "three", "third")
        assert {region.y for region in box._repaint_regions} == {0}
