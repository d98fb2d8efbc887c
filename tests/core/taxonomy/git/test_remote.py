"""Git commands that use the network: progress, stopping, and their end with this process."""

from __future__ import annotations

import fcntl
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.errors import LabtopError
from core.jobs.processes import is_gone
from core.taxonomy.documents.fetch import fetch_documents
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.git import remote
from core.taxonomy.git.process import GitFailed
from core.taxonomy.git.remote import FetchStopped, run_remote_git
from tests.core.taxonomy.leaves import commit_all, git, write
from tests.waiting import wait_until

COMMIT = "1" * 40

IN_A_THREAD = """
import sys, threading
from pathlib import Path
from core.taxonomy.git.remote import run_remote_git

arguments = (Path(sys.argv[1]), "ls-remote", "ssh://host/x")
fetch = threading.Thread(target=run_remote_git, args=arguments, kwargs={"seconds": 60})
fetch.start()
fetch.join()
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def script(path: Path, text: str) -> Path:
    write(path, f"#!/bin/sh\n{text}\n").chmod(0o755)
    return path


def ended(pids: Path) -> bool:
    """Whether the processes have ended whose ids stand in a file."""
    for pid in map(int, pids.read_text().split()):
        with suppress(psutil.NoSuchProcess):
            if not is_gone(psutil.Process(pid)):
                return False
    return True


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def test_a_fetch_is_stopped_from_another_thread(cache: Path) -> None:
    stop, others = threading.Event(), children()
    with ThreadPoolExecutor(1) as pool, socket.create_server(("127.0.0.1", 0)) as mute:
        source = DocumentSource(f"git://127.0.0.1:{mute.getsockname()[1]}/x", COMMIT, ("*.md",))
        fetch = pool.submit(fetch_documents, source, cache, stop=stop.is_set)
        mute.settimeout(60)
        connection, _ = mute.accept()
        started = children() - others
        assert any("git" in process.name() for process in started)
        stop.set()
        with pytest.raises(FetchStopped):
            fetch.result(timeout=60)
        connection.close()
    assert all(map(is_gone, started))
    assert not list(cache.glob("*.git/*.lock"))


def test_waiting_for_another_fetch_is_stopped_too(tmp_path: Path, cache: Path) -> None:
    write(tmp_path / "origin/a.md", "# Birds\n")
    source = DocumentSource(str(tmp_path / "origin"), commit_all(tmp_path / "origin"), ("*.md",))
    fetch_documents(source, cache)
    (lock,) = cache.glob("*.lock")
    stop, reported = threading.Event(), list[str]()
    with ThreadPoolExecutor(1) as pool, lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        fetch = pool.submit(fetch_documents, source, cache, reported.append, stop=stop.is_set)
        wait_until(lambda: reported)
        stop.set()
        with pytest.raises(FetchStopped):
            fetch.result(timeout=60)
    assert reported == [f"Waiting for another fetch from {source.repo}"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_git_and_its_children_end_with_their_parent(
    how: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a thread, as the workbench fetches; ssh here ignores that its pipes are closed."""
    pids = tmp_path / "pids"
    ssh = script(tmp_path / "ssh", f"trap '' HUP TERM\necho $PPID $$ > {pids}.new\nmv {pids}.new {pids}\nsleep 100")
    monkeypatch.setenv("GIT_SSH", str(ssh))
    with subprocess.Popen([sys.executable, "-c", IN_A_THREAD, str(tmp_path)]) as process:
        try:
            wait_until(pids.exists, what="ssh")
            assert not ended(pids)
        finally:
            process.send_signal(how)
    wait_until(lambda: ended(pids), 60, "the end of git and ssh")


def test_progress_of_git(tmp_path: Path, cache: Path) -> None:
    for number in range(50):
        write(tmp_path / f"origin/{number}.md", f"# {number}\n")
    source = DocumentSource(f"file://{tmp_path}/origin", commit_all(tmp_path / "origin"), ("*.md",))
    reported: list[str] = []
    fetch_documents(source, cache, how_far=reported.append)
    assert reported
    assert all(re.fullmatch(r"(counting|compressing|receiving|resolving) \w+ \d+%.*", one) for one in reported)


def test_progress_is_throttled_and_not_part_of_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that says much, and then fails."""
    lines = r"Receiving objects: 45%% (9/20), 12.00 MiB | 3.00 MiB/s\r"
    talk = (
        f"i=0; while [ $i -lt 2000 ]; do printf '{lines}' >&2; i=$((i+1)); done; printf 'too bad\\n{lines}' >&2; exit 3"
    )
    script(tmp_path / "bin/git", talk)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(remote, "PROGRESS_SECONDS", 60)
    reported: list[str] = []
    with pytest.raises(GitFailed) as failed:
        run_remote_git(tmp_path, "fetch", seconds=60, how_far=reported.append)
    assert reported == ["receiving objects 45%, 12.00 MiB at 3.00 MiB/s"]
    assert failed.value.reason == "too bad"


def test_exception_in_callback_ends_git(tmp_path: Path, cache: Path) -> None:
    write(tmp_path / "origin/a.md", "# Birds\n")
    source = DocumentSource(f"file://{tmp_path}/origin", commit_all(tmp_path / "origin"), ("*.md",))

    others = children()

    def fail(_: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fetch_documents(source, cache, how_far=fail)
    assert not children() - others
    assert fetch_documents(source, cache)[0].text == "# Birds\n"


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabtopError, match="not installed"):
        run_remote_git(tmp_path, "ls-remote", str(tmp_path), seconds=5)


def test_exit_status_of_git(tmp_path: Path) -> None:
    write(tmp_path / "origin/a.md", "# Birds\n")
    commit = commit_all(tmp_path / "origin")
    assert commit in run_remote_git(tmp_path, "ls-remote", str(tmp_path / "origin"), seconds=60).decode()
    assert git(tmp_path / "origin", "status", "--porcelain") == ""
    with pytest.raises(GitFailed, match="does not appear to be a git repository"):
        run_remote_git(tmp_path, "ls-remote", str(tmp_path / "nowhere"), seconds=60)
