"""A conversation on the screen: what is drawn, when, and what stays in sight."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.tui.helpers import screen_text, strips_of, until
from widgets.chat import conversation_view
from widgets.chat.chat_turn import MAX_SHOWN, Question, Remark, Reply
from widgets.chat.conversation_view import MAX_TURNS, ConversationView
from widgets.glyphs import UNICODE


class ViewApp(App[None]):
    """The view alone."""

    def compose(self) -> ComposeResult:
        yield ConversationView(UNICODE, id="view")

    @property
    def view(self) -> ConversationView:
        return self.query_one(ConversationView)


async def test_view_draws_turns_and_a_growing_reply() -> None:
    app = ViewApp()
    async with app.run_test(size=(40, 12)) as pilot:
        app.view.add_turn(Question("Why?"))
        reply = app.view.add_turn(Reply(UNICODE, model="tiny"))
        for piece in ("**Be", "cause** it", " is so.\n\n- on", "e"):
            app.view.write(reply, piece)
        await until(lambda: "• one" in screen_text(app))
        assert "Because it is so." in screen_text(app)
        assert all(style is not None and style.bgcolor for strip in strips_of(app) for _, style, _ in strip)
        reply.show_note("1.5 s, 4 tokens, 2.0 tokens/s")
        app.view.show_changes()
        await pilot.pause()
        assert "tiny, 1.5 s, 4 tokens, 2.0 tokens/s" in screen_text(app)
        assert reply.text == "**Because** it is so.\n\n- one"


async def test_view_draws_pieces_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_view, "REDRAW_SECONDS", 3600.0)
    app = ViewApp()
    async with app.run_test(size=(40, 12)):
        reply = app.view.add_turn(Reply(UNICODE))
        drawn = 0
        draw = app.view.show_changes

        def counted() -> None:
            nonlocal drawn
            drawn += 1
            draw()

        monkeypatch.setattr(app.view, "show_changes", counted)
        for number in range(500):
            app.view.write(reply, f"word{number} ")
        assert drawn == 1  # the first piece at once, all others when the time has come
        app.view.show_changes()
        assert "word499" in screen_text(app)


async def test_view_follows_only_at_the_end() -> None:
    app = ViewApp()
    async with app.run_test(size=(40, 10)) as pilot:
        reply = app.view.add_turn(Reply(UNICODE, "\n\n".join(f"line {number}" for number in range(30))))
        await until(lambda: "line 29" in screen_text(app))
        app.view.focus()
        await pilot.press("home")
        await until(lambda: "line 0" in screen_text(app))
        app.view.write(reply, "\n\nline 30")
        app.view.show_changes()
        await pilot.pause()
        assert not app.view.follows
        assert "line 0" in screen_text(app)
        await pilot.press("end")
        app.view.write(reply, "\n\nline 31")
        app.view.show_changes()
        await until(lambda: "line 31" in screen_text(app))
        assert app.view.follows


async def test_view_marks_turns() -> None:
    app = ViewApp()
    async with app.run_test(size=(40, 10)) as pilot:
        turns = [app.view.add_turn(Question(f"question {number}")) for number in range(20)]
        app.view.focus()
        await pilot.press("up")
        assert app.view.marked is turns[-1]
        assert "▌ question 19" in screen_text(app)
        await pilot.press("k", "k", "j")
        assert app.view.marked is turns[-2]
        await pilot.press(*["up"] * 30)
        assert app.view.marked is turns[0]
        assert "▌ question 0" in screen_text(app)
        await pilot.press(*["down"] * 20)
        assert app.view.marked is None


async def test_view_contains_hostile_text() -> None:
    app = ViewApp()
    async with app.run_test(size=(60, 16)) as pilot:
        app.view.add_turn(Question("\x1b[2J\x07why\u202e"))
        app.view.add_turn(Remark("\x1b]0;title\x07", is_error=True))
        reply = app.view.add_turn(Reply(UNICODE, model="\x1b[31mred"))
        app.view.write(reply, "\x1b[2J" + "x" * 10_000_000)
        reply.show_note("1 token")
        app.view.show_changes()
        await pilot.pause()
        shown = screen_text(app)
        assert "\x1b" not in shown
        assert "9.9 MB more, not shown; y copies all" in shown
        assert "\\u001b[31mred" in shown
        assert len(app.view._strips) < MAX_SHOWN
        assert len(reply.text) == 10_000_004


async def test_view_keeps_a_limited_number_of_turns() -> None:
    app = ViewApp()
    async with app.run_test(size=(40, 10)):
        for number in range(MAX_TURNS + 5):
            app.view.add_turn(Question(f"question {number}"))
        assert len(app.view.turns) == MAX_TURNS
        app.view.set_turns([])
        assert "question" not in screen_text(app)
