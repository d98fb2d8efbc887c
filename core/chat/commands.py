"""The chat's slash commands, the same in the terminal and in the workbench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import LabtopError

Name = Literal[
    "help",
    "quit",
    "new",
    "new-empty",
    "model",
    "context",
    "contexts",
    "multiline",
    "multiline-toggle",
    "display",
    "plain",
    "markdown",
    "save",
    "load",
    "load-kept",
    "retry",
    "edit",
    "branch",
    "branches",
    "set",
    "sessions",
    "open",
    "title",
    "export",
    "copy",
    "unknown",
]

_NAMES: dict[str, Name] = {
    "/h": "help",
    "/help": "help",
    "/q": "quit",
    "/quit": "quit",
    "/exit": "quit",
    "exit": "quit",
    "quit": "quit",
    "/n": "new",
    "/N": "new-empty",
    "/a": "model",
    "/c": "context",
    "/lc": "contexts",
    "/m": "multiline",
    "/M": "multiline-toggle",
    "/d": "display",
    "/p": "plain",
    "/md": "markdown",
    "/s": "save",
    "/l": "load",
    "/L": "load-kept",
    "/r": "retry",
    "/e": "edit",
    "/b": "branch",
    "/lb": "branches",
    "/set": "set",
    "/ls": "sessions",
    "/o": "open",
    "/t": "title",
    "/x": "export",
    "/y": "copy",
}

HELP = (
    ("/h", "show this help"),
    ("/a MODEL", "talk to another model of the endpoint, in a new conversation"),
    ("/c [NAME|TEXT]", "show the context (system prompt), or set it: a name of /lc, or a text"),
    ("/lc", "list all contexts with their system prompts"),
    ("/m", "write the next question on several lines; Alt+Enter or Esc Enter ends it"),
    ("/M", "switch between questions on one line and on several lines"),
    ("/n, /N", "start a new conversation; /N without what /L loaded"),
    ("/r", "send the last question again, for another answer"),
    ("/e [N]", "edit the N-th last question and send it: a new branch"),
    ("/b N", "continue after the N-th last answer: a new branch with the next question"),
    ("/lb [N]", "list the branches, or continue in branch N"),
    ("/set [NAME VALUE]", "show or set temperature, seed or max_tokens of this conversation"),
    ("/d [N]", "display the N-th last answer again; /md N as Markdown, /p N as plain text"),
    ("/y [N]", "copy the N-th last answer to the clipboard"),
    ("/s FILE", "save the conversation; with .jsonl all of its branches"),
    ("/l FILE", "resume a saved conversation; /L keeps it also after /n"),
    ("/ls [WORDS]", "list the saved conversations, or those that contain words"),
    ("/o ID", "open one of them; 'last' is the newest"),
    ("/t TITLE", "name the conversation"),
    ("/x FILE", "export it: .md for Markdown, .jsonl for training data"),
    ("/q, exit", "quit"),
)

NEEDS: dict[Name, str] = {
    "model": "/a tiny-student",
    "save": "/s notes.json",
    "load": "/l notes.json",
    "load-kept": "/L notes.json",
    "open": "/o last",
    "branch": "/b 2",
    "title": "/t Moons of Vella",
    "export": "/x notes.md",
}
"""Commands that need an argument, with an example."""


_WHAT: dict[Name, str] = {"model": "a model", "open": "an id", "branch": "a number", "title": "a title"}


@dataclass(frozen=True)
class Command:
    """A line that is a command instead of a question."""

    name: Name
    argument: str = ""

    def number(self) -> int:
        """The argument as the number of an answer or a question, counted from the last; 1 without one.

        Raises LabtopError.
        """
        if not self.argument:
            return 1
        if not (self.argument.isascii() and self.argument.isdigit() and int(self.argument[:9]) > 0):
            raise LabtopError(f"{self.argument} is not a number.", hint="1 is the last one, 2 the one before it.")
        return int(self.argument)


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


def require_argument(command: Command) -> str:
    """The argument of a command that needs one. Raises LabtopError."""
    if not command.argument:
        example = NEEDS[command.name]
        what = _WHAT.get(command.name, "a file name")
        raise LabtopError(f"{example.split()[0]} needs {what}.", hint=f"For example: {example}")
    return command.argument
