"""The documents of a knowledge leaf, fetched at their commit.

Each repository has one bare cache, and each commit that is complete there has a reference, so that a second call needs
no network. Files are read from git's objects: nothing is checked out, so no path and no link can lead outside.
"""

from __future__ import annotations

import fcntl
import hashlib
import posixpath
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import LabtopError, disk_error
from core.files import atomic_directory
from core.printable import printable
from core.taxonomy.documents.patterns import matches
from core.taxonomy.format.leaf import DocumentSource, SourceError
from core.taxonomy.git.addresses import check_commit, check_pattern, checked_url, without_login
from core.taxonomy.git.process import GitFailed, run_git
from core.taxonomy.git.remote import POLL_SECONDS, FetchStopped, run_remote_git
from core.taxonomy.git.remote_failures import explained

FETCH_SECONDS = 600.0
"""Time-out of one fetch; a repository of 1 GB needs about a minute at 100 Mbit/s."""

SILENT_SECONDS = 120
"""Time-out for a web server that sends nothing. Some count the objects of a large repository for a minute."""

MAX_DOCUMENT_BYTES = 20_000_000
"""Of one document; a thousand pages of text have 3 MB."""

_HEX = re.compile(r"[0-9a-f]{4,64}")
_REFUSED = re.compile("not our ref|unadvertised object|couldn't find remote ref|support shallow", re.IGNORECASE)
"""Git's output when the remote answers, but not for this commit or not for a part of the history."""

_DONE = "refs/labtop/commits"
_INCOMING = "refs/labtop/incoming"


@dataclass(frozen=True)
class Document:
    """One file of a documents' repository."""

    name: str
    """Its path in the repository."""
    text: str
    problem: LabtopError | None = None
    """Why it cannot be used; then it has no text."""


def fetch_documents(
    source: DocumentSource,
    cache_dir: Path,
    progress: Callable[[str], None] = lambda _: None,
    *,
    how_far: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Document]:
    """The documents that a leaf names, sorted by path, each once, including those that cannot be used.

    Uses the network only for a commit that is not in the cache; a branch's name is looked up each time. `progress`
    gets a sentence about each part, `how_far` up to five times a second the progress of that part. `stop` is called
    ten times a second. Raises FetchStopped soon after it returns true; LabtopError when the repository cannot be
    reached or its address is invalid, when it has no such commit, or when no file matches.
    """
    url = checked_url(source.repo)
    check_commit(source.commit)
    for pattern in source.patterns:
        check_pattern(pattern)
    try:
        with _cache_of(url, cache_dir, progress, stop) as repository:
            commit = _Fetch(repository, url, progress, how_far, stop).complete(source.commit)
            return _read(repository, commit, url, source)
    except OSError as error:
        raise disk_error(error, f"fetching documents into {cache_dir}") from error


def cached_documents(source: DocumentSource, cache_dir: Path) -> list[Document] | None:
    """The documents that a leaf names, if its commit is in the cache, else None. Never waits or uses the network.

    Raises LabtopError like `fetch_documents`, except for the network.
    """
    url = checked_url(source.repo)
    repository = _repository(url, cache_dir)
    # Without the lock, which a long fetch may hold: what a complete commit refers to does not change.
    commit = _cached_commit(repository, source.commit) if repository.is_dir() else None
    return None if commit is None else _read(repository, commit, url, source)


def sound(documents: list[Document]) -> list[Document]:
    """The documents, if all can be used. Raises the LabtopError of the first one that cannot."""
    for document in documents:
        if document.problem is not None:
            raise document.problem
    return documents


