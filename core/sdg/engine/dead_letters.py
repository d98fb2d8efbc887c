"""The prompts of a run without a reply, and why: a file of JSON lines next to the run's datasets."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TextIO

from core.errors import disk_error
from core.files import atomic_file


class DeadLetters:
    """Collects prompts during a run; the file appears at its end, if there are any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unanswered = 0
        """Prompts that the same command requests again."""
        self._writing = ExitStack()
        self._file: TextIO | None = None

    def add(self, leaf: str, block: str, prompt: str, reason: str, message: str, *, final: bool) -> None:
        """Record a prompt. With `final` it is not requested again."""
        self.unanswered += not final
        record = {
            "leaf": leaf, "block": block, "reason": reason, "message": message, "asked_again": not final,
            "prompt": prompt,
        }  # fmt: skip
        if self._file is None:
            self._file = self._writing.enter_context(atomic_file(self.path, sync=True, single_writer=True))
        try:
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise disk_error(error, f"writing {self.path}") from error

    def finish(self) -> str | None:
        """The file's path; without any prompt None, and the file of an earlier attempt is deleted."""
        self._writing.close()
        if self._file is not None:
            return str(self.path)
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, f"deleting {self.path}") from error
        return None

    def discard(self) -> None:
        """Discard the file of a run that did not finish."""
        with suppress(_DiscardedError), self._writing:
            raise _DiscardedError


class _DiscardedError(Exception):
    """Ends the writing of a file that is not wanted."""
