"""Documents from real repositories, at their commit."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.jobs.processes import end_tree, start_ticks
from core.taxonomy.documents import fetch
from core.taxonomy.documents.fetch import Document, fetch_documents, sound
from core.taxonomy.documents.patterns import matches
from core.taxonomy.format.leaf import DocumentSource, SourceError
from core.taxonomy.git.process import run_git
from tests.core.taxonomy.leaves import commit_all, git, write
from tests.ports import free_port
from tests.waiting import wait_until


class Origin:
    """A repository with two commits; the first is not the tip of any branch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write(folder / "a.md", "# First\n")
        write(folder / "docs/b.md", "\ufeffb\r\n")
        write(folder / "docs/deep/c.md", "c\n")
        write(folder / ".hidden/d.md", "d\n")
        write(folder / "docs/e.pdf", "%PDF")
        (folder / "docs/link.md").symlink_to("/etc/passwd")
        self.first = commit_all(folder)
        write(folder / "a.md", "# Second\n")
        self.second = commit_all(folder)

    def source(self, *patterns: str, commit: str | None = None, repo: str | None = None) -> DocumentSource:
        return DocumentSource(repo or str(self.folder), commit or self.first, patterns or ("*.md",))


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return Origin(tmp_path / "origin")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_commit_is_used_not_the_tip(origin: Origin, cache: Path, form: str) -> None:
    source = origin.source(repo=form.format(origin.folder))
    assert fetch_documents(source, cache) == [Document("a.md", "# First\n")]
    assert fetch_documents(origin.source(commit=origin.second), cache)[0].text == "# Second\n"


