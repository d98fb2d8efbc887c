"""Creating a taxonomy: a new repository with a first commit, or a clone of one."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError, disk_error
from core.files import write_atomic
from core.paths import expanded
from core.printable import printable
from core.taxonomy.format.leaf import SourceError
from core.taxonomy.git.addresses import checked_url, without_login
from core.taxonomy.git.process import GitFailed, run_git
from core.taxonomy.git.remote import run_remote_git
from core.taxonomy.git.remote_failures import explained
from core.taxonomy.git.usual_base import OWN_BRANCH, usual_base
from core.taxonomy.layout.tree import KIND_FOLDERS

CLONE_SECONDS = 3600.0
"""Time-out of a clone."""

SILENT_SECONDS = 120
"""Time-out for a web server that sends nothing."""

README = """\
# {name}

A taxonomy for labtop: questions and answers from which a teacher model generates training data.

- `knowledge/` holds facts, each leaf with documents in a git repository.
- `compositional_skills/` holds skills, each leaf with examples.

A leaf is a folder with a `qna.yaml`; knowledge also has an `attribution.txt`. `labtop taxonomy new` creates one, and
`labtop taxonomy lint` checks all. Data is generated from the leaves that differ from the branch `{branch}`: write each
one on a branch of its own, and merge it when you are done.
"""

GITIGNORE = """\
# Files of editors and operating systems.
*~
*.swp
.DS_Store
.idea/
.vscode/
"""

MESSAGE = "Create the taxonomy"

_IDENTITY = re.compile(r"(?P<name>.*) <(?P<email>[^>]*)> \d+ \S+\s*", re.DOTALL)


@dataclass(frozen=True)
class Author:
    """Who commits."""

    name: str
    email: str


@dataclass(frozen=True)
class CreatedTaxonomy:
    folder: Path
    """Absolute."""
    base: str
    """The revision that changed leaves are best compared with."""
    note: str = ""
    """What is remarkable about it, in one sentence."""


def git_author(folder: Path) -> Author | None:
    """Who commits in a folder according to git; None if it is not known. The folder need not exist yet."""
    places = (folder, *folder.absolute().parents)
    existing = next(part for part in places if os.path.isdir(part))  # noqa: PTH112 - raises no error
    try:
        found = run_git(existing, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    except GitFailed:
        return None
    match = _IDENTITY.fullmatch(found.decode(errors="replace"))
    return Author(match["name"], match["email"]) if match else None


def create_taxonomy(folder: Path, author: Author | None = None) -> CreatedTaxonomy:
    """Create a taxonomy's folder and git repository, with a README, a .gitignore and a first commit on `main`.

    Leaves that are in the folder are kept and not committed, so that data is generated from them. `author` is needed
    if git does not know who commits, and is then stored in the new repository. Raises LabtopError if the folder has
    other files, is a repository already, or git cannot commit; then nothing is left behind.
    """
    place = _usable(folder)
    known = git_author(place)
    if known is None and author is None:
        raise LabtopError(
            "Git does not know your name and email address, which every commit contains.",
            hint='git config --global user.name "Your Name"; git config --global user.email you@example.org',
        )
    if place.is_dir() and any(place.iterdir()):
        _check_adoptable(place)
        _adopt(place, None if known else author)
    else:
        with _new_folder(place) as new:
            _fill(new, place.name, None if known else author)
    return CreatedTaxonomy(place, OWN_BRANCH)


def clone_taxonomy(
    address: str,
    folder: Path,
    *,
    shallow: bool = False,
    how_far: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> CreatedTaxonomy:
    """Clone a taxonomy's repository by its URL or path; `shallow` leaves out the history.

    `how_far` gets git's progress in words, `stop` is called ten times a second. Raises FetchStopped after it returned
    true, LabtopError if the folder is not empty or the repository cannot be cloned; then nothing is left behind.
    """
    url = _address(address)
    place = _usable(folder)
    if place.is_dir() and any(place.iterdir()):
        raise LabtopError(f"{place} is not empty.", hint="Clone into a folder that does not exist yet.")
    if shallow and url.startswith("/"):
        url = Path(url).as_uri()  # git ignores --depth for a plain path
    settings = ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={SILENT_SECONDS}")
    options = ("--progress", "--no-recurse-submodules", *(("--depth=1",) if shallow else ()))
    try:
        with _new_folder(place) as new:
            command = (*settings, "clone", *options, "--", url, ".")
            run_remote_git(new, *command, seconds=CLONE_SECONDS, how_far=how_far, stop=stop)
            note = _note_about(new, without_login(url))
    except GitFailed as error:
        hint = "Check the address and the network: git ls-remote {url} must answer without asking for a password."
        raise explained(error, url, "cannot be cloned", hint, what="The repository") from None
    return CreatedTaxonomy(place, usual_base(place), note)


def _address(given: str) -> str:
    """The address to give to git; the path of a folder here becomes absolute."""
    address = given.strip()
    if not address:
        raise LabtopError("The address of the repository is empty.", hint="Type a URL, such as https://…, or a path.")
    here = expanded(address)
    try:
        if here.is_dir():
            return str(here.absolute())
        return checked_url(address)
    except SourceError as error:
        hint = (error.hint or "").replace("an absolute path", "a path")
        raise LabtopError(f"'{without_login(address)}' is not the address of a repository.", hint=hint) from None
    except OSError:
        raise LabtopError(f"'{printable(address[:100])}' is not the address of a repository.") from None


def _note_about(clone: Path, url: str) -> str:
    if not any(path.name != ".git" for path in clone.iterdir()):
        return f"{url} is empty: create its first commit."
    if not any((clone / kind).is_dir() for kind in KIND_FOLDERS):
        return f"{url} has no folder {' or '.join(KIND_FOLDERS)}: it may not be a taxonomy."
    return ""


def _usable(folder: Path) -> Path:
    """The absolute path of a folder that can be created or filled. Raises LabtopError for one that cannot."""
    place = expanded(folder).absolute()
    if not place.name:
        raise LabtopError(f"{place} cannot be a taxonomy.", hint="Name a folder of its own.")
    try:
        around = next(part for part in (place, *place.parents) if part.exists())
    except OSError as error:  # too long, or in a folder that only others may read
        raise disk_error(error, f"looking for {place}") from error
    if not around.is_dir():
        raise LabtopError(f"{around} is a file, not a folder.", hint="Choose another folder.")
    return place


def _check_adoptable(place: Path) -> None:
    """Raises LabtopError unless a folder with files in it is a taxonomy without a repository."""
    try:
        inside = run_git(place, "rev-parse", "--show-toplevel").decode(errors="replace").strip()
    except GitFailed:
        inside = ""
    if inside:
        raise LabtopError(
            f"{place} is in the git repository {inside} already.",
            hint=f"Use it as it is: --taxonomy-path {shlex.quote(str(place))}",
        )
    if not any((place / kind).is_dir() for kind in KIND_FOLDERS):
        raise LabtopError(
            f"{place} has files in it, and none of the folders {' and '.join(KIND_FOLDERS)}.",
            hint="Choose a folder that is empty or does not exist yet.",
        )


def _adopt(place: Path, author: Author | None) -> None:
    """Make a repository of a folder with leaves."""
    before = {path.name for path in place.iterdir()}
    try:
        _fill(place, place.name, author)
    except BaseException:
        for name in ("README.md", ".gitignore"):
            if name not in before:
                (place / name).unlink(missing_ok=True)
        shutil.rmtree(place / ".git", ignore_errors=True)
        raise


def _fill(folder: Path, name: str, author: Author | None) -> None:
    """The repository with its first commit; files that exist are kept as they are, and not committed."""
    written = []
    for file, text in (("README.md", README.format(name=name, branch=OWN_BRANCH)), (".gitignore", GITIGNORE)):
        if not (folder / file).exists():
            write_atomic(folder / file, text)
            written.append(file)
    try:
        run_git(folder, "init", "--quiet", f"--initial-branch={OWN_BRANCH}")
        if author is not None:
            run_git(folder, "config", "user.name", author.name)
            run_git(folder, "config", "user.email", author.email)
        if written:
            run_git(folder, "add", "--", *written)
        run_git(folder, "commit", "--quiet", "--signoff", "--allow-empty", f"--message={MESSAGE}")
    except GitFailed as error:
        hint = f"Output of git:\n{error.last_lines}" if error.last_lines != error.reason else None
        raise LabtopError(f"Git could not create the repository: {error.reason}.", hint=hint) from None


@contextmanager
def _new_folder(place: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `place` when the block succeeds and is removed otherwise.

    What an attempt that was killed has left is removed. Raises LabtopError while another process fills it.
    """
    partial = place.with_name(f".{place.name}.partial")
    made = [part for part in place.parents if not part.exists()]
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with _locked(partial, place):
            try:
                _empty(partial)
                yield partial
                partial.rename(place)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
    except BaseException as error:
        for part in made:
            _remove_if_empty(part)
        if isinstance(error, OSError):
            raise disk_error(error, f"creating {place}") from error
        raise


@contextmanager
def _locked(partial: Path, place: Path) -> Iterator[None]:
    """Lock a folder until the end of this process or block, under whatever name it has then."""
    descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            taken = not _is_at(descriptor, partial)  # the other one has just renamed or removed it
        except BlockingIOError:
            taken = True
        except OSError:  # a file system without locks
            taken = False
        if taken:
            raise LabtopError(f"{place} is being created by another labtop.", hint="Wait for it.")
        yield
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _empty(folder: Path) -> None:
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
