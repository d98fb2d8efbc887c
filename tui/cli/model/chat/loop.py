"""The chat in the terminal: read a line, answer it, until the user leaves."""

from __future__ import annotations

import click

from core import paths
from core.chat.commands import parse
from core.errors import LabtopError
from tui.cli.main import show_error
from tui.cli.model.chat.conversation import Conversation
from tui.cli.model.chat.lines import LineReader
from tui.cli.model.chat.slash import run_command


def converse(chat: Conversation, lines: LineReader, first: str) -> None:
    """Talk until the user leaves; `first` is asked first, unless it is empty."""
    chat.view.greet(chat.target.model)
    lines.open_history(paths.current().state_dir / "chat_history")
    line: str | None = first or lines.read(chat.session.settings.context)
    while line is not None:
        command = parse(line)
        if command is not None and command.name == "quit":
            break
        try:
            if command is not None:
                run_command(command, chat, lines)
            elif line.strip():
                chat.ask(line.strip())
        except LabtopError as error:
            show_error(error)
            if chat.session.unanswered is not None and (command is None or command.name in ("retry", "edit")):
                click.echo("The question is kept: /r sends it again.", err=True)
        except KeyboardInterrupt:  # interrupts only the answer
            click.echo()
        line = lines.read(chat.session.settings.context)
