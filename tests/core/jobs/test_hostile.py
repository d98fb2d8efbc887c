"""Files that are not as we write them: cut short, of wrong types, too deep, too large, without end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from core.errors import LabtopError
from core.events import Event
from core.files import LineAppender
from core.jobs.board import JobBoard
from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import observe, observe_all
from core.jobs.spec import new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.tail import LINE_BYTES, EventTail, LineTail
from tests.core.jobs.events import ODD_EVENTS

DEEP = "[" * 100_000
ODD: tuple[Any, ...] = (None, "x", -1, 1e300, float("nan"), float("inf"), 10**400, [], [{}], {}, {"message": 3}, True)


def job() -> JobFolder:
    return JobStore().create(new_spec("train", "a:b", {}, title="T"))


@pytest.mark.parametrize("field", ["id", "kind", "runner", "title", "options", "created", "host", "boot_id"])
def test_invalid_spec_field_hides_only_its_job(field: str) -> None:
    good, bad = job(), job()
    record = json.loads((bad.path / "spec.json").read_text())
    odd: tuple[Any, ...] = (None, float("nan"), float("inf"), 10**400, "x" if field == "created" else 7.5, [{}])
    for value in odd:
        (bad.path / "spec.json").write_text(json.dumps({**record, field: value}))
        assert [seen.spec.id for seen in observe_all(JobStore())] == [good.id], value


@pytest.mark.parametrize("name", ["spec.json", "status.json", "events.jsonl", "output.log", "lock"])
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_pipe_or_socket_in_a_job_folder_blocks_no_reader(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = job()
    monkeypatch.chdir(folder.path)  # the address of a socket is short
    Path(name).unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(name)
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(name)
    readable = [] if name == "spec.json" else [folder.id]
    assert [seen.spec.id for seen in observe_all(JobStore())] == readable
    assert EventTail(folder.events).read() == []
    assert LineTail(folder.log).read() == []
    assert not folder.is_alive()


def test_copied_folder_is_a_job_of_its_own() -> None:
    good = job()
    copy = JobFolder(good.path.with_name(f"{good.id}.backup"))
    shutil.copytree(good.path, copy.path)
    record = json.loads((copy.path / "spec.json").read_text())
    for name in (good.id, f"../jobs/{good.id}"):  # what is done to the copy must not be done to the job
        (copy.path / "spec.json").write_text(json.dumps({**record, "id": name}))
        assert {seen.spec.id for seen in observe_all(JobStore())} == {good.id, copy.id}
    shutil.copytree(good.path, good.path.with_name("train-\x1b[31m"))  # a name that the terminal would obey
    assert {seen.spec.id for seen in JobBoard(JobStore()).read()} == {good.id, copy.id}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1", b"7", DEEP.encode(), b'{"id": "x"}'])
def test_invalid_spec_or_status_hides_no_other_job(content: bytes) -> None:
    good, bad = job(), job()
    (bad.path / "spec.json").write_bytes(content)
    (good.path / "status.json").write_bytes(content)
    assert [seen.spec.id for seen in observe_all(JobStore())] == [good.id]


@pytest.mark.parametrize("field", list(JobState().summary()))
def test_status_with_an_invalid_field_is_read_partly(field: str) -> None:
    folder = job()
    status = {**JobState().summary(), "status": "running", "started": time.time()}
    for value in ODD:
        (folder.path / "status.json").write_text(json.dumps({**status, field: value}))
        record = observe(folder).to_data()
        json.dumps(record, allow_nan=False)
        assert record["error"] is None or isinstance(record["error"]["message"], str)


@pytest.mark.parametrize("field", ["v", "seq", "time", "t", "type", "stage", "data"])
def test_event_with_an_invalid_field_is_a_bad_line(field: str, tmp_path: Path) -> None:
    record = json.loads(Event(0, 1.0, 0.0, "note", None, {"message": "m"}).encode())
    with (tmp_path / "events.jsonl").open("w") as stream:
        for value in ODD:
            stream.write(json.dumps({**record, field: value}) + "\n")
        stream.write(DEEP + "\n")
        stream.write(Event(9, 1.0, 2.0, "note", None, {"message": "last"}).encode() + "\n")
    tail = EventTail(tmp_path / "events.jsonl")
    events = tail.read()
    assert len(events) < len(ODD) + 2
    state = reduce(JobState(), events)
    assert state.seconds == 2.0
    assert state.notes[-1]["message"] == "last"


@given(ODD_EVENTS)
def test_summary_accepts_any_events(events: list[Event]) -> None:
    state = reduce(JobState(), events)
    json.dumps(state.summary(), allow_nan=False)
    assert state.events == len(events)
    assert state.seconds_left is None or state.seconds_left >= 0


def test_endless_line_is_bounded_and_hides_no_later_line(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with file.open("wb") as stream:
        for _ in range(3):
            stream.write(bytes(LINE_BYTES))
        stream.write(b"\nlast\n")
    tail = LineTail(file)
    lines: list[bytes] = []
    while read := tail.read(2**20):
        lines.extend(read)
    assert max(map(len, lines)) <= LINE_BYTES + 2**20
    assert lines[-1] == b"last"


def test_invalid_lines_do_not_hide_later_ones(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    last = Event(9, 1.0, 2.0, "note", None, {"message": "last"})
    file.write_text("rubbish\n" * 1000 + last.encode() + "\n")
    assert EventTail(file).read(100) == [last]


def test_unfinished_last_line_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "output.log"
    file.write_bytes(b"one\nSegmentation fault")
    tail = LineTail(file)
    assert (tail.read(), tail.unfinished) == ([b"one"], b"Segmentation fault")


def test_truncated_line_does_not_corrupt_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real = os.write
    left = [4]

    def full(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        written = real(descriptor, data[: left[0]])
        left[0] -= written
        return written

    lines = LineAppender(tmp_path / "events.jsonl")
    monkeypatch.setattr("core.files.os.write", full)
    with pytest.raises(LabtopError, match="The disk is full"):
        lines.append('{"a": 1}')
    monkeypatch.undo()
    lines.append('{"b": "\udcff"}')
    lines.append('{"c": 3}')
    read = LineTail(tmp_path / "events.jsonl").read()
    assert read[0] == b'{"a"'
    assert [json.loads(line) for line in read[1:]] == [{"b": "\udcff"}, {"c": 3}]
