"""Runs that are interrupted, and resume."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.sdg.datasets import jsonl
from core.sdg.engine.journal import Journal, Rejection, Reply
from core.sdg.engine.run_state import open_run
from core.serving.completions import slots
from tests.core.sdg.helpers import (
    ROOT,
    arguments,
    contents,
    document,
    freeform_leaf,
    knowledge_leaf,
    lines,
    rule_server,
    run,
)
from tests.waiting import LIMIT_SECONDS, wait_until

pytestmark = pytest.mark.slow

LEAVES = (knowledge_leaf(document(8)), freeform_leaf())

IN_FLIGHT = 8
"""Requests at a time, where it matters how many were under way; otherwise the limit grows."""


@contextmanager
def worker(folder: Path, request: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Generation in a worker process, as a job starts it."""
    folder.mkdir()
    (folder / "worker-0.request.json").write_text(
        json.dumps({"target": "core.sdg.worker:generate", "arguments": request, "stage": "generate"})
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "core.jobs.workers.process", str(folder), "0"], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_killed_run_resumes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with rule_server("--hold", 60, "--slots", 4) as server:
        request = arguments(server, out, *LEAVES, concurrency=IN_FLIGHT)
        with worker(tmp_path / "job", request) as process:
            wait_until(lambda: server.statistics()["answered"] == 60)
            process.send_signal(signal.SIGKILL)
            process.wait()
        server.hold(after=0)
        journal = out / ".run" / "responses.jsonl"
        with journal.open("a") as stream:
            stream.write('{"key": "half a li')
        known = len(Journal(journal))
        assert known >= 40
        result = run(server, out, *LEAVES)
        seen = server.seen
    assert result["reused"] >= known
    assert sum(number > 1 for number in seen.values()) <= IN_FLIGHT  # those that were under way
    assert result["requests"] == len(seen) - known
    with rule_server() as other:
        undisturbed = run(other, tmp_path / "undisturbed", *LEAVES)
    assert contents(result) == contents(undisturbed)
    state = json.loads((out / ".run" / "run.json").read_text())
    assert state["timestamp"] == result["timestamp"] and {**state["result"], "left_out": []} == result


def test_stopped_worker_keeps_its_replies(tmp_path: Path) -> None:
    with rule_server("--hold", 30, "--slots", 4) as server:
        with worker(tmp_path / "job", arguments(server, tmp_path / "out", *LEAVES)) as process:
            wait_until(lambda: server.statistics()["answered"] == 30)
            process.terminate()
            assert process.wait(LIMIT_SECONDS) == 0
        end = lines(tmp_path / "job" / "worker-0.jsonl")[-1]
        assert end["data"]["status"] == "cancelled"
        assert len(Journal(tmp_path / "out" / ".run" / "responses.jsonl")) >= 20


def test_permanent_outage_loses_no_reply(tmp_path: Path) -> None:
    with rule_server("--hold", 30, "--slots", 4) as server:
        request = arguments(server, tmp_path / "out", *LEAVES, wait_minutes=0.001)
        program = "import core.serving.completions.slots as slots; slots.PROBE_INTERVAL = 0.1; import sys;"
        program += "from core.jobs.workers.process import main;"
        with worker(tmp_path / "unused", request):
            pass
        process = subprocess.Popen(
            [sys.executable, "-c", f"{program} sys.exit(main({str(tmp_path / 'unused')!r}, '0'))"], cwd=ROOT
        )
        wait_until(lambda: server.statistics()["answered"] == 30)
        server.process.kill()
        assert process.wait(LIMIT_SECONDS) == 1
    end = lines(tmp_path / "unused" / "worker-0.jsonl")[-1]["data"]
    assert server.url in end["error"]["message"] and "kept" in end["error"]["hint"]
    with rule_server() as server:
        result = run(server, tmp_path / "out", *LEAVES)
    assert result["reused"] >= 20


def test_stop_request_is_handled_at_a_reply(tmp_path: Path) -> None:
    job, leaf = tmp_path / "job", knowledge_leaf(document(60))
    with (
        rule_server("--latency", 0.02, "--slots", 4) as server,
        worker(job, arguments(server, tmp_path / "out", leaf, concurrency=IN_FLIGHT)) as process,
    ):
        wait_until(lambda: server.statistics()["answered"] > 30)
        (job / "control").mkdir()
        (job / "control" / "cancel").touch()
        assert process.wait(LIMIT_SECONDS) == 0
        answered = server.statistics()["answered"]
    assert lines(job / "worker-0.jsonl")[-1]["data"]["status"] == "cancelled"
    kept = len(Journal(tmp_path / "out" / ".run" / "responses.jsonl"))
    assert answered - IN_FLIGHT <= kept <= answered


