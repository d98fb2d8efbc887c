"""Listing saved conversations."""

from __future__ import annotations

import os
from pathlib import Path

from core.chat.saved import list_sessions
from core.chat.session import Session


def test_saved_sessions_are_listed_newest_first(tmp_path: Path) -> None:
    for age, question in ((3, "What is\na cat?"), (1, "Why?"), (2, "")):
        session = Session("Be brief.", tmp_path / f"chat_{age}.json")
        if question:
            session.append("user", question)
            session.append("assistant", "Because.")
        else:
            session.save(tmp_path / "chat_2.json")
        os.utime(tmp_path / f"chat_{age}.json", (1000 - age, 1000 - age))
    for name, text in (("broken.json", "{"), ("other.json", '{"a": 1}'), ("list.json", "[1]"), ("note.txt", "[]")):
        (tmp_path / name).write_text(text)
    (tmp_path / "gone.json").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.json")
    assert [(each.file.name, each.title) for each in list_sessions(tmp_path)] == [
        ("chat_1.json", "Why?"),
        ("chat_2.json", ""),
        ("chat_3.json", "What is a cat?"),
    ]
    assert len(list_sessions(tmp_path, limit=1)) == 1
    assert list_sessions(tmp_path / "none") == ()
