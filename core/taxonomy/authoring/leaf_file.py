"""A leaf's file as it was read, so that saving does not overwrite changes by other programs unnoticed."""

from __future__ import annotations

import difflib
import itertools
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import LabtopError
from core.files import write_atomic
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.format.reader import read_text

EDITABLE_CHARACTERS = 400_000
"""Ten times the largest known leaf; beyond it the editor becomes slow."""

DIFF_LINES = 500
"""The most lines of a diff that are shown."""


@dataclass
class LeafFile:
    """One open file; `text` is its content when it was last read or saved."""

    path: Path
    text: str
    missing: bool = False
    """Whether the file does not exist yet; saving creates it."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def open(cls, path: Path) -> LeafFile:
        """Read a leaf. Raises LabtopError when it cannot be edited."""
        text = read_text(path)
        if isinstance(text, Finding):
            raise LabtopError(f"{path} cannot be opened: {text.message}.", hint=text.hint)
        if len(text) > EDITABLE_CHARACTERS:
            raise LabtopError(
                f"{path} is too long to edit here.", hint="Long texts belong in documents, not in a leaf."
            )
        return cls(path, text)

    @classmethod
    def open_or_new(cls, path: Path) -> LeafFile:
        """Read a file, or start a new one if it does not exist."""
        return cls.open(path) if os.path.lexists(path) else cls(path, "", missing=True)

    def changed_on_disk(self) -> bool:
        """Whether another program has written or removed the file since it was read or saved."""
        with self._lock:
            if self.missing:
                return os.path.lexists(self.path)
            return read_text(self.path) != self.text

    def differences(self, text: str) -> list[str]:
        """A unified diff from the file on disk to a text, without its header, cut to `DIFF_LINES`."""
        there = read_text(self.path)
        if isinstance(there, Finding):
            return []
        lines = difflib.unified_diff(there.splitlines(), text.splitlines(), lineterm="", n=1)
        return list(itertools.islice(lines, 2, DIFF_LINES))

    def save(self, text: str) -> None:
        """Replace the file atomically and sync it to disk. Raises LabtopError."""
        if (
            self.path.exists() and not self.path.stat().st_mode & 0o222
        ):  # an atomic replacement would ignore the protection
            raise LabtopError(f"{self.path} is write-protected.", hint=f"chmod u+w {self.path}")
        with self._lock:
            write_atomic(self.path, text, sync=True)
            self.text, self.missing = text, False
