"""A chat on a terminal, and without one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from core import paths
from core.chat.commands import HELP, Command
from core.chat.session import Session, transcript_file
from core.chat.turns import DEFAULT_CONTEXT
from core.errors import LabtopError
from core.paths import expanded
from core.printable import printable, printable_lines
from core.serving.names import last_part

PROMPT = ">>> "

FRAMES_PER_SECOND = 8
"""Enough to read along, few enough for a slow connection."""

FRAME_LINES = 4
"""Lines of the terminal that a growing reply does not use: its frame, and the cursor's line."""


class ChatView:
    """Reads lines and shows replies. Without a terminal there are no frames; with `quiet` nothing is shown."""

    def __init__(self, model: str, *, quiet: bool = False) -> None:
        self._model = printable(model)
        self._quiet = quiet
        self._console = Console()
        self._asks = sys.stdin.isatty() and sys.stdout.isatty()
        self._history: Path | None = None

    def greet(self) -> None:
        title = f"Welcome to Chat CLI w/ {last_part(self._model).upper()} (type /h for help)"
        if self._console.is_terminal:
            self._console.print(Panel(Text(title), title="system", title_align="left"))
        else:
            click.echo(title)

    def open_history(self, file: Path) -> None:
        """Let the arrow keys recall lines of this and earlier chats."""
        if not self._asks:
            return
        import readline

        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            readline.read_history_file(file)
            self._history = file

    def read(self, session: Session) -> str | None:
        """The next line; None at the end of input. Ctrl+C clears the line."""
        if not self._asks:
            line = sys.stdin.readline()
            return line.rstrip("\n") if line else None
        while True:
            label = f"[S][{'custom' if session.system_prompt else DEFAULT_CONTEXT}]"
            self._console.print(Text(label.rjust(self._console.width - 1), style="dim", end=""), end="\r")
            try:
                line = input(PROMPT)
            except EOFError:
                click.echo()
                return None
            except KeyboardInterrupt:
                click.echo("\n(to leave, type exit or press Ctrl+D)")
                continue
            if self._history is not None and line.strip():
                import readline

                with suppress(OSError):
                    readline.append_history_file(1, self._history)
            return line

    @contextmanager
    def reply(self) -> Iterator[Callable[[str], None]]:
        """Show the pieces of a reply as they arrive; at the end, how long it took."""
        started = time.monotonic()
        if self._quiet:
            yield lambda _piece: None
        elif self._console.is_terminal:
            yield from self._framed(started)
        else:
            yield lambda piece: click.echo(printable_lines(piece), nl=False)
            click.echo()

    def _framed(self, started: float) -> Iterator[Callable[[str], None]]:
        """Show the reply's last lines in a frame while it grows, then the whole reply as normal output."""
        text = ""
        live = Live(console=self._console, transient=True, auto_refresh=False)
        drawn = 0.0

        def show(piece: str) -> None:
            nonlocal text, drawn
            text += printable_lines(piece)
            now = time.monotonic()
            if now - drawn >= 1 / FRAMES_PER_SECOND:
                drawn = now
                live.update(self._frame(self._tail(text)), refresh=True)

        try:
            with live:
                live.update(self._frame(Text("…")), refresh=True)
                yield show
        finally:
            if text:
                elapsed = f"elapsed {time.monotonic() - started:.3f} seconds"
                self._console.print(self._frame(Markdown(text), elapsed))

    def _frame(self, content: RenderableType, subtitle: str | None = None) -> Panel:
        return Panel(
            content,
            title=Text(last_part(self._model)),
            title_align="left",
            subtitle=subtitle,
            subtitle_align="right",
        )

    def _tail(self, text: str) -> Text:
        lines = Text(text).wrap(self._console, max(10, self._console.width - 4))
        return Text("\n").join(lines[-max(1, self._console.height - FRAME_LINES) :])

    def run(self, command: Command, session: Session) -> None:
        """Run a slash command. Raises LabtopError."""
        if command.name == "help":
            self._help()
        elif command.name == "new":
            session.reset(_new_transcript())
            click.echo("New conversation started.")
        elif command.name in ("save", "load"):
            if not command.argument:
                raise LabtopError(
                    f"/{command.name[0]} needs a file name.", hint=f"For example: /{command.name[0]} notes.json"
                )
            file = expanded(command.argument)
            if command.name == "save":
                session.save(file)
                click.echo(f"Saved to {printable(str(file))}.")
            elif not file.exists():
                raise LabtopError(f"There is no file {file}.", hint="To save a conversation: /s FILE")
            else:
                session.load(file, save_to=_new_transcript())
                click.echo(f"Loaded {len(session.turns)} messages from {printable(str(file))}.")
        elif command.name == "context":
            if command.argument:
                session.system_prompt = "" if command.argument == DEFAULT_CONTEXT else command.argument
            click.echo(
                printable_lines(session.system_prompt or "")
                or "No system prompt; the model's chat template may add one."
            )
        else:
            raise LabtopError(f"Unknown command {command.argument}.", hint="/h lists the commands.")

    def _help(self) -> None:
        table = Table.grid(padding=(0, 2))
        for key, meaning in HELP:
            table.add_row(Text(key, style="bold"), Text(meaning))
        self._console.print(table)


def _new_transcript() -> Path:
    return transcript_file(paths.current().chatlogs_dir, time.time())
