"""The prompts of a run that got no answer, and why: a file of JSON lines next to the run's datasets."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.errors import disk_error


class DeadLetters:
    """Collects them during a run; `finish` makes the file appear, if there were any."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unanswered = 0
        """Those that the same command asks again."""
        self._part = path.with_name(f".{path.name}.part")
        self._file: IO[str] | None = None

    def add(self, leaf: str, block: str, prompt: str, reason: str, message: str, *, final: bool) -> None:
        """Note a prompt. With `final` it is not asked again."""
        self.unanswered += not final
        record = {
            "leaf": leaf, "block": block, "reason": reason, "message": message, "asked_again": not final,
            "prompt": prompt,
        }  # fmt: skip
        try:
            if self._file is None:
                self._part.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._part.open("w", encoding="utf-8")
            self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        except OSError as error:
            raise disk_error(error, f"writing {self.path}") from error

    def finish(self) -> str | None:
        """The file's path, or None when every prompt was answered; then a file of an earlier attempt goes."""
        try:
            if self._file is None:
                self.path.unlink(missing_ok=True)
                return None
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self.path)
        except OSError as error:
            raise disk_error(error, f"writing {self.path}") from error
        return str(self.path)

    def discard(self) -> None:
        """Leave nothing half written, when the run ended in another way."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
                self._part.unlink(missing_ok=True)