@contextmanager
def _cache_of(url: str, cache_dir: Path, progress: Callable[[str], None], stop: Callable[[], bool]) -> Iterator[Path]:
    """The bare repository that caches an address, locked by this call; others wait."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    repository = _repository(url, cache_dir)
    with repository.with_suffix(".lock").open("a") as lock:
        if not _try_lock(lock):
            progress(printable(f"Waiting for another fetch from {without_login(url)}"))
            while not _try_lock(lock):
                if stop():
                    raise FetchStopped
                time.sleep(POLL_SECONDS)
        if not repository.exists():
            with atomic_directory(repository) as new:
                new.chmod(0o700)
                run_git(new, "init", "--quiet", "--bare", "--template=")
        yield repository


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _repository(url: str, cache_dir: Path) -> Path:
    return cache_dir / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.git"


def _cached_commit(repository: Path, commit: str) -> str | None:
    """The full name of a commit whose files are all in the cache. A branch may have moved by now."""
    if not _HEX.fullmatch(commit.lower()):
        return None
    pattern = f"{_DONE}/{commit.lower()}*"
    found = run_git(repository, "for-each-ref", "--format=%(objectname)", pattern).decode().split()
    return found[0] if len(found) == 1 else None


class _Fetch:
    """Fetching into a cache that this process has locked."""

    def __init__(
        self,
        repository: Path,
        url: str,
        progress: Callable[[str], None],
        how_far: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> None:
        self._repository = repository
        self._url = url
        self._progress = progress
        self._how_far = how_far
        self._stop = stop

    def complete(self, commit: str) -> str:
        """The full name of a commit whose files are all in the cache, fetched where they were not."""
        cached = _cached_commit(self._repository, commit)
        if cached:
            return cached
        self._clear()
        shown = without_login(self._url)
        try:
            self._fetch(f"Fetching {shown} at {commit[:12]}", "--depth=1", f"+{commit}:{_INCOMING}")
            found = _resolve(self._repository, _INCOMING)
        except GitFailed as error:
            if not _REFUSED.search(error.output):
                raise self._unreachable(error) from None
            found = self._fetch_all(f"Fetching all of {shown}: it does not serve single commits", commit)
        if found is None:
            raise SourceError(
                f"The documents' repository {shown} has no commit '{commit}'.",
                hint="Push it, or name another one: git log, in that repository, lists them.",
                field="commit",
            )
        run_git(self._repository, "update-ref", f"{_DONE}/{found}", found)
        return found

    def _fetch_all(self, title: str, commit: str) -> str | None:
        """Fetch all branches and tags, and look the commit up there."""
        deepen = ["--unshallow"] if (self._repository / "shallow").exists() else []
        try:
            self._fetch(title, *deepen, "+refs/heads/*:refs/labtop/heads/*", "+refs/tags/*:refs/labtop/tags/*")
        except GitFailed as error:
            raise self._unreachable(error) from None
        return _resolve(self._repository, commit)

    def _fetch(self, title: str, *options_and_refs: str) -> None:
        options = [word for word in options_and_refs if word.startswith("--")]
        refs = [word for word in options_and_refs if not word.startswith("--")]
        # A pack appears complete or not at all, so a commit in the cache has its files.
        settings = {
            "fetch.unpackLimit": 1,
            "gc.auto": 0,
            "maintenance.auto": "false",
            "http.lowSpeedLimit": 1,
            "http.lowSpeedTime": SILENT_SECONDS,
        }
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        fetch = (*given, "fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        self._progress(printable(title))
        try:
            run_remote_git(
                self._repository,
                *(*fetch, *options, "--", self._url, *refs),
                seconds=FETCH_SECONDS,
                how_far=self._how_far,
                stop=self._stop,
            )
        except BaseException:
            self._clear()
            raise

    def _clear(self) -> None:
        """Remove what an interrupted fetch left: locks, which prevent the next one, and partial packs."""
        for pattern in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*"):
            for stale in self._repository.glob(pattern):
                stale.unlink(missing_ok=True)

    def _unreachable(self, error: GitFailed) -> LabtopError:
        hint = "Check the address and the network: git ls-remote {url} must answer without asking for a password."
        return explained(error, self._url, "cannot be fetched", hint)


def _resolve(repository: Path, name: str) -> str | None:
    try:
        return run_git(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").decode().strip()
    except GitFailed:
        return None


def _read(repository: Path, commit: str, url: str, source: DocumentSource) -> list[Document]:
    """The files of a commit that match a leaf's patterns."""
    found = {
        file.name: file
        for file in _files(repository, commit)
        if any(matches(file.name, pattern) for pattern in source.patterns)
    }
    # A link is left out where a pattern only happens to match it, and reported where a pattern is its name.
    chosen = [file for name, file in sorted(found.items()) if not file.is_link or name in source.patterns]
    if not chosen:
        raise _no_match(repository, commit, url, source, sorted(found))
    return [_document(repository, file) for file in chosen]


def _no_match(repository: Path, commit: str, url: str, source: DocumentSource, links: list[str]) -> LabtopError:
    files = (file.name for file in _files(repository, commit) if not file.is_link)
    markdown = sorted(name for name in files if name.endswith(".md"))[:5]
    hint = f"It has: {', '.join(markdown)}" if markdown else "It has no markdown file."
    if links:
        hint = f"{links[0]} is a symbolic link, and links are not followed. {hint}"
    message = f"No file of {without_login(url)} at {commit[:12]} matches {', '.join(source.patterns)}."
    return SourceError(message, hint, field="patterns")


def _document(repository: Path, file: _File) -> Document:
    try:
        return Document(file.name, _text(repository, file))
    except LabtopError as error:
        return Document(file.name, "", error)


@dataclass(frozen=True)
class _File:
    """A file of a commit."""

    name: str
    blob: str
    """The name of git's object."""
    size: int
    is_link: bool


def _files(repository: Path, commit: str) -> Iterator[_File]:
    """The regular files and the links; submodules are left out."""
    listing = run_git(repository, "ls-tree", "-r", "-l", "-z", "--full-tree", commit)
    for entry in listing.split(b"\0"):
        about, _, name = entry.partition(b"\t")
        if about.startswith((b"100", b"120")):
            mode, _, blob, size = about.split()
            yield _File(name.decode(errors="replace"), blob.decode(), int(size), mode.startswith(b"120"))


def _text(repository: Path, file: _File) -> str:
    name = file.name
    if file.is_link:
        target = run_git(repository, "cat-file", "blob", file.blob).decode(errors="replace")
        place = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        raise LabtopError(
            f"The document {name} is a symbolic link, and links are not followed.",
            hint=f"Name the file that it points to in 'patterns': {place}",
        )
    if not name.endswith(".md"):
        raise LabtopError(
            f"The document {name} is not markdown.",
            hint="Convert it to markdown next to the original, and name only .md files in 'patterns'.",
        )
    if file.size > MAX_DOCUMENT_BYTES:
        raise LabtopError(f"The document {name} is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB.", hint="Split it.")
    try:
        text = run_git(repository, "cat-file", "blob", file.blob).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LabtopError(f"The document {name} is not UTF-8 text.", hint="Save it as UTF-8 and commit it.") from None
    if not re.search(r"\w", text):
        raise LabtopError(
            f"The document {name} is empty: it has no words.", hint="Write its text, or remove it from 'patterns'."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
