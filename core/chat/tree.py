"""Reading a conversation: a tree of turns, of which one branch is the current one."""

from __future__ import annotations

from core.chat.journal import Contents
from core.chat.turns import ChatSettings, Role, Turn
from core.errors import LabtopError


class TurnTree:
    """The turns of a conversation, and its settings."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents

    @property
    def all_turns(self) -> tuple[Turn, ...]:
        """The turns of all branches, in the order in which they were written."""
        return tuple(self._contents.turns.values())

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the current branch, the first question first."""
        return self.path_to(self._contents.position)

    def path_to(self, turn: int | None) -> tuple[Turn, ...]:
        """The turns from the first question to one turn."""
        path: list[Turn] = []
        while turn is not None:
            path.append(self._contents.turns[turn])
            turn = path[-1].parent
        return tuple(reversed(path))

    @property
    def unanswered(self) -> Turn | None:
        """The question at the end of the current branch that has no answer: it can be sent again."""
        last = self._last()
        return last if last is not None and last.role == "user" else None

    def alternatives(self, turn: int) -> tuple[Turn, ...]:
        """The turns that follow the same turn as this one, itself included, oldest first."""
        parent = self.turn(turn).parent
        return tuple(other for other in self.all_turns if other.parent == parent)

    @property
    def branches(self) -> tuple[Turn, ...]:
        """The last turn of each branch, oldest first; `show` makes its branch the current one."""
        followed = {turn.parent for turn in self.all_turns}
        return tuple(turn for turn in self.all_turns if turn.id not in followed)

    def nth_last(self, role: Role, number: int) -> Turn:
        """A turn of the current branch, counted from the last of its role, which is 1. Raises LabtopError."""
        found = [turn for turn in self.turns if turn.role == role]
        if not 1 <= number <= len(found):
            what = "question" if role == "user" else "answer"
            raise LabtopError(f"This conversation has no {what} {number}: it has {len(found)}.")
        return found[-number]

    def turn(self, turn: int) -> Turn:
        """A turn by its id. Raises LabtopError."""
        found = self._contents.turns.get(turn)
        if found is None:
            raise LabtopError(f"The conversation has no turn {turn}.")
        return found

    @property
    def title(self) -> str:
        """The name, by default the first question on one line; empty if there is neither."""
        if self._contents.title:
            return self._contents.title
        first = next((turn for turn in self.turns if turn.role == "user"), None)
        return " ".join(first.content.split()) if first else ""

    @property
    def settings(self) -> ChatSettings:
        return self._contents.settings

    def messages(self) -> list[dict[str, str]]:
        """The messages of a request, starting with the system prompt if there is one."""
        prompt = self.settings.system_prompt
        system = [{"role": "system", "content": prompt}] if prompt else []
        return [*system, *({"role": turn.role, "content": turn.content} for turn in self.turns)]

    def _last(self) -> Turn | None:
        position = self._contents.position
        return None if position is None else self._contents.turns[position]
