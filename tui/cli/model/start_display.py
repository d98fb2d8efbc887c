"""What the terminal shows while a server starts: the attempt, the time, and the last line of its log."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

import click
from rich.console import Console
from rich.text import Text

from core.figures import duration
from core.printable import printable, printable_lines
from tui.cli.echo import EchoSwitch

if TYPE_CHECKING:
    from core.serving.lifecycle import Server
    from core.serving.readiness import Attempt

PRINTED_EVERY = 15
"""Attempts between two lines where the display cannot be redrawn, as in a service's log: 30 seconds."""

SPINNER = 3
"""Columns of the sign that turns before the text, and a free one."""

FIRST_SHOWN = 2
"""A server that is ready with the first attempt needs no display."""


class StartDisplay:
    """A line that is redrawn on a terminal; elsewhere a new line now and then."""

    def __init__(self, backend: str, console: Console | None = None) -> None:
        self._name = "vLLM" if backend == "vllm" else "model"
        self._console = console or Console(stderr=True, highlight=False)
        self._status = self._console.status("") if self._console.is_terminal else None
        self._echo = EchoSwitch()
        self._running = False
        self._printed = 0

    def show(self, attempt: Attempt) -> None:
        """Show the attempt."""
        if attempt.number < FIRST_SHOWN:
            return
        where = f" at {attempt.url}" if attempt.url else ""
        waiting = f"Waiting for the {self._name} server to start{where}, this might take a moment..."
        counted = f"Attempt: {attempt.number}/{attempt.total}"
        if self._status is None:
            if attempt.number >= self._printed + PRINTED_EVERY or not self._printed:
                self._printed = attempt.number
                click.echo(f"{waiting} {counted}", err=True)
            return
        room = self._console.width - SPINNER
        text = Text(f"{waiting}"[:room])
        text.append(f"\n{counted} ({duration(attempt.seconds)})  {printable(attempt.last_line)}".rstrip()[:room], "dim")
        self._status.update(text)
        if not self._running:
            self._running = True
            self._echo.off()
            self._status.start()

    def ready(self, server: Server) -> None:
        """Say where the server answers."""
        self.clear()
        if self._name == "vLLM":
            click.echo(f"vLLM engine successfully started at {server.base_url}")
        click.echo(f"After application startup complete see {server.base_url.removesuffix('/v1')}/docs for API.")
        click.echo("Press CTRL+C to shut down the server.")

    def note(self, _level: str, sentence: str) -> None:
        """Print what happened to the server."""
        self.clear()
        click.echo(printable_lines(sentence), err=True)

    def clear(self) -> None:
        """Remove the redrawn line."""
        self._printed = 0
        if self._status is not None and self._running:
            self._running = False
            self._status.stop()
            self._echo.restore()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
