"""The documents of a new leaf: found in a repository on this machine, or at an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PurePosixPath

from core.errors import LabtopError
from core.paths import expanded
from core.taxonomy.documents.patterns import matches
from core.taxonomy.format.leaf import DocumentSource
from core.taxonomy.git.addresses import check_commit, check_pattern, checked_url, without_login
from core.taxonomy.git.faults import fault_of
from core.taxonomy.git.process import GitFailed, run_git
from core.taxonomy.git.remote import run_remote_git
from core.taxonomy.git.remote_failures import explained

MAX_LISTED = 20
"""Documents that are named one by one; more are matched by one pattern."""

ASK_SECONDS = 30.0
"""Time-out for asking a remote repository about its commits."""

MARKDOWN = ".md"
"""The ending of every document's name."""

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)


@dataclass(frozen=True)
class FoundSource:
    """Where a leaf's documents are, and notes for its author."""

    source: DocumentSource
    notes: tuple[str, ...] = ()


def find_source(
    address: str,
    commit: str | None = None,
    files: Sequence[str] = (),
    *,
    stop: Callable[[], bool] = lambda: False,
) -> FoundSource:
    """The documents in a repository's folder or at its address, at a commit or branch (without one: at HEAD).

    Without `files` (names or patterns) all markdown files are named that the commit has below the folder. A remote
    repository is asked only for the commit of a branch. Raises LabtopError when there is no such repository,
    commit or file, FetchStopped soon after `stop` says so.
    """
    for pattern in files:
        check_pattern(pattern)
        _check_markdown(pattern)
    folder = expanded(address)
    if folder.is_dir():
        return _of_folder(folder, commit, tuple(files))
    if address.startswith((".", "/", "~")):
        raise LabtopError(f"There is no folder {address}.", hint="Give a repository's folder, or its address.")
    if commit is not None:
        check_commit(commit)
    return _of_address(checked_url(address), commit, tuple(files), stop)


def _of_folder(folder: Path, commit: str | None, files: tuple[str, ...]) -> FoundSource:
    try:
        top = Path(run_git(folder, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n"))
    except GitFailed as error:
        raise fault_of(folder, error) from None
    found = _commit(folder, commit)
    inside = folder.resolve().relative_to(top.resolve())
    names = [PurePosixPath(name) for name in _names(top, found)]
    markdown = [str(name) for name in names if name.suffix == MARKDOWN and name.is_relative_to(PurePosixPath(inside))]
    for pattern in files:
        taken = [str(name) for name in names if matches(str(name), pattern)]
        for name in taken:
            _check_markdown(name)
        if not taken:
            raise LabtopError(
                f"No file of {top} at {found[:12]} matches '{pattern}'.",
                hint=f"It has: {', '.join(markdown[:5])}" if markdown else "It has no markdown file.",
            )
    if not files and not markdown:
        raise LabtopError(
            f"{folder} has no markdown file in commit {found[:12]}.",
            hint="Convert the documents to markdown and commit them, or name others with --file.",
        )
    notes = []
    patterns = files or tuple(map(escape, markdown))
    if len(patterns) > MAX_LISTED and not files:
        patterns = ((PurePosixPath(inside) / "**/*.md").as_posix(),)
        notes.append(f"{patterns[0]} matches {len(markdown)} documents; use --file to name fewer.")
    if run_git(top, "status", "--porcelain", "--", ":(glob)**/*.md"):
        notes.append(f"Some documents in {top} have uncommitted changes; the leaf names commit {found[:12]}.")
    origin = _origin(top)
    if origin is None:
        notes.append(f"{top} has no git remote; other machines cannot fetch these documents.")
    elif not run_git(top, "for-each-ref", "--count=1", f"--contains={found}", "refs/remotes/origin"):
        notes.append(f"Commit {found[:12]} has not been pushed to the documents' remote yet: git -C {top} push")
    return FoundSource(DocumentSource(origin or str(top), found, patterns), tuple(notes))


def _commit(folder: Path, name: str | None) -> str:
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name or 'HEAD'}^{{commit}}")
    try:
        return run_git(folder, *arguments).decode().strip()
    except GitFailed:
        what = f"commit '{name}'" if name else "commit yet"
        raise LabtopError(f"The repository {folder} has no {what}.", hint=f"git -C {folder} log shows them.") from None


def _names(top: Path, commit: str) -> list[str]:
    """The regular files of a commit; links are not documents."""
    listing = run_git(top, "ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="replace")
    entries = (entry.partition("\t") for entry in listing.split("\0"))
    return sorted(name for about, _, name in entries if about.startswith("100"))


def _check_markdown(name: str) -> None:
    """Raises LabtopError for the name of a document, or a pattern of some, that is certainly not markdown."""
    ending = PurePosixPath(name).suffix
    if ending != MARKDOWN and re.fullmatch(r"\.\w+", ending):
        raise LabtopError(
            f"{name} is not markdown, as a leaf's documents must be.",
            hint="Convert it to markdown, commit that, and name only .md files with --file.",
        )


def _origin(top: Path) -> str | None:
    """The address of the repository's origin, without a password; None when it has none that others can use."""
    try:
        origin = run_git(top, "config", "--get", "remote.origin.url").decode(errors="replace").strip()
    except GitFailed:
        return None
    try:
        return without_login(checked_url(origin))
    except LabtopError:
        return str((top / origin).resolve()) if (top / origin).is_dir() else None


def _of_address(url: str, commit: str | None, files: tuple[str, ...], stop: Callable[[], bool]) -> FoundSource:
    shown = without_login(url)
    if commit is None or not _SHA.fullmatch(commit):
        commit = _remote_commit(url, shown, commit or "HEAD", stop)
    notes = (
        () if files else ("Every markdown file at the top of the repository is included; use --file to name others.",)
    )
    return FoundSource(DocumentSource(shown, commit.lower(), files or ("*.md",)), notes)


def _remote_commit(url: str, shown: str, name: str, stop: Callable[[], bool]) -> str:
    """The commit that a name refers to in a remote repository."""
    try:
        asked = ("ls-remote", "--", url, name, f"{name}^{{}}")
        listing = run_remote_git(Path.cwd(), *asked, seconds=ASK_SECONDS, stop=stop).decode(errors="replace")
    except GitFailed as error:
        hint = "Check the address and the network; with --commit and a full SHA the server is not asked."
        raise explained(error, url, "does not answer", hint) from None
    commits = {ref: sha for sha, _, ref in (line.partition("\t") for line in listing.splitlines())}
    for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}^{{}}", f"refs/tags/{name}"):
        if ref in commits:
            return commits[ref]
    raise LabtopError(
        f"The documents' repository {shown} has no branch or tag '{name}'.",
        hint="Give a branch, a tag, or a full commit SHA.",
    )
