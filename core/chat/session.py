"""A conversation: a tree of turns with a current branch, its settings, and its file, written as it happens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError

from core.chat.journal import (
    IN_USE,
    SUFFIX,
    Contents,
    Journal,
    opening_record,
    position_record,
    read_contents,
    settings_record,
    title_record,
    turn_record,
)
from core.chat.tree import TurnTree
from core.chat.turns import ChatSettings, Figures, Role, Turn
from core.errors import LabtopError
from core.files import write_atomic


class Session(TurnTree):
    """The turns so far. With a `file`, every change is saved at once.

    A file with the suffix `.jsonl` is a journal with all branches, settings and figures. Any other one holds the
    messages of the current branch, in InstructLab's format.
    """

    def __init__(self, system_prompt: str = "", file: Path | None = None, folder: Path | None = None) -> None:
        """With a `folder`, a new file in it is used, and another one if a second process has chosen the same."""
        super().__init__(Contents())
        if system_prompt:
            self._contents.settings = ChatSettings(context="custom", system_prompt=system_prompt)
        self._journal: Journal | None = None
        self._opened = False
        """Whether the journal has its first line."""
        self._folder = folder
        self.file = file if folder is None else transcript_file(folder, time.time())

    @classmethod
    def open(cls, file: Path) -> Self:
        """Resume the conversation saved in a file, or start one that is saved there. Raises LabtopError."""
        session = cls()
        if file.exists() and file.stat().st_size:
            session.load(file, save_to=file)
        else:
            session.file = file
        return session

    @property
    def file(self) -> Path | None:
        """Where it is saved."""
        return self._file

    @file.setter
    def file(self, file: Path | None) -> None:
        self.close()
        self._file = file
        self._opened = False
        self._journal = Journal(file) if file is not None and file.suffix == SUFFIX else None
        self._version = _version(file)

    def close(self) -> None:
        """Release the file, so that another process can resume the conversation."""
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def system_prompt(self) -> str:
        return self.settings.system_prompt

    @system_prompt.setter
    def system_prompt(self, text: str) -> None:
        self.change(context="custom" if text else "default", system_prompt=text)

    def change(self, **settings: Any) -> None:
        """Change some of the fields of `settings`. Raises LabtopError when the file cannot be written."""
        try:
            changed = ChatSettings.model_validate({**self.settings.model_dump(), **settings})
        except ValidationError as error:
            wrong = error.errors()[0]
            raise LabtopError(f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}.") from error
        if changed != self.settings:
            self._contents.settings = changed
            if self._opened:
                self._record(settings_record(changed))
            elif self._contents.turns:
                self._keep()

    def rename(self, title: str) -> None:
        """Name the conversation; an empty title restores the first question."""
        self._contents.title = " ".join(title.split()) or None
        self._record(title_record(self._contents.title))

    def append(
        self,
        role: Role,
        content: str,
        *,
        model: str | None = None,
        figures: Figures | None = None,
        left_out: int = 0,
        sources: tuple[str, ...] = (),
    ) -> Turn:
        """Add a turn to the current branch. A question replaces one without an answer, which stays as an alternative.

        The turn is added also when the file cannot be written, which raises LabtopError.
        """
        last = self._last()
        if last is not None and last.role == role:
            if role == "assistant":
                raise ValueError("an answer must follow a question")
            parent = last.parent
        else:
            parent = last.id if last is not None else None
        turn = Turn(
            id=max(self._contents.turns, default=0) + 1,
            parent=parent,
            role=role,
            content=content,
            time=time.time(),
            model=model,
            figures=figures,
            left_out=left_out,
            sources=sources,
        )
        self._contents.turns[turn.id] = turn
        self._contents.position = turn.id
        self._record(turn_record(turn))
        return turn

    def drop_last(self) -> None:
        """Leave the last turn out of the current branch."""
        last = self._last()
        if last is not None:
            self._move(last.parent)

    def continue_from(self, turn: int | None) -> None:
        """Let the next question follow this turn (an answer), or start the conversation again with None.

        Later turns stay as another branch.
        """
        self._move(None if turn is None else self.turn(turn).id)

    def edit(self, turn: int, content: str) -> Turn:
        """Ask a question in other words: a new branch, which begins before this question."""
        edited = self.turn(turn)
        if edited.role != "user":
            raise LabtopError("Only a question can be edited.")
        self._contents.position = edited.parent
        return self.append("user", content)

    def ask_again(self) -> Turn:
        """Make the last question of the current branch unanswered; an answer that it has stays as an alternative."""
        asked = self.nth_last("user", 1)
        self._move(asked.id)
        return asked

    def show(self, turn: int) -> None:
        """Make the branch with this turn the current one, to the newest turn after it."""
        end = self.turn(turn).id
        newest = {other.parent: other.id for other in self.all_turns}
        while end in newest:
            end = newest[end]
        self._move(end)

    def reset(self, save_to: Path | None, keep: Iterable[Turn] = ()) -> None:
        """Start again with the same settings in another file; the old file keeps the old conversation.

        The turns to `keep` (a branch) begin the new one.
        """
        settings = self.settings
        self.file = save_to
        self._contents = Contents(settings=settings)
        for turn in keep:
            number = len(self._contents.turns) + 1
            self._contents.turns[number] = turn.model_copy(update={"id": number, "parent": number - 1 or None})
            self._contents.position = number

    def save(self, file: Path) -> None:
        """Write a copy: the current branch as a list of messages, or all of it if the name ends with `.jsonl`."""
        if file.suffix == SUFFIX:
            text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in self._records())
        else:
            text = json.dumps(self.messages(), ensure_ascii=False, indent=2) + "\n"
        write_atomic(file, text, private=True)

    def load(self, file: Path, save_to: Path | None) -> None:
        """Resume a saved conversation. Raises LabtopError without changing anything."""
        if file == save_to == self._file:  # read again
            self._contents = read_contents(file)
            self._version = _version(file)
            return
        journal = Journal(file) if save_to == file and file.suffix == SUFFIX else None
        if journal is not None:
            journal.lock()
        try:
            contents = read_contents(file)
            if save_to == file and contents.is_journal != (journal is not None):
                raise LabtopError(
                    f"{file} would be overwritten in another format.",
                    hint="Name a conversation with all its branches .jsonl, and a list of messages .json.",
                )
        except LabtopError:
            if journal is not None:
                journal.close()
            raise
        self.file = save_to
        self._contents = contents
        if journal is not None:
            self._journal, self._opened = journal, True

    def _move(self, position: int | None) -> None:
        if position != self._contents.position:
            self._contents.position = position
            self._record(position_record(position))

    def _records(self) -> list[dict[str, Any]]:
        contents = self._contents
        turns = contents.turns.values()
        return [
            opening_record(contents.created or time.time()),
            settings_record(contents.settings),
            *([title_record(contents.title)] if contents.title else []),
            *map(turn_record, turns),
            *([position_record(contents.position)] if contents.position != max(contents.turns, default=None) else []),
        ]

    def _record(self, record: dict[str, Any]) -> None:
        """Save a change."""
        if self._journal is None:
            self._keep()
        elif self._opened:
            self._journal.append(record)
        else:
            self._opened = True
            try:
                self._journal.append(*self._records())
            except LabtopError as error:
                if error.code != IN_USE or self._folder is None or self._file is None:
                    raise
                self.file = transcript_file(self._folder, time.time())
                self._record(record)

    def _keep(self) -> None:
        """Write the list of messages, unless another chat wrote the file after us."""
        if self._file is None or self._journal is not None:
            return
        if _version(self._file) not in (None, self._version):
            raise LabtopError(
                f"{self._file} was changed by another chat; this conversation is not saved there.",
                hint="Save it to another file with /s FILE.",
                code=IN_USE,
            )
        self.save(self._file)
        self._version = _version(self._file)


def _version(file: Path | None) -> tuple[int, int, int] | None:
    """What changes with each writing of a file; None if there is no file."""
    try:
        status = None if file is None else file.stat()
    except OSError:
        return None
    return None if status is None else (status.st_ino, status.st_mtime_ns, status.st_size)


def transcript_file(folder: Path, now: float) -> Path:
    """A new file for a conversation that starts `now` (seconds since 1970)."""
    stamp = time.strftime("%Y-%m-%dT%H_%M_%S", time.localtime(now))
    file = folder / f"chat_{stamp}{SUFFIX}"
    number = 2
    while file.exists() or file.with_suffix(".json").exists():
        file = folder / f"chat_{stamp}_{number}{SUFFIX}"
        number += 1
    return file
