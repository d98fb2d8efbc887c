from __future__ import annotations

import pytest

from core.chat.commands import Command, parse


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("/h", Command("help")),
        ("/s my notes.json", Command("save", "my notes.json")),
        ("/c you are a cook", Command("context", "you are a cook")),
        ("  exit ", Command("quit")),
        ("/q", Command("quit")),
        ("/zz", Command("unknown", "/zz")),
        ("exit the loop how?", None),
        ("/etc/fstab has what in it?", None),
        ("what is /h", None),
        ("", None),
    ],
)
def test_lines_that_are_commands_and_lines_that_are_not(line: str, meant: Command | None) -> None:
    assert parse(line) == meant
