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
    ("/n", "begin a new conversation"),
    ("/c [TEXT]", "show the context (system prompt), or set it; /c default removes it"),
    ("/s FILE", "save the conversation"),
    ("/l FILE", "go on with a saved conversation"),
    ("/q, exit", "leave"),
)

DEFAULT_CONTEXT = "default"
"""The context without a system prompt: what the model's own template makes of it."""


@dataclass(frozen=True)
class Command:
    """What a line asks for when it is no question."""

    name: Name
    argument: str = ""


def parse(line: str) -> Command | None:
    """The command in a line; None when the line is a question.

    A slash with a word that is no command is a mistake rather than a question, unless it is a path like /etc/fstab.
    """
    word, _, argument = line.strip().partition(" ")
    name = _NAMES.get(word)
    if name is not None and (word.startswith("/") or not argument):
        return Command(name, argument.strip())
    if word.startswith("/") and word.count("/") == 1:
        return Command("unknown", word)
    return None
