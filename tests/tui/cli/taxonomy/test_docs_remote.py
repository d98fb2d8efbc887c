"""`labtop taxonomy docs` with servers elsewhere: it asks nothing, and may be stopped at any time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import psutil
import pytest

from core import paths
from core.jobs.processes import end_processes, tree, wait_gone
from core.taxonomy.documents.fetch import cached_documents, fetch_documents
from core.taxonomy.format.leaf import DocumentSource
from tests.core.taxonomy.git.git_servers import https_server, ssh_server
from tests.core.taxonomy.leaves import commit_all, knowledge, write
from tests.tui.cli.running import LABTOP
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

AT_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
"""A program: runs another one at a terminal of its own, whose screen is the output."""


@pytest.fixture
def commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit of a documents' repository, `root/birds`."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    write(tmp_path / "root/birds/a.md", "# Birds\n" + Random(1).randbytes(50_000).hex())
    return commit_all(tmp_path / "root/birds")


def docs(tmp_path: Path, url: str, commit: str) -> list[str]:
    """The command that fetches for a leaf whose documents are at an address."""
    leaf = write(tmp_path / "tree/knowledge/birds/qna.yaml", knowledge(url, commit))
    return [LABTOP, "taxonomy", "docs", "--taxonomy-path", str(leaf)]


def on_the_screen(command: list[str]) -> tuple[int, str]:
    """How a command ended that a person runs, who types nothing, and what that person saw."""
    done = subprocess.run(
        [sys.executable, "-c", AT_A_TERMINAL, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def test_docs_never_asks_for_password(tmp_path: Path, commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with https_server(tmp_path / "root", tmp_path / "https") as server:
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.authority))
        server.behave("locked")
        status, screen = on_the_screen(docs(tmp_path, url := server.url("birds/.git"), commit))
        assert status == 1
        assert f"Fetching {url} at {commit[:12]} …" in screen
        assert "a login" in screen
        assert "Username" not in screen
        server.behave("serve")
        status, screen = on_the_screen(docs(tmp_path, url, commit))
        assert status == 0
        assert "a.md  3 words" in screen


def test_docs_clock_on_terminal(tmp_path: Path, commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command = docs(tmp_path, f"file://{tmp_path}/root/birds", commit)
    monkeypatch.setenv("TERM", "xterm")
    status, screen = on_the_screen(command)
    assert status == 0
    assert "0:00:0" in screen
    assert screen.index("Fetching") < screen.index("0:00:0") < screen.index("a.md  3 words")
    shutil.rmtree(paths.current().documents_cache_dir)
    monkeypatch.setenv("TERM", "dumb")
    status, screen = on_the_screen(command)
    assert status == 0
    assert "0:00:0" not in screen
    assert "Fetching" in screen


@pytest.mark.skipif(not shutil.which("ssh"), reason="there is no ssh client")
def test_docs_never_asks_about_host_key(tmp_path: Path, commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ssh_server(tmp_path / "ssh") as server:
        monkeypatch.setenv("GIT_SSH_COMMAND", server.client)
        write(server.folder / "known_hosts", "")
        status, screen = on_the_screen(docs(tmp_path, f"documents:{tmp_path}/root/birds", commit))
    assert status == 1
    assert "host key" in screen
    assert "authenticity" not in screen


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_docs_stopped_halfway(
    how: signal.Signals, tmp_path: Path, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git ends, too. What came is not trusted, not in the way of the next fetch, and not kept."""
    screen, terminal = os.openpty()
    with https_server(tmp_path / "root", tmp_path / "https") as server, os.fdopen(screen), os.fdopen(terminal):
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.authority))
        server.behave("stall")
        command = docs(tmp_path, url := server.url("birds/.git"), commit)
        process = subprocess.Popen(command, stdin=terminal, stderr=subprocess.PIPE, text=True)
        started: list[psutil.Process] = []
        try:
            wait_until(lambda: any(line.startswith("stalled") for line in server.log), what="half a pack")
            started = tree(process.pid)
            process.send_signal(how)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == (-how if how == signal.SIGKILL else 128 + how)
            assert "Traceback" not in errors
            assert errors.splitlines()[-1] == (
                "Interrupted." if how == signal.SIGINT else f"Fetching {url} at {commit[:12]} …"
            )
            assert not wait_gone(started, 60)
            halves = list(paths.current().documents_cache_dir.glob("*.git/objects/pack/tmp_*"))
            assert how == signal.SIGKILL or not halves
        finally:
            end_processes({*started, *tree(process.pid)}, 0)
            process.communicate()
        source, cache = DocumentSource(url, commit, ("*.md",)), paths.current().documents_cache_dir
        assert cached_documents(source, cache) is None
        server.behave("serve")
        assert fetch_documents(source, cache)[0].text.startswith("# Birds\n")
        assert not list(cache.glob("*.git/objects/pack/tmp_*"))
