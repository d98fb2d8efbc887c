"""What the slash commands that list something show, the same in the terminal and in the workbench."""

from __future__ import annotations

from core.chat.commands import Command
from core.chat.contexts import contexts
from core.chat.session import Session
from core.errors import LabtopError
from core.figures import counted
from core.printable import printable

SETTINGS = ("temperature", "seed", "max_tokens")

QUESTION = 60
"""Characters of a question that are shown."""

Rows = list[tuple[str, ...]]


def context_rows(session: Session, no_prompt: str) -> Rows:
    """The name and the system prompt of each context; a star marks the one in use."""
    current = session.settings
    prompts = {each.name: each.prompt or no_prompt for each in contexts()}
    prompts.setdefault(current.context, current.system_prompt)
    return [(f"{'*' if name == current.context else ' '} {name}", text) for name, text in prompts.items()]


def setting_rows(session: Session, command: Command) -> Rows:
    """The settings of the conversation, after changing the one that the command names. Raises LabtopError."""
    name, _, value = command.argument.partition(" ")
    if name:
        if name not in SETTINGS:
            raise LabtopError(f"There is no setting {name}.", hint=f"There are {', '.join(SETTINGS)}.")
        session.change(**{name: None if value.strip() in ("", "default") else value.strip()})
    shown = ((name, getattr(session.settings, name)) for name in SETTINGS)
    return [(name, "default" if value is None else f"{value}") for name, value in shown]


def show_branch(session: Session, command: Command) -> None:
    """Continue in the branch whose number the command names. Raises LabtopError."""
    number, ends = command.number(), session.branches
    if number > len(ends):
        raise LabtopError(f"This conversation has no branch {number}: it has {len(ends)}.")
    session.show(ends[number - 1].id)


def branch_rows(session: Session) -> Rows:
    """The number, length and last question of each branch; a star marks the current one."""
    current = session.turns[-1:]
    rows: Rows = []
    for number, end in enumerate(session.branches, start=1):
        path = session.path_to(end.id)
        asked = next((turn.content for turn in reversed(path) if turn.role == "user"), "")
        mark = "*" if current and current[0] in path else " "
        rows.append((f"{mark} {number}", counted(len(path), "turn"), one_line(asked)))
    return rows


def one_line(text: str) -> str:
    """The beginning of a text on one line, for a list."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= QUESTION else f"{line[: QUESTION - 1]}…"
