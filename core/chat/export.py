"""Conversations as Markdown for people, and as a sample of training data."""

from __future__ import annotations

import json
import time
from pathlib import Path

from core.chat.session import Session
from core.errors import LabtopError
from core.files import write_atomic
from core.printable import printable, printable_lines


def as_markdown(session: Session) -> str:
    """The current branch, with a heading for each turn."""
    lines = [f"# {printable(session.title) or 'Conversation'}", ""]
    if session.system_prompt:
        lines += ["## System prompt", "", printable_lines(session.system_prompt), ""]
    for turn in session.turns:
        who = "Question" if turn.role == "user" else f"Answer of {printable(turn.model)}" if turn.model else "Answer"
        when = f", {time.strftime('%Y-%m-%d %H:%M', time.localtime(turn.time))}" if turn.time else ""
        lines += [f"## {who}{when}", "", printable_lines(turn.content).strip(), ""]
    return "\n".join(lines)


def as_sample(session: Session) -> str:
    """The current branch as one line of training data: an object with `messages`, which ends with an answer.

    Raises LabtopError for a conversation without an answer.
    """
    messages = session.messages()
    while messages and messages[-1]["role"] != "assistant":
        messages.pop()
    if not messages:
        raise LabtopError(
            "The conversation has no answer, so it is not a training sample.", hint="Ask something first."
        )
    return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


def export(session: Session, file: Path) -> None:
    """Write the current branch: Markdown if the name ends with .md, training data if it ends with .jsonl.

    Raises LabtopError.
    """
    if file.suffix not in (".md", ".jsonl"):
        raise LabtopError(
            f"{file} has no known format.",
            hint="Name it .md for Markdown, or .jsonl for a sample of training data.",
        )
    text = as_markdown(session) if file.suffix == ".md" else as_sample(session)
    write_atomic(file, text.encode(errors="replace").decode(), private=True)