@pytest.mark.parametrize("trouble", ["--poison", "--refuse"])
def test_killed_run_with_rejections_can_finish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    """All others are answered from the journal then, and those replies count: the server is not to blame."""
    monkeypatch.setattr(slots, "FIRST_PAUSE", 0.02)
    leaf = knowledge_leaf(document(30))
    with rule_server("--latency", 0.01, "--slots", 8) as sound:
        whole = run(sound, tmp_path / "whole", leaf)
    poison = "number 2 has" if trouble == "--poison" else "number 1"  # one section, or a third of them
    with rule_server(trouble, poison, "--hold", 100, "--slots", 8) as server:
        with worker(tmp_path / "job", arguments(server, tmp_path / "out", leaf)) as process:
            wait_until(lambda: server.statistics()["answered"] == 100)
            process.send_signal(signal.SIGKILL)
            process.wait()
        server.hold(after=0)
        again = run(server, tmp_path / "out", leaf)
        third = run(server, tmp_path / "out", leaf)
    lost = {"--poison": "no answer", "--refuse": "refused by the server"}[trouble]
    assert again["rejected"][lost] == len(lines(again["dead_letters"])) == third["rejected"][lost]
    assert again["incomplete"] == (trouble == "--poison")
    assert third["requests"] == 0 or third == again  # a finished one is returned as it is
    assert 0 < again["rows"] < whole["rows"] and again["timestamp"] == third["timestamp"]


def test_resumed_run_requests_no_rejected_prompt(tmp_path: Path) -> None:
    """Fewer than twenty were answered by this process; all that it would ask are those that were refused before."""
    with rule_server("--refuse", "number 1") as server:
        first = run(server, tmp_path, knowledge_leaf(document(60), seeds=3))
        seen = server.seen
        (tmp_path / ".run" / "run.json").unlink()
        again = run(server, tmp_path, knowledge_leaf(document(60), seeds=3))
        assert server.seen == seen
    assert first["rejected"] == again["rejected"] and first["rejected"]["refused by the server"] >= 30
    assert again["requests"] == 0 and not again["incomplete"]


def test_output_folder_is_locked(tmp_path: Path) -> None:
    with (
        rule_server("--hold", 3) as server,
        worker(tmp_path / "job", arguments(server, tmp_path / "out", *LEAVES)),
    ):
        wait_until(lambda: server.statistics()["answered"] == 3)
        with pytest.raises(LabtopError, match="is in use: generating data, process"):
            run(server, tmp_path / "out", *LEAVES)


def test_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    room = 4000

    def write(descriptor: int, data: bytes) -> int:
        nonlocal room
        if data.startswith(b'{"key"'):
            if len(data) > room:
                raise OSError(errno.ENOSPC, "No space left on device")
            room -= len(data)
        return real(descriptor, data)

    with rule_server() as server:
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(LabtopError, match="The disk is full") as caught:
            run(server, tmp_path, *LEAVES)
        assert caught.value.job_command == "resume"
        monkeypatch.setattr(os, "write", real)
        result = run(server, tmp_path, *LEAVES)
    assert result["reused"] > 0


def test_full_disk_while_mixing_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(LabtopError, match="The disk is full"):
        jsonl.write_lines(tmp_path / "x.jsonl", [{"a": 1}])
    assert list(tmp_path.iterdir()) == []


def test_damaged_journal_line_is_requested_again(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    journal = Journal(path)
    journal.put("aa" * 32, Reply("one", truncated=False, max_tokens=9))
    journal.put("bb" * 32, Reply("zwei \u2028 \n", truncated=True, max_tokens=9))
    journal.close()
    path.write_bytes(path.read_bytes().replace(b'{"key": "aa', b'{"key":: "aa') + b"\xff\xfe\n")
    with path.open("a") as stream:
        for rest in ("", ', "text": null, "truncated": false', ', "text": ["x"], "truncated": false'):
            stream.write(f'{{"key": "{"dd" * 32}"{rest}}}\n')
        stream.write('{"key": "cc')
    again = Journal(path)
    assert [again.get(name * 32) for name in ("aa", "cc", "dd")] == [None] * 3
    assert again.get("bb" * 32) == Reply("zwei \u2028 \n", truncated=True, max_tokens=9)
    again.put("cc" * 32, Reply("drei", truncated=False, max_tokens=9))
    again.put("bb" * 32, Rejection("refused by the server", "no"))
    again.close()
    last = Journal(path)
    assert last.get("cc" * 32) == Reply("drei", truncated=False, max_tokens=9)
    assert last.get("bb" * 32) == Rejection("refused by the server", "no")


@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "[]", '{"timestamp": "2025-01-01T00_00_00", "inputs": "i", "result": {}}']
)
def test_damaged_run_state_starts_a_new_run(tmp_path: Path, text: str) -> None:
    (tmp_path / ".run").mkdir()
    (tmp_path / ".run" / "run.json").write_text(text)
    state = open_run(tmp_path, "i", fresh=False)
    assert state.result is None and state.timestamp != "2025-01-01T00_00_00"
