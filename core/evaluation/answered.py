"""A cache of answered questions, keyed by content: what a killed evaluation has done is not done again.

One file of JSON Lines for each model (or judge), to which answers are appended as they arrive. A line that a killed
process or a full disk left incomplete is ignored. For example:

    with AnswerCache(folder / "answers", model_digest) as cache:
        key = answer_key(question, parameters)
        if (answer := cache.get(key)) is None:
            cache.add(key, answer := ask(question))
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import disk_error

SYNC_SECONDS = 1.0
"""Answers are written at once, and synced to the disk at most this often."""

FOLDER = "answers"
"""In the output folder of an evaluation."""


def answer_key(*content: object) -> str:
    """A hash of JSON values: the question, and every parameter that its answer depends on but the model."""
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]


class AnswerCache:
    """The answers of the model with a digest, or of several that are identified by a text."""

    def __init__(self, folder: Path, model: bytes | str) -> None:
        name = model.hex() if isinstance(model, bytes) else sha256(model.encode()).hexdigest()
        self.file = folder / f"{name[:32]}.jsonl"
        self._answers: dict[str, Any] = {}
        self._synced = 0.0

    def __enter__(self) -> Self:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.file.open("ab+")
            self._read()
        except OSError as error:
            raise disk_error(error, f"opening {self.file}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.fsync(self._stream.fileno())
        finally:
            self._stream.close()

    def get(self, key: str) -> Any:
        """The answer to a question; None if there is none."""
        return self._answers.get(key)

    def add(self, key: str, answer: Any) -> None:
        """Store an answer, a JSON value other than null."""
        self.add_all({key: answer})

    def add_all(self, answers: dict[str, Any]) -> None:
        """Store several answers."""
        lines = [json.dumps([key, answer], ensure_ascii=False) for key, answer in answers.items()]
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        try:
            # Two evaluations may share the file; appending under a lock keeps their lines whole.
            fcntl.flock(self._stream, fcntl.LOCK_EX)
            try:
                self._stream.write(data)
                self._stream.flush()
            finally:
                fcntl.flock(self._stream, fcntl.LOCK_UN)
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fsync(self._stream.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise disk_error(error, f"writing {self.file}") from error
        self._answers |= answers

    def __len__(self) -> int:
        return len(self._answers)

    def _read(self) -> None:
        self._stream.seek(0)
        content = self._stream.read()
        for line in content.split(b"\n"):
            try:
                key, answer = json.loads(line)
            except (ValueError, TypeError, RecursionError):
                continue
            if isinstance(key, str):
                self._answers[key] = answer
        if content and not content.endswith(b"\n"):  # the next line must not continue an incomplete one
            self._stream.write(b"\n")
            self._stream.flush()
