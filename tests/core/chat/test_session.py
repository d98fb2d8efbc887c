from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from core.chat.export import as_markdown
from core.chat.session import Session, transcript_file
from core.chat.turns import Figures
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


def contents(session: Session) -> list[str]:
    return [turn.content for turn in session.turns]


def long_session(file: Path | None) -> Session:
    """Two questions with answers, the second one edited, and a third without an answer."""
    session = Session("Be brief.", file)
    session.append("user", "one")
    session.append("assistant", "1", model="tiny", figures=Figures(tokens=7, seconds=0.5))
    second = session.append("user", "two\nlines")
    session.append("assistant", "2")
    session.edit(second.id, "zwei")
    session.append("assistant", "zwo")
    session.change(temperature=0.5, seed=3)
    session.append("user", "drei")
    return session


def test_journal_resumes_all_branches_and_settings(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    with long_session(file) as session:
        expected = session.all_turns
        with pytest.raises(LabtopError, match="is open in another chat"):
            Session.open(file)
    assert file.stat().st_mode & 0o777 == 0o600
    with Session.open(file) as again:
        assert again.all_turns == expected
        assert contents(again) == ["one", "1", "zwei", "zwo", "drei"]
        assert again.unanswered is not None
        assert again.settings == session.settings
        assert again.settings.seed == 3 and again.turns[1].figures == Figures(tokens=7, seconds=0.5)
        again.show(3)
        assert contents(again) == ["one", "1", "two\nlines", "2"]
        again.rename("Numbers")
    with Session.open(file) as third:
        assert third.title == "Numbers" and third.turns == again.turns
        assert [each.content for each in third.alternatives(3)] == ["two\nlines", "zwei"]


def test_crash_at_any_byte_loses_only_the_last_record(tmp_path: Path) -> None:
    with long_session(tmp_path / "whole.jsonl") as session:
        whole = (tmp_path / "whole.jsonl").read_bytes()
    first = whole.index(b"\n") + 1
    for size in range(first, len(whole)):
        file = tmp_path / "cut.jsonl"
        file.write_bytes(whole[:size])
        with Session.open(file) as cut:
            complete = whole[: size + 1 if whole[size : size + 1] == b"\n" else size].count(b'\n{"kind": "turn"')
            known = session.all_turns[: len(cut.all_turns)]
            assert cut.all_turns == known and len(known) >= complete - 1
            asked = cut.append("user", "later")
        with Session.open(file) as resumed:
            assert resumed.turns[-1] == asked and resumed.all_turns[:-1] == known


def test_question_without_an_answer_is_replaced_or_asked_again(tmp_path: Path) -> None:
    with Session(file=tmp_path / "a.jsonl") as session:
        first = session.append("user", "lost?")
        assert session.unanswered == first
        session.append("user", "other")
        assert contents(session) == ["other"]
        answer = session.append("assistant", "yes")
        assert session.unanswered is None
        assert session.ask_again().content == "other" and session.unanswered is not None
        session.append("assistant", "no")
        session.continue_from(answer.id)
        session.append("user", "why?")
        assert contents(session) == ["other", "yes", "why?"]
        session.reset(save_to=tmp_path / "b.jsonl", keep=session.turns[:2])
        session.append("user", "and?")
    assert contents(Session.open(tmp_path / "a.jsonl")) == ["other", "yes", "why?"]
    assert contents(Session.open(tmp_path / "b.jsonl")) == ["other", "yes", "and?"]


def test_wrong_settings_and_formats_are_refused(tmp_path: Path) -> None:
    session = Session()
    with pytest.raises(LabtopError, match="temperature"):
        session.change(temperature=3)
    with pytest.raises(LabtopError, match="no turn 5"):
        session.show(5)
    long_session(None).save(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").rename(tmp_path / "a.json")
    with pytest.raises(LabtopError, match="overwritten in another format"):
        Session.open(tmp_path / "a.json")
    session.load(tmp_path / "a.json", save_to=None)
    assert contents(session) == ["one", "1", "zwei", "zwo", "drei"]


def test_full_disk_keeps_turns_until_they_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Session(file=tmp_path / "a.jsonl") as session:
        session.append("user", "one")
        write = os.write

        def write_three_bytes(descriptor: int, data: bytes) -> int:
            if len(data) <= 3:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, data[:-3])

        monkeypatch.setattr(os, "write", write_three_bytes)
        with pytest.raises(LabtopError, match="disk is full"):
            session.append("assistant", "1")
        monkeypatch.undo()
        session.append("user", "two")
    assert contents(Session.open(tmp_path / "a.jsonl")) == ["one", "1", "two"]


def test_two_processes_never_write_one_new_conversation(tmp_path: Path) -> None:
    """Each would give its turns the same ids, and readers would skip those of the second one."""
    file = tmp_path / "chat.jsonl"
    first, second = Session.open(file), Session.open(file)
    first.append("user", "of the first")
    for _ in range(2):
        with pytest.raises(LabtopError, match="open in another chat"):
            second.append("user", "of the second")
        first.close()
    first.append("assistant", "an answer")
    first.close()
    with Session.open(file) as again:
        assert [turn.content for turn in again.turns] == ["of the first", "an answer"]


def test_new_conversations_of_one_moment_get_files_of_their_own(tmp_path: Path) -> None:
    sessions = [Session(folder=tmp_path), Session(folder=tmp_path)]
    sessions[1].file = sessions[0].file
    for number, session in enumerate(sessions):
        session.append("user", f"question {number}")
        session.close()
    files = [session.file for session in sessions if session.file is not None]
    assert files[0] != files[1]
    assert [Session.open(file).title for file in files] == ["question 0", "question 1"]


def test_journal_with_impossible_numbers_is_read(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    lines = (
        '{"kind": "conversation", "created": 1' + "0" * 400 + "}",
        '{"kind": "turn", "id": 1, "role": "user", "content": "x", "time": "NaN"}',
        '{"kind": "turn", "id": 2, "parent": 1, "role": "assistant", "content": "y", "time": 1e300}',
    )
    file.write_text("\n".join(lines))
    with Session.open(file) as session:
        assert [(turn.content, turn.time) for turn in session.turns] == [("x", 0), ("y", 0)]
        assert "y" in as_markdown(session)


def test_list_of_messages_that_another_chat_wrote_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "chat.json"
    first, second = Session.open(file), Session.open(file)
    first.append("user", "one")
    with pytest.raises(LabtopError, match="changed by another chat"):
        second.append("user", "two")
    first.append("assistant", "yes")
    assert [message["content"] for message in json.loads(file.read_text())] == ["one", "yes"]
    second.save(tmp_path / "other.json")
    assert [message["content"] for message in json.loads((tmp_path / "other.json").read_text())] == ["two"]
