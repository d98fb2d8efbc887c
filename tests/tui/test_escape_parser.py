"""The escape key and alt, as terminals send them."""

from __future__ import annotations

import pytest
from textual.events import Key
from textual.message import Message

from tests.waiting import wait_until
from tui.escape_parser import EscapeFirstParser


def keys(*bursts: str) -> list[tuple[str, str | None]]:
    """The keys of bytes that arrive together; the end of the input is a pause."""
    parser = EscapeFirstParser()
    events = [event for burst in [*bursts, ""] for event in parser.feed(burst)]
    return [(event.key, event.character) for event in events if isinstance(event, Key)]


@pytest.mark.parametrize(
    ("burst", "expected"),
    [
        ("\x1b8", [("alt+8", None)]),
        ("\x1b0\x1b2", [("alt+0", None), ("alt+2", None)]),
        ("\x1b[56;3u", [("alt+8", None)]),  # the same from a terminal with kitty's protocol
        ("\x1bl", [("escape", "\x1b"), ("l", "l")]),
        ("\x1b/8", [("escape", "\x1b"), ("slash", "/"), ("8", "8")]),
        ("8", [("8", "8")]),
        ("\x1b[A", [("up", None)]),
        ("\x1bOP", [("f1", None)]),
    ],
)
def test_escape_parser_keys(burst: str, expected: list[tuple[str, str | None]]) -> None:
    assert keys(burst) == expected


def test_escape_parser_keeps_an_escape_before_a_pause() -> None:
    parser = EscapeFirstParser()
    seen: list[Message] = []
    assert [*parser.feed("\x1b")] == []

    def waited() -> bool:
        seen.extend(parser.tick())
        return bool(seen)

    wait_until(waited)
    assert [(event.key, event.character) for event in [*seen, *parser.feed("8")] if isinstance(event, Key)] == [
        ("escape", "\x1b"),
        ("8", "8"),
    ]
