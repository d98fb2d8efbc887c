"""The chat's slash commands, the same in the terminal and in the workbench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["help", "quit", "new", "save", "load", "context", "unknown"]

_NAMES: dict[str, Name] = {
    "/h": "help",
    "/help": "help",
    "/q": "quit",
    "/quit": "quit",
    "/exit": "quit",
    "exit": "quit",
    "quit": "quit",
    "/n": "new",
    "/s": "save",
    "/l": "load",
    "/c": "context",
}

HELP = (
    ("/h", "show this help"),
    ("/n", "start a new conversation"),
    ("/c [TEXT]", "show the context (system prompt), or set it; /c default removes it"),
    ("/s FILE", "save the conversation"),
    ("/l FILE", "resume a saved conversation"),
    ("/q, exit", "quit"),
)

DEFAULT_CONTEXT = "default"
"""The name of the context without a system prompt, with which the model's template decides."""


@dataclass(frozen=True)
class Command:
    """A line that is a command instead of a question."""

    name: Name
    argument: str = ""


def parse(line: str) -> Command | None:
    """The command in a line; None when the line is a question.

    A slash with an unknown word is a mistyped command, unless it is a path like /etc/fstab.
    """
    word, _, argument = line.strip().partition(" ")
    name = _NAMES.get(word)
    if name is not None and (word.startswith("/") or not argument):
        return Command(name, argument.strip())
    if word.startswith("/") and word.count("/") == 1:
        return Command("unknown", word)
    return None