@contextmanager
def served(command: list[str], port: int) -> Iterator[None]:
    """A server in a process of its own, until the block ends."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, what=command[0])
        yield
    finally:
        end_tree(process.pid, 5)
        process.wait()


def test_web_server_without_shallow_fetch(origin: Origin, cache: Path) -> None:
    git(origin.folder, "update-server-info")
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "-d", str(origin.folder)]
    with served(command, port):
        source = origin.source(repo=f"http://127.0.0.1:{port}/.git")
        assert fetch_documents(source, cache)[0].text == "# First\n"
    assert fetch_documents(source, cache)[0].text == "# First\n"


def test_git_server(origin: Origin, cache: Path) -> None:
    port = free_port()
    command = ["git", "daemon", "--export-all", "--listen=127.0.0.1", f"--port={port}", f"--base-path={origin.folder}"]
    with served(command, port):
        source = origin.source(commit=origin.second, repo=f"git://127.0.0.1:{port}/.git")
        assert fetch_documents(source, cache)[0].text == "# Second\n"


def test_second_call_needs_no_remote(origin: Origin, cache: Path) -> None:
    reported: list[str] = []
    first = fetch_documents(origin.source(), cache, reported.append)
    assert len(reported) == 1
    shutil.rmtree(origin.folder)
    assert fetch_documents(origin.source("a.md"), cache, reported.append) == first
    assert fetch_documents(origin.source(commit=origin.first[:9].upper()), cache, reported.append) == first
    assert len(reported) == 1


def test_only_the_commit_is_fetched(origin: Origin, cache: Path) -> None:
    fetch_documents(origin.source(commit=origin.second), cache)
    (repository,) = cache.glob("*.git")
    assert run_git(repository, "rev-list", "--all", "--count").strip() == b"1"


def test_server_without_single_commits(origin: Origin, cache: Path, own_home: Path) -> None:
    """The first version of git's protocol refuses a commit that is no branch's tip."""
    with (own_home / "gitconfig").open("a") as config:
        config.write("[protocol]\nversion = 0\n")
    fetch_documents(origin.source(commit=origin.second), cache)  # so that the cache is shallow
    reported: list[str] = []
    assert fetch_documents(origin.source(), cache, reported.append)[0].text == "# First\n"
    assert "all of" in reported[-1]


def test_short_commits_and_branches(origin: Origin, cache: Path) -> None:
    assert fetch_documents(origin.source(commit=origin.first[:8]), cache)[0].text == "# First\n"
    assert fetch_documents(origin.source(commit="main"), cache)[0].text == "# Second\n"
    write(origin.folder / "a.md", "# Third\n")
    commit_all(origin.folder)
    assert fetch_documents(origin.source(commit="main"), cache)[0].text == "# Third\n"


def test_each_file_is_matched_once(origin: Origin, cache: Path) -> None:
    found = fetch_documents(origin.source("**/*.md", "docs/*.md", "./a.md", "nothing/*"), cache)
    assert [document.name for document in found] == ["a.md", "docs/b.md", "docs/deep/c.md"]
    assert found[1].text == "b\n"


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("a.md", "*.md", True),
        ("docs/a.md", "*.md", False),
        ("a.MD", "*.md", False),
        ("docs/a.md", "**/*.md", True),
        ("a.md", "**/*.md", True),
        ("x/y/z/a.md", "x/**/a.md", True),
        ("x/a.md", "x/**/a.md", True),
        ("x/y/a.md", "x/*/a.md", True),
        ("x/y/z/a.md", "x/*/a.md", False),
        ("x/y/a.md", "x/**", True),
        ("x/y/a.md", "**", True),
        (".git/a.md", "**/*.md", False),
        (".docs/a.md", ".docs/*.md", True),
        ("a[1].md", "a[[]1].md", True),
        ("ab.md", "a?.md", True),
        ("/".join("a" * 40), "/".join(["**", "a"] * 15 + ["b"]), False),
    ],
)
def test_glob(path: str, pattern: str, expected: bool) -> None:
    assert matches(path, pattern) is expected


def test_other_files_than_markdown(origin: Origin, cache: Path) -> None:
    found = fetch_documents(origin.source("docs/*"), cache)
    assert [document.name for document in found] == ["docs/b.md", "docs/e.pdf"]
    assert [document.problem is None for document in found] == [True, False]
    with pytest.raises(LabtopError, match=r"docs/e\.pdf is not markdown"):
        sound(found)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "---\n***\n"])
def test_documents_without_words(origin: Origin, cache: Path, text: str) -> None:
    write(origin.folder / "blank.md", text)
    good, blank = fetch_documents(origin.source("a.md", "blank.md", commit=commit_all(origin.folder)), cache)
    assert (good.problem, blank.text) == (None, "")
    assert "blank.md is empty" in str(blank.problem)


def test_links_are_reported(origin: Origin, cache: Path) -> None:
    """A pattern that matches no other file, or is the name of the link itself, has a hint that names its target."""
    (origin.folder / "inside.md").symlink_to("docs/b.md")
    commit = commit_all(origin.folder)
    _, link = fetch_documents(origin.source("a.md", "inside.md", commit=commit), cache)
    assert "inside.md is a symbolic link" in str(link.problem)
    assert link.problem is not None
    assert "docs/b.md" in str(link.problem.hint)
    with pytest.raises(LabtopError, match="No file of") as caught:
        fetch_documents(origin.source("docs/l*.md", commit=commit), cache)
    assert "docs/link.md is a symbolic link" in str(caught.value.hint)
    names = [document.name for document in fetch_documents(origin.source("*.md", commit=commit), cache)]
    assert names == ["a.md"]


@pytest.mark.parametrize("pattern", ["docs/lin.md", "none/*.md", "A.md"])
def test_nothing_matches(origin: Origin, cache: Path, pattern: str) -> None:
    """A link is no document, wherever it leads."""
    with pytest.raises(LabtopError, match="matches") as caught:
        fetch_documents(origin.source(pattern), cache)
    assert "a.md" in (caught.value.hint or "")


@pytest.mark.parametrize("pattern", ["../*.md", "/etc/*", "docs/../../x"])
def test_patterns_that_lead_out(origin: Origin, cache: Path, pattern: str) -> None:
    with pytest.raises(SourceError, match="leads out") as caught:
        fetch_documents(origin.source(pattern), cache)
    assert caught.value.field == "patterns"


@pytest.mark.parametrize("commit", ["0" * 40, "1234567", "nobranch"])
def test_unknown_commit(origin: Origin, cache: Path, commit: str) -> None:
    with pytest.raises(LabtopError, match=f"no commit '{commit}'"):
        fetch_documents(origin.source(commit=commit), cache)


@pytest.mark.parametrize("commit", ["--upload-pack=touch x", "-h", "a:b", "+main", "<commit hash>", "main..x", "^main"])
def test_invalid_commits(origin: Origin, cache: Path, commit: str) -> None:
    with pytest.raises(LabtopError, match="is not a commit"):
        fetch_documents(origin.source(commit=commit), cache)


@pytest.mark.parametrize(
    "repo",
    [
        "ext::sh -c touch% {mark}",
        "EXT::sh -c touch% {mark}",
        "--upload-pack=touch {mark}",
        "-u touch {mark}",
        "ssh://-oProxyCommand=touch {mark}/x",
        "-oProxyCommand=x:path",
        "fd::17",
        "ftp://example.org/x",
        "docs",
        "../docs",
        "transport::/{mark}",
        "",
    ],
)
def test_addresses_that_git_would_run(repo: str, origin: Origin, cache: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(LabtopError, match="not an address"):
        fetch_documents(origin.source(repo=repo.format(mark=mark) or " "), cache)
    assert not mark.exists()


@pytest.mark.parametrize("repo", ["/nowhere/at/all", "http://127.0.0.1:1/x.git", "ssh://me@127.0.0.1:1/x"])
def test_unreachable(repo: str, origin: Origin, cache: Path) -> None:
    with pytest.raises(LabtopError, match="cannot be fetched") as caught:
        fetch_documents(origin.source(repo=repo), cache)
    assert caught.value.hint


def test_password_is_not_shown(origin: Origin, cache: Path) -> None:
    with pytest.raises(LabtopError) as caught:
        fetch_documents(origin.source(repo="http://me:secret@127.0.0.1:1/x.git"), cache)
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


def test_fetch_after_a_killed_one(origin: Origin, cache: Path) -> None:
    fetch_documents(origin.source(commit=origin.second), cache)
    (repository,) = cache.glob("*.git")
    write(repository / "shallow.lock", "")
    write(repository / "refs/labtop/incoming.lock", "")
    assert fetch_documents(origin.source(), cache)[0].text == "# First\n"


def test_concurrent_fetches(origin: Origin, cache: Path) -> None:
    barrier = threading.Barrier(4)

    def fetch(number: int) -> str:
        barrier.wait(60)
        return fetch_documents(origin.source(commit=(origin.first, origin.second)[number % 2]), cache)[0].text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fetch, range(4))) == ["# First\n", "# Second\n"] * 2


def test_fetch_time_out(origin: Origin, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh that never answers; what git started is gone afterwards."""
    pid = tmp_path / "pid"
    monkeypatch.setattr(fetch, "FETCH_SECONDS", 4.0)
    monkeypatch.setenv("GIT_SSH_COMMAND", f"echo $$ > {pid}; exec sleep 100; true")
    with pytest.raises(LabtopError, match="took longer"):
        fetch_documents(origin.source(repo="ssh://127.0.0.1/x"), cache)
    assert start_ticks(int(pid.read_text())) is None


def test_documents_that_are_not_text(origin: Origin, cache: Path) -> None:
    (origin.folder / "bad.md").write_bytes(b"\xff\xfe")
    bad, good = reversed(fetch_documents(origin.source("a.md", "bad.md", commit=commit_all(origin.folder)), cache))
    assert (good.text, good.problem, bad.text) == ("# Second\n", None, "")
    assert "bad.md is not UTF-8" in str(bad.problem)
    assert git(origin.folder, "status", "--porcelain") == ""
