"""Contexts: system prompts with names. The user's own are files in a folder of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core import paths
from core.chat.turns import DEFAULT_CONTEXT
from core.errors import LabtopError

CUSTOM = "custom"
"""The name of a system prompt that was written for one conversation."""

MAX_PROMPT_BYTES = 1_000_000

SUFFIXES = (".md", ".txt")

_CLI_HELPER = (
    "You are an expert of the Linux command line. Answer each request with the shell command that does it, and nothing"
    " else: no explanation, no comment, no code fence. If several commands are needed, join them with &&."
)


@dataclass(frozen=True)
class ChatContext:
    """A named system prompt."""

    name: str
    prompt: str
    """Empty: the model's chat template decides."""
    file: Path | None = None
    """Of one of the user's own."""


def contexts(folder: Path | None = None) -> tuple[ChatContext, ...]:
    """All contexts: `default`, `cli_helper`, and the files NAME.md or NAME.txt of the folder, by name.

    A file may replace a context of the same name. Files that cannot be read are left out.
    """
    found = {
        DEFAULT_CONTEXT: ChatContext(DEFAULT_CONTEXT, ""),
        "cli_helper": ChatContext("cli_helper", _CLI_HELPER),
    }
    own = folder or contexts_folder()
    try:
        files = sorted(file for file in own.iterdir() if file.suffix in SUFFIXES and file.name[0] != ".")
    except OSError:
        files = []
    for file in files:
        try:
            if file.stem != CUSTOM and file.is_file() and file.stat().st_size <= MAX_PROMPT_BYTES:
                found[file.stem] = ChatContext(file.stem, file.read_text(encoding="utf-8").strip(), file)
        except (OSError, UnicodeError):
            continue
    return tuple(found.values())


def contexts_folder() -> Path:
    """The folder of the user's own contexts."""
    return paths.current().config_dir / "contexts"


def resolve_context(text: str, folder: Path | None = None) -> ChatContext:
    """The context with a name, or a custom one for a text of several words. Raises LabtopError for an unknown name."""
    text = text.strip()
    known = contexts(folder)
    found = next((context for context in known if context.name == text), None)
    if found is not None:
        return found
    if len(text.split()) > 1:
        return ChatContext(CUSTOM, text)
    raise LabtopError(
        f"There is no context {text}; there are {', '.join(context.name for context in known)}.",
        hint=f"Add {folder or contexts_folder()}/{text or 'NAME'}.md, or write a system prompt of several words.",
    )
