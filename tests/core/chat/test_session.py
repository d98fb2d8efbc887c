from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.chat.session import Session, transcript_file
from core.errors import LabtopError


def test_every_turn_is_saved_at_once(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "chat.json"
    session = Session("Be brief.", file)
    session.append("user", "Wie heißt du?")
    session.append("assistant", "🙂")
    expected = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Wie heißt du?"},
        {"role": "assistant", "content": "🙂"},
    ]
    assert session.messages() == json.loads(file.read_text()) == expected
    again = Session.open(file)
    assert again.messages() == expected
    again.append("user", "More")
    again.drop_last()
    assert json.loads(file.read_text()) == expected


def test_reset_keeps_the_old_file(tmp_path: Path) -> None:
    session = Session("Be brief.", tmp_path / "a.json")
    session.append("user", "one")
    session.reset(save_to=tmp_path / "b.json")
    session.append("user", "two")
    assert [message["content"] for message in session.messages()] == ["Be brief.", "two"]
    assert "one" in (tmp_path / "a.json").read_text()
    session.load(tmp_path / "a.json", save_to=tmp_path / "c.json")
    session.append("assistant", "three")
    assert [turn.content for turn in session.turns] == ["one", "three"]
    assert "three" not in (tmp_path / "a.json").read_text()


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"role": "king", "content": "x"}]', '[{"role": "user"}]', "[" * 100_000, "\x00\xff"]
)
def test_load_of_an_invalid_file_changes_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    session = Session()
    session.append("user", "here")
    with pytest.raises(LabtopError, match="is not a saved conversation"):
        session.load(file, save_to=None)
    assert [turn.content for turn in session.turns] == ["here"]


def test_conversations_of_one_second_have_separate_files(tmp_path: Path) -> None:
    first = transcript_file(tmp_path, 1_790_000_000)
    first.write_text("[]")
    second = transcript_file(tmp_path, 1_790_000_000)
    assert first != second
    assert first.parent == second.parent == tmp_path
