"""The conversations saved in a folder: list, search, resume, rename, remove."""

from __future__ import annotations

import json
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.chat.journal import SUFFIX, parse_lines, read_contents
from core.chat.session import Session, transcript_file
from core.errors import LabtopError, disk_error
from core.printable import printable

MAX_BYTES = 4_000_000
"""Larger lists of messages are not read for a title."""

HEAD_BYTES = 2**18
TAIL_BYTES = 2**16
"""What is read of a longer journal for its title: the first question, and a later name, are in these parts."""

EXCERPT = 60
"""Characters shown around a match."""


@dataclass(frozen=True)
class SavedSession:
    """One conversation."""

    file: Path
    title: str
    """Its name, by default the first question, on one line; empty if nothing was asked."""
    modified: float
    """Seconds since 1970."""
    excerpt: str = ""
    """The text around the searched words, on one line."""

    @property
    def id(self) -> str:
        """What commands call it."""
        return self.file.stem


def list_sessions(folder: Path, limit: int = 500, search: str = "") -> tuple[SavedSession, ...]:
    """The newest conversations, the newest first; files that hold none are left out.

    With `search`, those in which a title or a turn contains all its words, in any case.
    """
    dated: list[tuple[float, Path]] = []
    try:
        files = [file for file in folder.iterdir() if file.suffix in (SUFFIX, ".json") and file.name[0] != "."]
    except OSError:
        return ()
    for file in files:
        with suppress(OSError):  # removed meanwhile, or a link to nothing
            state = file.stat()
            if stat.S_ISREG(state.st_mode):  # reading a pipe would never end
                dated.append((state.st_mtime, file))
    dated.sort(reverse=True)
    found: list[SavedSession] = []
    words = search.casefold().split()
    for modified, file in dated:
        if len(found) == limit:
            break
        title = _title(file)
        excerpt = "" if title is None or not words else _search(file, title, words)
        if title is not None and excerpt is not None:
            found.append(SavedSession(file, title, modified, excerpt))
    return tuple(found)


def _title(file: Path) -> str | None:
    """The title, or None if the file holds no conversation."""
    try:
        if file.suffix == SUFFIX:
            return _journal_title(file)
        turns = json.loads(file.read_bytes()) if file.stat().st_size <= MAX_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return None
    asked = next((turn.get("content") for turn in turns if turn.get("role") == "user"), "")
    return printable(" ".join(asked.split())) if isinstance(asked, str) else None


def _journal_title(file: Path) -> str | None:
    with file.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        rest = file.stat().st_size - len(head)
        stream.seek(max(len(head), len(head) + rest - TAIL_BYTES))
        tail = stream.read(TAIL_BYTES)
    lines = [*head.split(b"\n"), *tail.split(b"\n")]
    named = next((line for line in reversed(lines) if line.startswith(b'{"kind": "title"')), b"")
    asked = next((line for line in lines if b'"role": "user"' in line), b"")
    found = parse_lines([lines[0], asked, named])
    if found is None:
        return None
    first = next((turn.content for turn in found.turns.values() if turn.parent is None), "")
    return printable(" ".join((found.title or first).split()))


def _search(file: Path, title: str, words: list[str]) -> str | None:
    """The text around the first word, in the title or the first turn that contains all words; None if none does."""
    try:
        plain = file.read_bytes().decode(errors="replace").casefold()
        if not all(word in plain or '"' in word or "\\" in word for word in words):
            return None
        texts = [title, *(turn.content for turn in read_contents(file).turns.values())]
    except (OSError, LabtopError):
        return None
    for text in texts:
        folded = text.casefold()
        if all(word in folded for word in words):
            start = max(0, folded.index(words[0]) - EXCERPT // 2)
            return printable(" ".join(text[start : start + EXCERPT].split()))
    return None


class SessionStore:
    """The conversations in one folder. A conversation is named by its id, the beginning of it, or `last`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self) -> Session:
        """A new conversation, whose file is created with its first turn."""
        return Session(folder=self.folder)

    def list(self, limit: int = 500, search: str = "") -> tuple[SavedSession, ...]:
        """See `list_sessions`."""
        return list_sessions(self.folder, limit, search)

    def find(self, name: str) -> SavedSession:
        """The conversation with a name. Raises LabtopError when there is none, or several."""
        sessions = self.list(limit=100_000)
        if name == "last" and sessions:
            return sessions[0]
        found = [each for each in sessions if each.id == name] or [
            each for each in sessions if each.id.removeprefix("chat_").startswith(name.removeprefix("chat_"))
        ]
        if len({each.id for each in found}) == 1:  # a journal that was made of a list of messages comes first
            return max(found, key=lambda each: each.file.suffix == SUFFIX)
        raise LabtopError(
            f"{len(found)} conversations have ids that begin with {name}."
            if found
            else f"There is no conversation {name} in {self.folder}.",
            hint="`labtop model chat --list-sessions` shows all, and so does /ls in a chat.",
        )

    def open(self, name: str) -> Session:
        """Resume a conversation. An older one, saved as a list of messages, becomes a journal. Raises LabtopError."""
        file = self.find(name).file
        if file.suffix == SUFFIX:
            return Session.open(file)
        session = Session()
        session.load(file, save_to=None)
        journal = file.with_suffix(SUFFIX)
        if journal.exists():
            journal = transcript_file(self.folder, time.time())
        session.save(journal)
        with suppress(OSError):
            file.unlink()
        return Session.open(journal)

    def rename(self, name: str, title: str) -> None:
        """Name a conversation. Raises LabtopError."""
        with self.open(name) as session:
            session.rename(title)

    def remove(self, name: str) -> SavedSession:
        """Delete a conversation. Raises LabtopError."""
        found = self.find(name)
        with Session.open(found.file):  # not while another process writes it
            try:
                found.file.unlink()
            except OSError as error:
                raise disk_error(error, f"removing {found.file}") from error
        return found
