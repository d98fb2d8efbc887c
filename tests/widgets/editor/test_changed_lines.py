"""The editor repaints only changed lines, and what it shows is what a full repaint would show."""

from __future__ import annotations

from random import Random

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from core.taxonomy.format.diagnostics import Diagnostic
from tests.tui.helpers import strips_of
from widgets.editor.completion_list import CompletionList
from widgets.editor.yaml_editor import YamlEditor
from widgets.glyphs import UNICODE

TEXT = "patterns: [one,\n  two]\nseed_examples:\n" + "".join(
    f"  - context: |\n      Bird {number} (it is loud) sings all day, and at night it sleeps in its nest [of hay].\n"
    f"    question: What does {number} do?\n"
    for number in range(8)
)

KEYS = (
    *("a", "space", "colon", "minus", "left_parenthesis", "right_square_bracket", "enter", "backspace", "delete"),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "shift+up", "shift+right", "shift+end"),
    *("ctrl+z", "ctrl+y", "ctrl+k", "ctrl+x", "tab", "ctrl+n"),
)


class Editing(App[None]):
    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield YamlEditor(UNICODE, id="editor", completions=completions, completer=lambda text, place: ())
        yield completions

    def on_mount(self) -> None:
        self.editor.load_text(TEXT)

    @property
    def editor(self) -> YamlEditor:
        return self.query_one(YamlEditor)


def drawn(app: Editing) -> list[list[tuple[str, str]]]:
    return [[(segment.text, str(segment.style)) for segment in strip.simplify()] for strip in strips_of(app)]


async def looks_repainted(app: Editing, pilot: Pilot[None], key: str) -> None:
    await pilot.pause()
    shown = drawn(app)
    app.editor._styles_cache.clear()
    app.editor._line_cache.clear()
    assert shown == drawn(app), f"after {key}"


async def test_editor_repaints_one_line_for_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Editing()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press(*["down"] * 4, "end")
        await pilot.pause()
        lines: list[int] = []
        draw = YamlEditor.render_line

        def counted(editor: YamlEditor, y: int) -> Strip:
            lines.append(y)
            return draw(editor, y)

        monkeypatch.setattr(YamlEditor, "render_line", counted)
        await pilot.press("x")
        await pilot.pause()
        assert set(lines) == {4, 5}  # the text is wrapped onto two lines


@pytest.mark.slow
async def test_editor_shows_what_a_full_repaint_shows() -> None:
    random = Random(1)
    app = Editing()
    async with app.run_test(size=(60, 12)) as pilot:
        for number in range(100):
            if number == 2:
                app.editor.move_cursor((0, TEXT.index("[")))
                await looks_repainted(app, pilot, "the cursor on a bracket")
            key = random.choice(KEYS)
            await pilot.press(key)
            if number % 10 == 5:
                line = random.randrange(1, 12)
                found = [Diagnostic("qna.yaml", line, 3, line, 9, "error", "code", "message")]
                app.editor.set_diagnostics(found)
            await looks_repainted(app, pilot, key)
        app.theme = "textual-light"
        await looks_repainted(app, pilot, "another theme")
        await pilot.resize_terminal(44, 9)
        await looks_repainted(app, pilot, "another size")


async def test_editor_keeps_the_cursor_in_sight_when_it_gets_smaller() -> None:
    app = Editing()
    async with app.run_test(size=(60, 20)) as pilot:
        app.editor.move_cursor((19, 0))
        await pilot.pause()
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        top, height = app.editor.scroll_offset.y, app.editor.size.height
        assert top <= app.editor.wrapped_document.location_to_offset((19, 0)).y < top + height
