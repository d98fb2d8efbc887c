"""Listing saved conversations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.chat.saved import HEAD_BYTES, TAIL_BYTES, SessionStore, list_sessions
from core.chat.session import Session
from core.errors import LabtopError


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


def conversation(file: Path, *turns: str, title: str = "") -> None:
    with Session(file=file) as session:
        for number, text in enumerate(turns):
            session.append("assistant" if number % 2 else "user", text)
        if title:
            session.rename(title)


def test_store_searches_renames_and_removes(tmp_path: Path) -> None:
    conversation(tmp_path / "chat_1.jsonl", "What is a CAT?", 'A "small" lion.')
    conversation(tmp_path / "chat_2.jsonl", "Dogs?", "role user kind")
    conversation(tmp_path / "chat_13.jsonl", "x" * HEAD_BYTES, "y" * TAIL_BYTES, title="Long one")
    store = SessionStore(tmp_path)
    assert [each.id for each in store.list(search="cat")] == ["chat_1"]
    assert store.list(search='"small" LION')[0].excerpt == 'A "small" lion.'
    assert [each.id for each in store.list(search="kind user")] == ["chat_2"]
    assert store.list(search="turn position") == ()
    assert store.find("13").title == "Long one"
    store.rename("2", "About dogs")
    assert store.find("last").title == "About dogs"
    with pytest.raises(LabtopError, match="3 conversations have ids that begin with chat_"):
        store.find("chat_")
    store.remove("2")
    with pytest.raises(LabtopError, match="no conversation 2"):
        store.find("2")


def test_older_conversation_becomes_a_journal(tmp_path: Path) -> None:
    (tmp_path / "chat_0.json").write_text(
        '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"},'
        ' {"role": "assistant", "content": "So."}]'
    )
    with SessionStore(tmp_path).open("chat_0") as session:
        assert session.system_prompt == "Be brief."
        session.append("user", "More")
    assert [file.name for file in tmp_path.iterdir()] == ["chat_0.jsonl"]
    with SessionStore(tmp_path).open("last") as again:
        assert [turn.content for turn in again.turns] == ["Why?", "So.", "More"]


def test_older_conversation_replaces_no_journal_of_its_name(tmp_path: Path) -> None:
    """As when the program was killed between writing the journal and removing the list."""
    with Session(file=tmp_path / "chat_1.jsonl") as journal:
        journal.append("user", "in the journal")
    older = tmp_path / "chat_1.json"
    older.write_text('[{"role": "user", "content": "in the list"}]')
    os.utime(tmp_path / "chat_1.jsonl", (1, 1))
    store = SessionStore(tmp_path)
    with store.open("last") as session:
        assert (session.title, session.file) != ("in the list", tmp_path / "chat_1.jsonl")
    with store.open("chat_1") as session:
        assert session.title == "in the journal"
