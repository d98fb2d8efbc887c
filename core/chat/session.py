"""A conversation: its messages, its system prompt, and its file, a JSON list of {role, content}."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from core.errors import LabtopError, disk_error
from core.files import write_atomic


class Message(BaseModel):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: str


_MESSAGES = TypeAdapter(list[Message])


class Session:
    """The turns so far. With a `file`, every change is on the disk at once."""

    def __init__(self, system_prompt: str = "", file: Path | None = None) -> None:
        self.system_prompt = system_prompt
        self.file = file
        self._turns: list[Message] = []

    @classmethod
    def open(cls, file: Path) -> Session:
        """Go on with a saved conversation, or begin one that is saved there. Raises LabtopError."""
        session = cls(file=file)
        if file.exists():
            session.load(file, kept_in=file)
        return session

    @property
    def turns(self) -> tuple[Message, ...]:
        """What user and assistant have said."""
        return tuple(self._turns)

    def messages(self) -> list[dict[str, str]]:
        """All that a request carries, the system prompt first if there is one."""
        system = [Message(role="system", content=self.system_prompt)] if self.system_prompt else []
        return [message.model_dump() for message in [*system, *self._turns]]

    def append(self, role: Literal["user", "assistant"], content: str) -> None:
        self._turns.append(Message(role=role, content=content))
        self._keep()

    def drop_last(self) -> None:
        """Take the last turn back: a question that got no answer."""
        del self._turns[-1:]
        self._keep()

    def reset(self, kept_in: Path | None) -> None:
        """Begin anew with the same system prompt, in another file: the old one keeps the old conversation."""
        self._turns.clear()
        self.file = kept_in

    def save(self, file: Path) -> None:
        """Write the conversation. Raises LabtopError."""
        write_atomic(file, json.dumps(self.messages(), ensure_ascii=False, indent=2) + "\n", private=True)

    def load(self, file: Path, kept_in: Path | None) -> None:
        """Go on with a saved conversation. Raises LabtopError, and then nothing has changed."""
        try:
            text = file.read_bytes()
        except OSError as error:
            raise disk_error(error, f"reading the conversation {file}") from error
        try:
            loaded = _MESSAGES.validate_json(text)
        except ValidationError as error:
            raise LabtopError(
                f"{file} is no saved conversation.",
                hint='It must be a JSON list of {"role": "user", "content": "…"}.',
            ) from error
        self.system_prompt = "\n".join(message.content for message in loaded if message.role == "system")
        self._turns = [message for message in loaded if message.role != "system"]
        self.file = kept_in

    def _keep(self) -> None:
        if self.file is not None:
            self.save(self.file)


def transcript_file(folder: Path, now: float) -> Path:
    """A file of its own for a conversation that begins `now` (seconds since 1970)."""
    stamp = time.strftime("%Y-%m-%dT%H_%M_%S", time.localtime(now))
    file = folder / f"chat_{stamp}.json"
    number = 2
    while file.exists():
        file = folder / f"chat_{stamp}_{number}.json"
        number += 1
    return file
