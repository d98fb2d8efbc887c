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
    """The turns so far. With a `file`, every change is saved at once."""

    def __init__(self, system_prompt: str = "", file: Path | None = None) -> None:
        self.system_prompt = system_prompt
        self.file = file
        self._turns: list[Message] = []

    @classmethod
    def open(cls, file: Path) -> Session:
        """Resume the conversation saved in a file, or start one that is saved there. Raises LabtopError."""
        session = cls(file=file)
        if file.exists():
            session.load(file, save_to=file)
        return session

    @property
    def turns(self) -> tuple[Message, ...]:
        """The turns of user and assistant."""
        return tuple(self._turns)

    def messages(self) -> list[dict[str, str]]:
        """The messages of a request, starting with the system prompt if there is one."""
        system = [Message(role="system", content=self.system_prompt)] if self.system_prompt else []
        return [message.model_dump() for message in [*system, *self._turns]]

    def append(self, role: Literal["user", "assistant"], content: str) -> None:
        self._turns.append(Message(role=role, content=content))
        self._keep()

    def drop_last(self) -> None:
        """Remove the last turn, a question without an answer."""
        del self._turns[-1:]
        self._keep()

    def reset(self, save_to: Path | None) -> None:
        """Start again with the same system prompt in another file; the old file keeps the old conversation."""
        self._turns.clear()
        self.file = save_to

    def save(self, file: Path) -> None:
        """Write the conversation. Raises LabtopError."""
        write_atomic(file, json.dumps(self.messages(), ensure_ascii=False, indent=2) + "\n", private=True)

    def load(self, file: Path, save_to: Path | None) -> None:
        """Resume a saved conversation. Raises LabtopError without changing anything."""
        try:
            text = file.read_bytes()
        except OSError as error:
            raise disk_error(error, f"reading the conversation {file}") from error
        try:
            loaded = _MESSAGES.validate_json(text)
        except ValidationError as error:
            raise LabtopError(
                f"{file} is not a saved conversation.",
                hint='It must be a JSON list of {"role": "user", "content": "…"}.',
            ) from error
        self.system_prompt = "\n".join(message.content for message in loaded if message.role == "system")
        self._turns = [message for message in loaded if message.role != "system"]
        self.file = save_to

    def _keep(self) -> None:
        if self.file is not None:
            self.save(self.file)


def transcript_file(folder: Path, now: float) -> Path:
    """A new file for a conversation that starts `now` (seconds since 1970)."""
    stamp = time.strftime("%Y-%m-%dT%H_%M_%S", time.localtime(now))
    file = folder / f"chat_{stamp}.json"
    number = 2
    while file.exists():
        file = folder / f"chat_{stamp}_{number}.json"
        number += 1
    return file
